/*
 * fields.c: what the readers of fields have in common.
 */
#include "http/fields.h"

#include <string.h>

/* The digits of 2^63 - 1 and of 2^63. */
#define MOST_DIGITS 19
static const char most[] = "9223372036854775807";
static const char least[] = "9223372036854775808";

const char *
value_kind_issue(ValueKind kind)
{
	switch (kind)
	{
		case VALUE_STRING:
			return "Field must be a string";
		case VALUE_BOOLEAN:
			return "Field must be true or false";
		case VALUE_INTEGER:
			return "Field must be an integer";
		case VALUE_OBJECT:
			return "Field must be an object";
		case VALUE_ARRAY:
			return "Field must be an array";
	}
	return NULL;
}

Field *
fields_find(Field *fields, int count, const char *name, size_t length)
{
	for (int i = 0; i < count; i++)
	{
		if (strlen(fields[i].name) == length && memcmp(fields[i].name, name, length) == 0)
			return &fields[i];
	}
	return NULL;
}

/* An integer as JSON writes it. */
static bool
is_integer(const char *text, size_t length)
{
	bool negative = length > 0 && *text == '-';

	text += negative;
	length -= negative;
	if (length == 0 || length > MOST_DIGITS || (*text == '0' && length > 1))
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return length < MOST_DIGITS || memcmp(text, negative ? least : most, MOST_DIGITS) <= 0;
}

bool
value_is(ValueKind kind, const char *text, size_t length)
{
	if (kind == VALUE_BOOLEAN)
		return (length == 4 && memcmp(text, "true", 4) == 0) ||
			   (length == 5 && memcmp(text, "false", 5) == 0);
	return kind == VALUE_INTEGER && is_integer(text, length);
}
