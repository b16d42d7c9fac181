/*
 * http_chunks.c: reads a chunked body.
 */
#include "edge/http_chunks.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"

#define BAD_REQUEST		  400
#define CONTENT_TOO_LARGE 413
#define TRAILER_TOO_LARGE 431

/* In a field value, or in an extension. */
static bool
is_text_character(char c)
{
	return c == '\t' || ((unsigned char) c >= ' ' && c != 0x7f);
}

/* In a field name: a token. */
static bool
is_name(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

/* A byte of the line with the size. */
static int
read_size(HttpChunks *chunks, char c, size_t max)
{
	int digit = hex_digit(c);

	if (digit >= 0)
	{
		if (++chunks->digits > HTTP_CHUNKS_MAX_DIGITS)
			return BAD_REQUEST;
		chunks->size = chunks->size * 16 + (size_t) digit;
		return HTTP_CHUNKS_PARTIAL;
	}
	if (chunks->digits == 0 || (c != ';' && c != '\r'))
		return BAD_REQUEST;
	if (chunks->size > max - chunks->length)
		return CONTENT_TOO_LARGE;
	chunks->digits = 0;
	chunks->state = c == ';' ? CHUNKS_EXTENSION : CHUNKS_SIZE_END;
	return HTTP_CHUNKS_PARTIAL;
}

/* A byte that is none of the body's. */
static int
read_frame(HttpChunks *chunks, char c, size_t max)
{
	switch (chunks->state)
	{
		case CHUNKS_SIZE:
			return read_size(chunks, c, max);

		case CHUNKS_EXTENSION:
			if (c == '\r')
				chunks->state = CHUNKS_SIZE_END;
			else if (!is_text_character(c) || ++chunks->extended > HTTP_CHUNKS_MAX_EXTENDED)
				return BAD_REQUEST;
			return HTTP_CHUNKS_PARTIAL;

		case CHUNKS_SIZE_END:
			if (c != '\n')
				return BAD_REQUEST;
			chunks->state = chunks->size > 0 ? CHUNKS_DATA : CHUNKS_LINE;
			return HTTP_CHUNKS_PARTIAL;

		case CHUNKS_DATA:
		case CHUNKS_DATA_CR:
			if (c != '\r')
				return BAD_REQUEST;
			chunks->state = CHUNKS_DATA_LF;
			return HTTP_CHUNKS_PARTIAL;

		case CHUNKS_DATA_LF:
			if (c != '\n')
				return BAD_REQUEST;
			chunks->state = CHUNKS_SIZE;
			return HTTP_CHUNKS_PARTIAL;

		case CHUNKS_LINE:
			if (c == '\r')
			{
				chunks->state = CHUNKS_END;
				return HTTP_CHUNKS_PARTIAL;
			}
			chunks->state = CHUNKS_NAME;
			if (c == ':')
				return BAD_REQUEST;
			break;

		case CHUNKS_NAME:
			break;

		case CHUNKS_VALUE:
			if (c == '\r')
			{
				chunks->state = CHUNKS_LINE_END;
				return HTTP_CHUNKS_PARTIAL;
			}
			break;

		case CHUNKS_LINE_END:
			if (c != '\n')
				return BAD_REQUEST;
			chunks->state = CHUNKS_LINE;
			return HTTP_CHUNKS_PARTIAL;

		case CHUNKS_END:
			return c == '\n' ? HTTP_CHUNKS_COMPLETE : BAD_REQUEST;
	}

	/* A byte of a trailer field. */
	if (chunks->state == CHUNKS_NAME && c == ':')
		chunks->state = CHUNKS_VALUE;
	else if (chunks->state == CHUNKS_NAME ? !is_name(c) : !is_text_character(c))
		return BAD_REQUEST;
	return ++chunks->trailed > HTTP_CHUNKS_MAX_TRAILER ? TRAILER_TOO_LARGE : HTTP_CHUNKS_PARTIAL;
}

int
http_chunks_read(HttpChunks *chunks, const char *bytes, size_t length, char *body, size_t max,
				 size_t *used)
{
	size_t at = 0;

	while (at < length)
	{
		int verdict;

		if (chunks->state == CHUNKS_DATA)
		{
			size_t part = length - at < chunks->size ? length - at : chunks->size;

			memcpy(body + chunks->length, bytes + at, part);
			chunks->length += part;
			chunks->size -= part;
			at += part;
			if (chunks->size == 0)
				chunks->state = CHUNKS_DATA_CR;
			continue;
		}
		verdict = read_frame(chunks, bytes[at++], max);
		if (verdict != HTTP_CHUNKS_PARTIAL)
		{
			*used = at;
			return verdict;
		}
	}
	*used = at;
	return HTTP_CHUNKS_PARTIAL;
}
