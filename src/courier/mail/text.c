/*
 * text.c: see text.h.
 */
#include "mail/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TEXT_FIRST_SIZE 1024

/* Room for so many bytes more, and the zero byte. */
static bool
make_room(Text *text, size_t more)
{
	size_t size = text->size == 0 ? TEXT_FIRST_SIZE : text->size;
	char *bytes;

	if (text->failed)
		return false;
	if (more < text->size - text->length)
		return true;
	while (size - text->length <= more && size <= SIZE_MAX / 2)
		size *= 2;
	/* A realloc() would leave the old bytes somewhere. */
	bytes = size - text->length > more ? malloc(size) : NULL;
	if (bytes == NULL)
	{
		text->failed = true;
		return false;
	}
	if (text->bytes != NULL)
	{
		memcpy(bytes, text->bytes, text->length);
		explicit_bzero(text->bytes, text->size);
		free(text->bytes);
	}
	text->bytes = bytes;
	text->size = size;
	return true;
}

void
text_add(Text *text, const char *bytes, size_t length)
{
	if (!make_room(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void
text_add_string(Text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void
text_add_char(Text *text, char c)
{
	text_add(text, &c, 1);
}

void
text_add_format(Text *text, const char *format, ...)
{
	va_list arguments;
	va_list again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0)
		text->failed = true;
	else if (make_room(text, (size_t) length))
	{
		vsnprintf(text->bytes + text->length, (size_t) length + 1, format, again);
		text->length += (size_t) length;
	}
	va_end(again);
	va_end(arguments);
}

void
text_empty(Text *text)
{
	if (text->bytes != NULL)
		explicit_bzero(text->bytes, text->size);
	text->length = 0;
}

void
text_free(Text *text)
{
	text_empty(text);
	free(text->bytes);
	*text = (Text){ 0 };
}

bool
text_is_line(const char *string)
{
	const unsigned char *end = (const unsigned char *) string + strlen(string);
	int length;

	for (const unsigned char *p = (const unsigned char *) string; p < end; p += length)
	{
		length = utf8_length(p, end);
		if (length == 0 || *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0) ||
			(*p == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)))
			return false;
	}
	return true;
}
