/*
 * json_fields.c: a scanner for JSON that keeps a few values of it.
 */
#include "http/json_fields.h"

#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

/* What can be wrong. */
static const char malformed[] = "JSON is malformed";
static const char too_early[] = "JSON ends too early";
static const char too_much[] = "JSON is followed by something else";
static const char no_object[] = "Request body must be a JSON object";
static const char null_character[] = "Text contains a null character";
static const char lone_surrogate[] = "Text has half of a surrogate pair";
static const char too_deep[] = "Values are nested too deeply";

typedef struct Scanner
{
	char *at;
	char *end;
	bool keeps;		   /* this value is asked for: its strings have to be texts */
	const char *issue; /* the first that was found */
} Scanner;

/* A string of the text, between its quotes. */
typedef struct Span
{
	char *start;
	char *end;
	bool escaped; /* somewhere a backslash */
} Span;

/*
 * Notes the first issue.  Malformed at the very end means that the rest is
 * missing.
 */
static bool
fail(Scanner *scanner, const char *issue)
{
	if (scanner->issue == NULL)
		scanner->issue = scanner->at == scanner->end && issue == malformed ? too_early : issue;
	return false;
}

static void
skip_space(Scanner *scanner)
{
	while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) != NULL &&
		   *scanner->at != '\0')
		scanner->at++;
}

/* Takes this byte, if it is the next. */
static bool
take(Scanner *scanner, char byte)
{
	if (scanner->at == scanner->end || *scanner->at != byte)
		return false;
	scanner->at++;
	return true;
}

