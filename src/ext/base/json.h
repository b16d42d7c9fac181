/*
 * json.h: writing JSON: members are added in order, values escaped.
 */
#ifndef JERRY_JSON_H
#define JERRY_JSON_H

#include "base/jerry.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* A JSON object that is being written. */
typedef struct JsonWriter
{
	StringInfoData buf;
	bool empty; /* the object that is open has no member yet */
} JsonWriter;

/* An object, in a buffer that is palloc'd, and its end. */
extern void json_start(JsonWriter *w);
extern void json_end(JsonWriter *w);

/* A member that is an object: what follows is in it, until json_end. */
extern void json_open(JsonWriter *w, const char *key);

/* A member that is a list; an object in it, which json_end ends; its end. */
extern void json_open_list(JsonWriter *w, const char *key);
extern void json_open_item(JsonWriter *w);
extern void json_end_list(JsonWriter *w);

/* Members whose keys are ours and need no escape. */
extern void json_text(JsonWriter *w, const char *key, const char *value); /* value NULL: null */
extern void json_token(JsonWriter *w, const char *key, const text *value);
extern void json_uuid(JsonWriter *w, const char *key, const pg_uuid_t *value);
extern void json_int(JsonWriter *w, const char *key, int64 value);
extern void json_bool(JsonWriter *w, const char *key, bool value);
extern void json_texts(JsonWriter *w, const char *key, const List *values); /* of char * */

/*
 * A time as every answer has it: ISO 8601, UTC, whole seconds; and as a member,
 * or null if it is infinite.
 */
#define TIME_LENGTH 20
extern void time_write(TimestampTz time, char text[TIME_LENGTH + 1]);
extern void json_time(JsonWriter *w, const char *key, TimestampTz value);
extern void json_time_or_null(JsonWriter *w, const char *key, TimestampTz value);

/* A member of which somebody else has chosen the key; value is JSON. */
extern void json_member(JsonWriter *w, const char *key, const char *value);

#endif /* JERRY_JSON_H */
