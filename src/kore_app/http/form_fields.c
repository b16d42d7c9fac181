/*
 * form_fields.c: reads application/x-www-form-urlencoded.
 */
#include "http/form_fields.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

/* What can be wrong. */
static const char bad_escape[] = "A percent sign is not followed by two hexadecimal digits";
static const char control[] = "Text contains a control character";
static const char too_many[] = "There are too many fields";

/*
 * What is wrong with a decoded text: NULL when it is UTF-8 without control
 * characters.
 */
static const char *
check_text(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + length;

	while (p < end)
	{
		int used = utf8_length(p, end);

		if (used == 0)
			return FIELDS_NO_UTF8;
		if (*p < ' ' || *p == 0x7f)
			return control;
		p += used;
	}
	return NULL;
}

const char *
form_decode(char *text, size_t *length)
{
	const char *end = text + *length;
	char *out = text;

	for (const char *in = text; in < end; in++)
	{
		int high, low;

		if (*in != '%')
		{
			*out++ = *in == '+' ? ' ' : *in;
			continue;
		}
		high = end - in > 2 ? hex_digit(in[1]) : -1;
		low = end - in > 2 ? hex_digit(in[2]) : -1;
		if (high < 0 || low < 0)
			return bad_escape;
		*out++ = (char) (high * 16 + low);
		in += 2;
	}
	*length = (size_t) (out - text);
	return check_text(text, *length);
}

/* Reads one pair; without "=" its value is empty. */
static const char *
read_pair(char *pair, size_t length, Field *fields, int count)
{
	char *equals = memchr(pair, '=', length);
	size_t name_length = equals != NULL ? (size_t) (equals - pair) : length;
	char *value = equals != NULL ? equals + 1 : pair + length;
	size_t value_length = (size_t) (pair + length - value);
	const char *issue = form_decode(pair, &name_length);
	Field *field;

	if (issue == NULL)
		issue = form_decode(value, &value_length);
	if (issue != NULL)
		return issue;
	field = fields_find(fields, count, pair, name_length);
	if (field == NULL)
		return NULL;
	if (field->present)
		return FIELDS_REPEATED;
	field->present = true;
	if (field->kind == VALUE_STRING || value_is(field->kind, value, value_length))
	{
		field->value = value;
		field->length = value_length;
	}
	return NULL;
}

const char *
form_fields_read(char *text, size_t length, Field *fields, int count)
{
	char *end = text + length;
	int pairs = 0;

	for (int i = 0; i < count; i++)
	{
		fields[i].present = false;
		fields[i].value = NULL;
		fields[i].length = 0;
	}
	while (text < end)
	{
		char *ampersand = memchr(text, '&', (size_t) (end - text));
		char *pair_end = ampersand != NULL ? ampersand : end;

		if (pair_end > text)
		{
			const char *issue = read_pair(text, (size_t) (pair_end - text), fields, count);

			if (issue != NULL)
				return issue;
			if (++pairs > FORM_FIELDS_PAIRS)
				return too_many;
		}
		text = pair_end + (ampersand != NULL);
	}
	return NULL;
}