/* -1: no four hexadecimal digits. */
static int
four_digits(const char *at, const char *end)
{
	int value = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Reads the rest of an escape. */
static bool
skip_escape(Scanner *scanner)
{
	if (take(scanner, 'u'))
	{
		if (four_digits(scanner->at, scanner->end) < 0)
			return fail(scanner, malformed);
		scanner->at += 4;
		return true;
	}
	if (scanner->at == scanner->end || *scanner->at == '\0' ||
		strchr("\"\\/bfnrt", *scanner->at) == NULL)
		return fail(scanner, malformed);
	scanner->at++;
	return true;
}

/* Reads a string whose quote is the next byte. */
static bool
scan_string(Scanner *scanner, Span *span)
{
	bool opened = take(scanner, '"');

	*span = (Span){ .start = scanner->at, .end = scanner->at };
	if (!opened)
		return fail(scanner, malformed);
	while (scanner->at < scanner->end)
	{
		unsigned char byte = (unsigned char) *scanner->at;

		if (byte == '"')
		{
			span->end = scanner->at++;
			return true;
		}
		if (byte == '\\')
		{
			span->escaped = true;
			scanner->at++;
			if (!skip_escape(scanner))
				return false;
		}
		else if (byte < ' ')
			return fail(scanner, byte == '\0' ? null_character : malformed);
		else
		{
			int length = utf8_length((unsigned char *) scanner->at, (unsigned char *) scanner->end);

			if (length == 0)
				return fail(scanner, FIELDS_NO_UTF8);
			scanner->at += length;
		}
	}
	return fail(scanner, malformed);
}

/* Writes a character in UTF-8; returns what follows it. */
static char *
put_character(char *out, uint32_t c)
{
	if (c < 0x80)
		*out++ = (char) c;
	else if (c < 0x800)
	{
		*out++ = (char) (0xc0 | c >> 6);
		*out++ = (char) (0x80 | (c & 0x3f));
	}
	else if (c < 0x10000)
	{
		*out++ = (char) (0xe0 | c >> 12);
		*out++ = (char) (0x80 | (c >> 6 & 0x3f));
		*out++ = (char) (0x80 | (c & 0x3f));
	}
	else
	{
		*out++ = (char) (0xf0 | c >> 18);
		*out++ = (char) (0x80 | (c >> 12 & 0x3f));
		*out++ = (char) (0x80 | (c >> 6 & 0x3f));
		*out++ = (char) (0x80 | (c & 0x3f));
	}
	return out;
}

/*
 * Reads the escape at *in, behind its backslash, and goes on behind it; a pair
 * of surrogates is one character.  The form of the escape has been checked.
 */
static bool
read_escape(Scanner *scanner, const char **in, const char *end, bool any_character, uint32_t *c)
{
	static const char letters[] = "bfnrt";
	static const char meant[] = "\b\f\n\r\t";
	const char *letter;
	int low;

	if (**in != 'u')
	{
		letter = strchr(letters, **in);
		*c = (unsigned char) (letter != NULL ? meant[letter - letters] : **in);
		(*in)++;
		return true;
	}
	*c = (uint32_t) four_digits(*in + 1, end);
	*in += 5;
	if (*c == 0 && !any_character)
		return fail(scanner, null_character);
	if (*c == 0)
		*c = 1;
	if (*c < 0xd800 || *c > 0xdfff)
		return true;

	low = *c <= 0xdbff && end - *in >= 6 && (*in)[0] == '\\' && (*in)[1] == 'u'
			  ? four_digits(*in + 2, end)
			  : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return fail(scanner, lone_surrogate);
	*in += 6;
	*c = 0x10000 + ((*c - 0xd800) << 10) + (uint32_t) (low - 0xdc00);
	return true;
}

/*
 * Decodes a string in its place; an escape is never shorter than what it stands
 * for.
 */
static bool
decode(Scanner *scanner, Span *span, bool any_character)
{
	const char *in = span->start;
	char *out = span->start;
	uint32_t c;

	if (!span->escaped)
		return true;
	while (in < span->end)
	{
		if (*in != '\\')
		{
			*out++ = *in++;
			continue;
		}
		in++;
		if (!read_escape(scanner, &in, span->end, any_character, &c))
			return false;
		out = put_character(out, c);
	}
	span->end = out;
	return true;
}

/* Do all escapes of a string stand for characters? */
static bool
is_text(Scanner *scanner, const Span *span)
{
	const char *in = span->start;
	uint32_t c;

	while (span->escaped && in < span->end)
	{
		if (*in++ == '\\' && !read_escape(scanner, &in, span->end, false, &c))
			return false;
	}
	return true;
}

/* Takes digits, one at least. */
static bool
take_digits(Scanner *scanner)
{
	char *start = scanner->at;

	while (scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9')
		scanner->at++;
	return scanner->at > start;
}

/* Skips a number, by the grammar of RFC 8259, 6. */
static bool
scan_number(Scanner *scanner)
{
	take(scanner, '-');
	if (!take(scanner, '0') && !take_digits(scanner))
		return fail(scanner, malformed);
	if (take(scanner, '.') && !take_digits(scanner))
		return fail(scanner, malformed);
	if (take(scanner, 'e') || take(scanner, 'E'))
	{
		if (!take(scanner, '+'))
			take(scanner, '-');
		if (!take_digits(scanner))
			return fail(scanner, malformed);
	}
	return true;
}

static bool
take_word(Scanner *scanner, const char *word)
{
	size_t length = strlen(word);

	if ((size_t) (scanner->end - scanner->at) < length || memcmp(scanner->at, word, length) != 0)
		return false;
	scanner->at += length;
	return true;
}

/* Reads a value that is neither array nor object. */
static bool
scan_scalar(Scanner *scanner)
{
	Span string;

	if (scanner->at < scanner->end && *scanner->at == '"')
		return scan_string(scanner, &string) && (!scanner->keeps || is_text(scanner, &string));
	if (take_word(scanner, "true") || take_word(scanner, "false") || take_word(scanner, "null"))
		return true;
	return scan_number(scanner);
}

/* Reads the name of a member and its colon. */
static bool
scan_name(Scanner *scanner, Span *name)
{
	if (!scan_string(scanner, name))
		return false;
	skip_space(scanner);
	if (!take(scanner, ':'))
		return fail(scanner, malformed);
	skip_space(scanner);
	return true;
}

/*
 * Reads any value, down to its end.  The stack has a bit for each level: is it
 * an object?
 */
static bool
skip_value(Scanner *scanner)
{
	unsigned char stack[JSON_FIELDS_DEPTH / 8] = { 0 };
	int depth = 0;

	for (;;)
	{
		bool opened = false;
		bool object = take(scanner, '{');

		if (object || take(scanner, '['))
		{
			/* The object around all is one more. */
			if (depth == JSON_FIELDS_DEPTH - 1)
				return fail(scanner, too_deep);
			if (object)
				stack[depth / 8] |= (unsigned char) (1 << depth % 8);
			else
				stack[depth / 8] &= (unsigned char) ~(1 << depth % 8);
			depth++;
			opened = true;
		}
		else if (!scan_scalar(scanner))
			return false;

		/* What ends here ends, and what goes on begins its next value. */
		for (;;)
		{
			Span name;

			if (depth == 0)
				return true;
			object = (stack[(depth - 1) / 8] >> (depth - 1) % 8 & 1) != 0;
			skip_space(scanner);
			if (take(scanner, object ? '}' : ']'))
			{
				depth--;
				opened = false;
				continue;
			}
			if (!opened && !take(scanner, ','))
				return fail(scanner, malformed);
			skip_space(scanner);
			if (object &&
				(!scan_name(scanner, &name) || (scanner->keeps && !is_text(scanner, &name))))
				return false;
			break;
		}
	}
}

/* Is this the name of a field?  A name that is no text is nobody's. */
static Field *
find_named(Field *fields, int count, Span *name)
{
	Scanner nobody = { .issue = malformed };

	if (!decode(&nobody, name, false))
		return NULL;
	return fields_find(fields, count, name->start, (size_t) (name->end - name->start));
}

/* Decodes a string in place, and keeps it when its field is one of strings. */
static bool
keep_string(Scanner *scanner, Field *field)
{
	Span text;

	if (!scan_string(scanner, &text) || !decode(scanner, &text, field->any_character))
		return false;
	field->present = true;
	if (field->kind == VALUE_STRING)
	{
		field->value = text.start;
		field->length = (size_t) (text.end - text.start);
	}
	return true;
}

/* Is a value that was read as JSON of this kind? */
static bool
is_of_kind(ValueKind kind, const char *value, size_t length)
{
	if (kind == VALUE_OBJECT || kind == VALUE_ARRAY)
		return *value == (kind == VALUE_OBJECT ? '{' : '[');
	return value_is(kind, value, length);
}

/* Keeps a value that is no string. */
static bool
keep_value(Scanner *scanner, Field *field)
{
	const char *value = scanner->at;
	size_t length;

	scanner->keeps = field->kind != VALUE_STRING;
	if (!skip_value(scanner))
		return false;
	scanner->keeps = false;
	length = (size_t) (scanner->at - value);
	field->present = length != 4 || memcmp(value, "null", 4) != 0;
	if (is_of_kind(field->kind, value, length))
	{
		field->value = value;
		field->length = length;
	}
	return true;
}

/* Reads a name and its value; a field that comes twice is an error. */
static bool
scan_member(Scanner *scanner, Field *fields, int count, bool *seen)
{
	Span text;
	Field *field;

	if (!scan_name(scanner, &text))
		return false;
	field = find_named(fields, count, &text);
	if (field == NULL)
		return skip_value(scanner);
	if (seen[field - fields])
		return fail(scanner, FIELDS_REPEATED);
	seen[field - fields] = true;

	if (scanner->at < scanner->end && *scanner->at == '"')
		return keep_string(scanner, field);
	return keep_value(scanner, field);
}

/*
 * Reads the object that a body has to be, and keeps the fields that were asked
 * for.
 */
static bool
scan_object(Scanner *scanner, Field *fields, int count)
{
	bool seen[FIELDS_MAX] = { false };

	if (!take(scanner, '{'))
	{
		if (skip_value(scanner))
			fail(scanner, no_object);
		return false;
	}
	skip_space(scanner);
	if (take(scanner, '}'))
		return true;
	do
	{
		skip_space(scanner);
		if (!scan_member(scanner, fields, count, seen))
			return false;
		skip_space(scanner);
	} while (take(scanner, ','));
	return take(scanner, '}') || fail(scanner, malformed);
}

/* To the first value of a text. */
static Scanner
scan_start(char *text, size_t length)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, which some put first */
	Scanner scanner = { .at = text, .end = text + length };

	take_word(&scanner, mark);
	skip_space(&scanner);
	return scanner;
}

/* Behind its value nothing is to follow; returns the first issue. */
static const char *
scan_end(Scanner *scanner)
{
	skip_space(scanner);
	if (scanner->at < scanner->end)
		fail(scanner, *scanner->at == '\0' ? null_character : too_much);
	return scanner->issue;
}

const char *
json_fields_read(char *text, size_t length, Field *fields, int count)
{
	Scanner scanner = scan_start(text, length);

	for (int i = 0; i < count; i++)
	{
		fields[i].present = false;
		fields[i].value = NULL;
		fields[i].length = 0;
	}
	return scan_object(&scanner, fields, count) ? scan_end(&scanner) : scanner.issue;
}

const char *
json_object_read(char *text, size_t length, const char **object, size_t *object_length)
{
	Scanner scanner = scan_start(text, length);
	const char *start = scanner.at;

	scanner.keeps = true;
	if (!skip_value(&scanner))
		return scanner.issue;
	if (*start != '{')
		return no_object;
	*object = start;
	*object_length = (size_t) (scanner.at - start);
	return scan_end(&scanner);
}
