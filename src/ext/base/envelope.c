/*
 * envelope.c
 *		Writes the envelope, and reads it back for jerry.unwrap and jerry.error_code.
 */
#include "base/envelope.h"

#include "base/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#define SUCCESS_START "{\"success\":true,\"data\":"

/* by ErrorCode; those without a name were never numbers of a code */
#define ENTRY(error_code, number, status, error_message) [error_code] = { #error_code, error_message },
static const struct
{
	const char *code;
	const char *message;
} errors[] = { DATABASE_CODES(ENTRY) };
#undef ENTRY

static void
add_key(JsonWriter *w, const char *key)
{
	if (!w->empty)
		appendStringInfoChar(&w->buf, ',');
	w->empty = false;
	appendStringInfoChar(&w->buf, '"');
	appendStringInfoString(&w->buf, key);
	appendStringInfoString(&w->buf, "\":");
}

void
json_start(JsonWriter *w)
{
	initStringInfo(&w->buf);
	appendStringInfoChar(&w->buf, '{');
	w->empty = true;
}

void
json_text(JsonWriter *w, const char *key, const char *value)
{
	add_key(w, key);
	if (value == NULL)
		appendStringInfoString(&w->buf, "null");
	else
		escape_json(&w->buf, value);
}

void
json_uuid(JsonWriter *w, const char *key, const pg_uuid_t *value)
{
	static const char digits[] = "0123456789abcdef";
	char text[38];
	char *p = text;

	*p++ = '"';
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[value->data[i] >> 4];
		*p++ = digits[value->data[i] & 15];
	}
	*p++ = '"';
	json_raw(w, key, text, sizeof(text));
}

void
json_int(JsonWriter *w, const char *key, int64 value)
{
	add_key(w, key);
	appendStringInfo(&w->buf, INT64_FORMAT, value);
}

void
json_bool(JsonWriter *w, const char *key, bool value)
{
	add_key(w, key);
	appendStringInfoString(&w->buf, value ? "true" : "false");
}

static void
put_digits(char *out, int number, int n)
{
	for (; n > 0; number /= 10)
		out[--n] = '0' + number % 10;
}

void
json_time(JsonWriter *w, const char *key, TimestampTz value)
{
	int64 fraction = (value % USECS_PER_SEC + USECS_PER_SEC) % USECS_PER_SEC;
	pg_time_t seconds = timestamptz_to_time_t(value - fraction);
	struct pg_tm *tm = pg_gmtime(&seconds);
	char text[] = "\"0000-00-00T00:00:00Z\"";

	/* every answer has one or two of these: a snprintf would show in the time of a validation */
	put_digits(text + 1, tm->tm_year + 1900, 4);
	put_digits(text + 6, tm->tm_mon + 1, 2);
	put_digits(text + 9, tm->tm_mday, 2);
	put_digits(text + 12, tm->tm_hour, 2);
	put_digits(text + 15, tm->tm_min, 2);
	put_digits(text + 18, tm->tm_sec, 2);
	json_raw(w, key, text, sizeof(text) - 1);
}

void
json_raw(JsonWriter *w, const char *key, const char *value, int length)
{
	add_key(w, key);
	appendBinaryStringInfo(&w->buf, value, length);
}

void
json_end(JsonWriter *w)
{
	appendStringInfoChar(&w->buf, '}');
}

/* an answer begins behind room for the varlena header, so that it is returned without another copy */
static void
envelope_start(JsonWriter *w, const char *start)
{
	initStringInfo(&w->buf);
	appendStringInfoSpaces(&w->buf, VARHDRSZ);
	appendStringInfoString(&w->buf, start);
	w->empty = true;
}

static Datum
envelope_finish(JsonWriter *w)
{
	w->empty = false;
	json_time(w, "timestamp", jerry_now());
	json_end(w);
	SET_VARSIZE(w->buf.data, w->buf.len);
	return PointerGetDatum(w->buf.data);
}

void
answer_start(JsonWriter *w)
{
	envelope_start(w, SUCCESS_START "{");
}

Datum
answer_finish(JsonWriter *w)
{
	json_end(w);
	return envelope_finish(w);
}

Datum
answer_data(const char *json, int length)
{
	JsonWriter w;

	envelope_start(&w, SUCCESS_START);
	appendBinaryStringInfo(&w.buf, json, length);
	return envelope_finish(&w);
}

