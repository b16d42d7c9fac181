/*
 * json.c: see json.h.
 */
#include "base/json.h"

#include "base/uuid.h"
#include "utils/json.h"

/* What comes before each member. */
static void
add_comma(JsonWriter *w)
{
	if (!w->empty)
		appendStringInfoChar(&w->buf, ',');
	w->empty = false;
}

/* Begins a member whose key needs no escape. */
static void
add_key(JsonWriter *w, const char *key)
{
	add_comma(w);
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
json_end(JsonWriter *w)
{
	appendStringInfoChar(&w->buf, '}');
	w->empty = false;
}

void
json_open(JsonWriter *w, const char *key)
{
	add_key(w, key);
	appendStringInfoChar(&w->buf, '{');
	w->empty = true;
}

void
json_open_list(JsonWriter *w, const char *key)
{
	add_key(w, key);
	appendStringInfoChar(&w->buf, '[');
	w->empty = true;
}

void
json_open_item(JsonWriter *w)
{
	add_comma(w);
	appendStringInfoChar(&w->buf, '{');
	w->empty = true;
}

void
json_end_list(JsonWriter *w)
{
	appendStringInfoChar(&w->buf, ']');
	w->empty = false;
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
json_texts(JsonWriter *w, const char *key, const List *values)
{
	ListCell *cell;

	json_open_list(w, key);
	foreach(cell, values)
	{
		add_comma(w);
		escape_json(&w->buf, lfirst(cell));
	}
	json_end_list(w);
}

/* A token is base64url and dots, which need no escape. */
void
json_token(JsonWriter *w, const char *key, const text *value)
{
	add_key(w, key);
	appendStringInfoChar(&w->buf, '"');
	appendBinaryStringInfo(&w->buf, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	appendStringInfoChar(&w->buf, '"');
}

void
json_uuid(JsonWriter *w, const char *key, const pg_uuid_t *value)
{
	char text[UUID_TEXT_LENGTH + 2];

	text[0] = '"';
	uuid_write(value, text + 1);
	text[UUID_TEXT_LENGTH + 1] = '"';
	add_key(w, key);
	appendBinaryStringInfo(&w->buf, text, sizeof(text));
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

/* The last n digits of a number. */
static void
put_digits(char *out, int number, int n)
{
	for (; n > 0; number /= 10)
		out[--n] = '0' + number % 10;
}

void
time_write(TimestampTz value, char text[TIME_LENGTH + 1])
{
	int64 fraction = (value % USECS_PER_SEC + USECS_PER_SEC) % USECS_PER_SEC;
	pg_time_t seconds = timestamptz_to_time_t(value - fraction);
	struct pg_tm *tm = pg_gmtime(&seconds);

	/* The first call of a session allocates. */
	if (unlikely(tm == NULL))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));

	/*
	 * Every answer has one or two of these: a snprintf would show in the time
	 * of a validation.
	 */
	strcpy(text, "0000-00-00T00:00:00Z");
	put_digits(text, tm->tm_year + 1900, 4);
	put_digits(text + 5, tm->tm_mon + 1, 2);
	put_digits(text + 8, tm->tm_mday, 2);
	put_digits(text + 11, tm->tm_hour, 2);
	put_digits(text + 14, tm->tm_min, 2);
	put_digits(text + 17, tm->tm_sec, 2);
}

void
json_time(JsonWriter *w, const char *key, TimestampTz value)
{
	char text[TIME_LENGTH + 1];

	time_write(value, text);
	add_key(w, key);
	appendStringInfoCharMacro(&w->buf, '"');
	appendBinaryStringInfo(&w->buf, text, TIME_LENGTH);
	appendStringInfoCharMacro(&w->buf, '"');
}

void
json_time_or_null(JsonWriter *w, const char *key, TimestampTz value)
{
	if (TIMESTAMP_NOT_FINITE(value))
		json_text(w, key, NULL);
	else
		json_time(w, key, value);
}

void
json_member(JsonWriter *w, const char *key, const char *value)
{
	add_comma(w);
	escape_json(&w->buf, key);
	appendStringInfoChar(&w->buf, ':');
	appendStringInfoString(&w->buf, value);
}
