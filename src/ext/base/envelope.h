/*
 * envelope.h
 *		The envelope: the one JSON value that every public function returns, and every error code with its message.
 *
 *		{"success":true,"data":{...},"timestamp":"2026-01-15T10:30:00Z"}
 *		{"success":false,"error":{"code":"...","message":"...","details":{...}},"timestamp":"..."}
 *
 * A negative answer is a result, not an ERROR: what was recorded along the way stays recorded.
 */
#ifndef JERRY_ANSWER_H
#define JERRY_ANSWER_H

#include "base/jerry.h"

#include "codes.h"
#include "lib/stringinfo.h"

/*
 * contract/codes.txt: each code is the number of the SQLSTATE that jerry.unwrap
 * raises, 1 is JR001
 */
#define ERROR_CODE(code, number, status, message) code = number,
typedef enum ErrorCode
{
	DATABASE_CODES(ERROR_CODE)
} ErrorCode;
#undef ERROR_CODE

#define JERRY_SQLSTATE(code) MAKE_SQLSTATE('J', 'R', '0', '0' + (code) / 10, '0' + (code) % 10)

/* A JSON object that is being written: members are added in order, values escaped. */
typedef struct JsonWriter
{
	StringInfoData buf;
	bool empty; /* no member yet */
} JsonWriter;

extern void json_start(JsonWriter *w);
extern void json_text(JsonWriter *w, const char *key, const char *value); /* value NULL: null */
extern void json_uuid(JsonWriter *w, const char *key, const pg_uuid_t *value);
extern void json_int(JsonWriter *w, const char *key, int64 value);
extern void json_bool(JsonWriter *w, const char *key, bool value);
extern void json_time(JsonWriter *w, const char *key, TimestampTz value);			 /* ISO 8601, UTC, seconds */
extern void json_raw(JsonWriter *w, const char *key, const char *value, int length); /* value is JSON */
extern void json_end(JsonWriter *w);

/* Positive answer: answer_start, members of data by the functions above, answer_finish (which returns the json datum). */
extern void answer_start(JsonWriter *w);
extern Datum answer_finish(JsonWriter *w);

/* Positive answer whose data are JSON already. */
extern Datum answer_data(const char *json, int length);

/* Negative answer.  field and issue go to the details and may be NULL; neither is ever the caller's input. */
extern Datum answer_error(ErrorCode code, const char *field, const char *issue);

/* Negative answer for a required value that is NULL. */
extern Datum answer_required(const char *field);

#endif /* JERRY_ANSWER_H */
