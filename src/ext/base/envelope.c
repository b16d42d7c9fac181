/*
 * envelope.c: see envelope.h.
 */
#include "base/envelope.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define SUCCESS_START "{\"success\":true,\"data\":"

/* By ErrorCode; those without a name were never numbers of a code. */
#define ENTRY(error_code, number, status, error_message) \
	[CODE_##error_code] = { #error_code, error_message },
static const struct
{
	const char *code;
	const char *message;
} errors[] = { DATABASE_CODES(ENTRY) };
#undef ENTRY

const char *
error_name(ErrorCode code)
{
	return errors[code].code;
}

const char *
error_message(ErrorCode code)
{
	return errors[code].message;
}

/*
 * An answer begins behind room for the varlena header, so that it is returned
 * without another copy.
 */
static void
envelope_start(JsonWriter *w, const char *start)
{
	initStringInfo(&w->buf);
	appendStringInfoSpaces(&w->buf, VARHDRSZ);
	appendStringInfoString(&w->buf, start);
	w->empty = true;
}

/* The end of every answer. */
static Datum
envelope_finish(JsonWriter *w)
{
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
	w.empty = false;
	return envelope_finish(&w);
}

/* Negative answer, up to its details; and from there. */
static void
error_start_saying(JsonWriter *w, ErrorCode code, const char *message)
{
	envelope_start(w, "{\"success\":false,\"error\":{");
	json_text(w, "code", errors[code].code);
	json_text(w, "message", message);
	json_open(w, "details");
}

static void
error_start(JsonWriter *w, ErrorCode code)
{
	error_start_saying(w, code, errors[code].message);
}

static Datum
error_finish(JsonWriter *w)
{
	json_end(w);
	json_end(w);
	return envelope_finish(w);
}

Datum
answer_error(ErrorCode code, const char *field, const char *issue)
{
	JsonWriter w;

	error_start(&w, code);
	if (field != NULL)
		json_text(&w, "field", field);
	if (issue != NULL)
		json_text(&w, "issue", issue);
	return error_finish(&w);
}

Datum
answer_wait(ErrorCode code, const char *issue, int seconds)
{
	JsonWriter w;

	error_start(&w, code);
	if (issue != NULL)
		json_text(&w, "issue", issue);
	json_int(&w, "retry_after", seconds);
	return error_finish(&w);
}

Datum
answer_until(ErrorCode code, TimestampTz until)
{
	JsonWriter w;

	error_start(&w, code);
	json_time_or_null(&w, "until", until);
	return error_finish(&w);
}

Datum
answer_step_up(const Demand *missing)
{
	JsonWriter w;

	error_start(&w, CODE_STEP_UP_REQUIRED);
	if (missing->level > 0)
		json_text(&w, "aal", assurance_name(missing->level));
	if (missing->max_age >= 0)
		json_int(&w, "max_age", missing->max_age);
	return error_finish(&w);
}

Datum
answer_limited(int wait, const char *limit, int quantity, int seconds)
{
	JsonWriter w;

	error_start(&w, CODE_RATE_LIMITED);
	json_int(&w, "retry_after", wait);
	json_open(&w, "policy");
	json_text(&w, "name", limit);
	json_int(&w, "quantity", quantity);
	json_int(&w, "seconds", seconds);
	json_end(&w);
	return error_finish(&w);
}

Datum
answer_of_hook(const char *code, const char *message, int status)
{
	JsonWriter w;

	error_start_saying(&w, CODE_HOOK_REFUSED,
					   message != NULL ? message : errors[CODE_HOOK_REFUSED].message);
	json_text(&w, "code", code);
	json_int(&w, "status", status);
	return error_finish(&w);
}

Datum
answer_required(const char *field)
{
	return answer_error(CODE_VALIDATION_ERROR, field, "Field is required");
}

/*
 * json -> key, or json ->> key: function is the server's; NULL when there is no
 * such member.
 */
static text *
member_of(PGFunction function, text *json, const char *key)
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

text *
json_member_of(text *object, const char *key)
{
	return member_of(json_object_field, object, key);
}

char *
json_string_of(text *object, const char *key)
{
	text *value = member_of(json_object_field_text, object, key);

	return value == NULL ? NULL : text_to_cstring(value);
}

bool
answer_is_our_success(const text *answer)
{
	return VARSIZE_ANY_EXHDR(answer) > strlen(SUCCESS_START) &&
		   memcmp(VARDATA_ANY(answer), SUCCESS_START, strlen(SUCCESS_START)) == 0;
}

bool
answer_read(text *answer, text **data, text **error, ErrorCode *code)
{
	char *success = json_string_of(answer, "success");

	if (success != NULL && strcmp(success, "true") == 0)
	{
		*data = json_member_of(answer, "data");
		if (*data != NULL)
			return true;
	}
	else if (success != NULL && strcmp(success, "false") == 0)
	{
		char *name;

		*error = json_member_of(answer, "error");
		name = *error == NULL ? NULL : json_string_of(*error, "code");
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

void
answer_raise(text *error, ErrorCode code)
{
	text *details;
	char *field;
	char *message;
	bool has_details;

	details = json_member_of(error, "details");
	field = details == NULL ? NULL : json_string_of(details, "field");
	/* A hook's own; every other message is its code's. */
	message = code == CODE_HOOK_REFUSED ? json_string_of(error, "message") : NULL;
	has_details = details != NULL && VARSIZE_ANY_EXHDR(details) > strlen("{}");
	ereport(ERROR, (errcode(JERRY_SQLSTATE(code)),
					errmsg("%s", message != NULL ? message : error_message(code)),
					has_details ? errdetail("%s", text_to_cstring(details)) : 0,
					errhint("%s", error_name(code)),
					errhidestmt(true), /* psql and others send jerry.login('...', 'the password') */
					err_generic_string(PG_DIAG_SCHEMA_NAME, "jerry"),
					field == NULL ? 0 : err_generic_string(PG_DIAG_COLUMN_NAME, field)));
}