Datum
answer_error(ErrorCode code, const char *field, const char *issue)
{
	JsonWriter w;

	envelope_start(&w, "{\"success\":false,\"error\":{");
	json_text(&w, "code", errors[code].code);
	json_text(&w, "message", errors[code].message);
	json_raw(&w, "details", "{", 1);
	w.empty = true;
	if (field != NULL)
		json_text(&w, "field", field);
	if (issue != NULL)
		json_text(&w, "issue", issue);
	json_end(&w);
	json_end(&w);
	return envelope_finish(&w);
}

Datum
answer_required(const char *field)
{
	return answer_error(VALIDATION_ERROR, field, "Field is required");
}

/* json -> key, or json ->> key: function is the server's; NULL when there is no such member */
static text *
member(PGFunction function, text *json, const char *key)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum result;

	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = PointerGetDatum(json);
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = CStringGetTextDatum(key);
	fcinfo->args[1].isnull = false;
	result = function(fcinfo);
	return fcinfo->isnull ? NULL : DatumGetTextPP(result);
}

static char *
member_string(text *json, const char *key)
{
	text *value = member(json_object_field_text, json, key);

	return value == NULL ? NULL : text_to_cstring(value);
}

/*
 * Reads an answer: true and its data, or false, the code and the error object.  Raises an error when the value is not an answer.
 */
static bool
read_answer(text *answer, text **data, text **error, ErrorCode *code)
{
	char *success = member_string(answer, "success");

	if (success != NULL && strcmp(success, "true") == 0)
	{
		*data = member(json_object_field, answer, "data");
		if (*data != NULL)
			return true;
	}
	else if (success != NULL && strcmp(success, "false") == 0)
	{
		char *name;

		*error = member(json_object_field, answer, "error");
		name = *error == NULL ? NULL : member_string(*error, "code");
		for (int i = 0; name != NULL && i < lengthof(errors); i++)
			if (errors[i].code != NULL && strcmp(name, errors[i].code) == 0)
			{
				*code = i;
				return false;
			}
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("value is not an answer of Jerry"),
					errhint("Pass what a function of schema jerry returned."),
					errhidestmt(true)));
}

PG_FUNCTION_INFO_V1(jerry_error_code);

/* error_code(answer json) RETURNS text */
Datum
jerry_error_code(PG_FUNCTION_ARGS)
{
	text *answer = PG_GETARG_TEXT_PP(0);
	text *data;
	text *error;
	ErrorCode code;

	/* most answers are positive, and were written above */
	if (VARSIZE_ANY_EXHDR(answer) > strlen(SUCCESS_START) &&
		memcmp(VARDATA_ANY(answer), SUCCESS_START, strlen(SUCCESS_START)) == 0)
		PG_RETURN_NULL();
	if (read_answer(answer, &data, &error, &code))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(errors[code].code));
}

PG_FUNCTION_INFO_V1(jerry_unwrap);

/* unwrap(answer json) RETURNS json */
Datum
jerry_unwrap(PG_FUNCTION_ARGS)
{
	text *data;
	text *error;
	text *details;
	char *field;
	bool has_details;
	ErrorCode code;

	if (read_answer(PG_GETARG_TEXT_PP(0), &data, &error, &code))
		PG_RETURN_TEXT_P(data);

	details = member(json_object_field, error, "details");
	field = details == NULL ? NULL : member_string(details, "field");
	has_details = details != NULL && VARSIZE_ANY_EXHDR(details) > strlen("{}");
	ereport(ERROR, (errcode(JERRY_SQLSTATE(code)),
					errmsg("%s", errors[code].message),
					has_details ? errdetail("%s", text_to_cstring(details)) : 0,
					errhint("%s", errors[code].code),
					errhidestmt(true), /* psql and others send jerry.login('...', 'the password') */
					err_generic_string(PG_DIAG_SCHEMA_NAME, "jerry"),
					field == NULL ? 0 : err_generic_string(PG_DIAG_COLUMN_NAME, field)));
}

PG_FUNCTION_INFO_V1(jerry_version);

/* version() RETURNS text */
Datum
jerry_version(PG_FUNCTION_ARGS)
{
	(void) settings(); /* SHOW after this has what is configured */
	PG_RETURN_TEXT_P(cstring_to_text(JERRY_VERSION));
}

PG_FUNCTION_INFO_V1(jerry_health);

/* health(service text DEFAULT 'auth-service', version text DEFAULT jerry.version()) RETURNS json */
Datum
jerry_health(PG_FUNCTION_ARGS)
{
	JsonWriter w;

	json_start(&w);
	json_text(&w, "status", "healthy");
	json_text(&w, "service", PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	json_text(&w, "version", PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	json_text(&w, "database", "connected");
	json_time(&w, "timestamp", jerry_now());
	json_end(&w);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(w.buf.data, w.buf.len));
}
