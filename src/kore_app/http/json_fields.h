/*
 * json_fields.h: the fields of a JSON object that somebody asks for.
 *
 * Reads RFC 8259 and nothing else: the whole text has to be JSON, in UTF-8, an
 * object at the top.  Strings that are asked for are decoded where they stand.
 * Whatever else the object holds is checked for its form and skipped: numbers
 * of any size, names that appear twice, escapes that are no character.  Nothing
 * here allocates or copies; wiping the text wipes all there is.
 */
#ifndef JERRY_JSON_FIELDS_H
#define JERRY_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* Arrays and objects in each other; deeper ones are refused. */
#define JSON_FIELDS_DEPTH 2048

/* Names that can be asked for at once. */
#define JSON_FIELDS_MAX 8

typedef struct JsonField
{
	const char *name;	/* set by the caller; of printable ASCII */
	bool any_character; /* set by the caller: \u0000 becomes \u0001, which no rule
						 * of the database lets pass, and is not refused here */
	const char *string; /* NULL: is none.  It does not end with a zero byte */
	size_t length;
	bool present; /* with any value but null */
} JsonField;

/*
 * Reads the object in text, which it changes.  Fills in count fields, at most
 * JSON_FIELDS_MAX.  Returns NULL, or a constant sentence on what is wrong.
 */
extern const char *json_fields_read(char *text, size_t length, JsonField *fields, int count);

#endif /* JERRY_JSON_FIELDS_H */
