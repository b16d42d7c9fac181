/*
 * flat_json.h: a quick way through the JSON that nearly every client sends.
 *
 * Nearly every body is one object whose members are strings of printable
 * ASCII without escapes.  That needs no tree, no copies and no decoding: the
 * members are pieces of the body.  Whatever is not exactly that - other
 * values, escapes, other characters, a name twice, bad syntax - is left to the
 * real parser, which also knows what to say about it.
 */
#ifndef JERRY_FLAT_JSON_H
#define JERRY_FLAT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#define FLAT_JSON_MEMBERS 8 /* of a larger object the real parser takes care */

typedef struct FlatMember
{
	const char *name;
	const char *value;
	size_t name_length;
	size_t value_length;
} FlatMember;

typedef struct FlatJson
{
	int count;
	FlatMember members[FLAT_JSON_MEMBERS];
} FlatJson;

/*
 * Splits the bytes into members, which point into them and do not end with a
 * zero byte.  Returns false when the real parser has to look; a true result
 * is the one that it would come to.
 */
extern bool flat_json_read(const char *bytes, size_t length, FlatJson *json);

/* The member of that name, or NULL. */
extern const FlatMember *flat_json_find(const FlatJson *json, const char *name);

#endif /* JERRY_FLAT_JSON_H */
