/*
 * fields.h: what is asked of a body or a query, and what was found.
 *
 * The readers (json_fields.h, form_fields.h) are given a list of fields, decode
 * the values where they stand and leave everything else alone.  Nothing here
 * does I/O or allocates.
 */
#ifndef JERRY_FIELDS_H
#define JERRY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* Fields that can be asked for at once. */
#define FIELDS_MAX 20

/* What a value has to be. */
typedef enum ValueKind
{
	VALUE_STRING,
	VALUE_BOOLEAN, /* true or false */
	VALUE_INTEGER, /* digits, perhaps behind a minus, that fit into 64 bits */
	VALUE_OBJECT,  /* of JSON only */
	VALUE_ARRAY	   /* likewise */
} ValueKind;

typedef struct Field
{
	/* Set by who asks. */
	const char *name; /* of printable ASCII */
	ValueKind kind;
	/*
	 * A null character becomes U+0001, which no rule of the database lets pass,
	 * and is not refused by the reader.
	 */
	bool any_character;

	/* Set by the reader. */
	bool present; /* with any value but JSON's null */
	/*
	 * NULL: none of this kind.  A string decoded, anything else as it stands;
	 * it does not end with a zero byte.
	 */
	const char *value;
	size_t length;
} Field;

/* The kind of values, for a message: "Field must be a string". */
extern const char *value_kind_issue(ValueKind kind);

/* What can be wrong in every text. */
#define FIELDS_NO_UTF8	"Text is not valid UTF-8"
#define FIELDS_REPEATED "A field appears more than once"

/* The field with this name, or NULL. */
extern Field *fields_find(Field *fields, int count, const char *name, size_t length);

/* Is this text an integer that fits into 64 bits, or true or false? */
extern bool value_is(ValueKind kind, const char *text, size_t length);

#endif /* JERRY_FIELDS_H */
