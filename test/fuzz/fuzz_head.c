/*
 * fuzz_head.c: libFuzzer target for the request head parser, and for the body
 * of a chunked request behind its head.
 *
 * Beyond crashes it looks for broken promises: a verdict that changes when the
 * same bytes arrive in pieces, a written head that Kore could misread or that
 * means something else than what was parsed, a body of which bytes are missing
 * or too many.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "edge/http_chunks.h"
#include "edge/http_head.h"

#define REQUIRE(condition) \
	do                     \
	{                      \
		if (!(condition))  \
			abort();       \
	} while (0)

/* Field lines that Kore keeps; it drops what is beyond. */
#define KORE_MAX_LINES 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes in memory of their own, so that reading past them is found. */
static char *
copy(const void *bytes, size_t length)
{
	char *result = malloc(length ? length : 1);

	memcpy(result, bytes, length);
	return result;
}

static int
judge(const char *bytes, size_t length, HttpHead *head)
{
	size_t blank = http_head_blank(bytes, length);

	return http_head_parse(bytes + blank, length - blank, head);
}

/* Nothing that has been decided changes with the bytes that follow. */
static void
check_pieces(const char *bytes, size_t length, int verdict)
{
	for (size_t piece = 1; piece < length; piece += 1 + length / 64)
	{
		char *start = copy(bytes, piece);
		HttpHead head;
		int early = judge(start, piece, &head);

		REQUIRE(early == HTTP_HEAD_PARTIAL || early == verdict);
		free(start);
	}
}

/*
 * One request line and few fields, printable, each name once, one empty line.
 */
static void
check_form(const char *out, size_t length)
{
	const char *end = memmem(out, length, "\r\n\r\n", 4);
	const char *names[KORE_MAX_LINES];
	size_t lengths[KORE_MAX_LINES];
	int lines = 0;

	REQUIRE(end == out + length - 4);
	for (const char *line = out; line < end + 2; lines++)
	{
		const char *line_end = memchr(line, '\r', length - (size_t) (line - out));

		REQUIRE(line_end != NULL && line_end[1] == '\n' && line_end > line);
		REQUIRE(lines < KORE_MAX_LINES);
		for (const char *p = line; p < line_end; p++)
			REQUIRE(*p >= ' ' && *p <= '~');
		if (lines > 0)
		{
			const char *colon = memchr(line, ':', (size_t) (line_end - line));

			REQUIRE(colon != NULL && colon > line && colon[1] == ' ' && colon + 2 < line_end);
			names[lines] = line;
			lengths[lines] = (size_t) (colon - line);
			for (int i = 1; i < lines; i++)
				REQUIRE(
					lengths[i] != lengths[lines] || strncasecmp(names[i], line, lengths[i]) != 0);
		}
		line = line_end + 2;
	}
}

/* The written head, parsed and written again, is the same. */
static void
check_meaning(const HttpHead *head, const char *out, size_t length)
{
	HttpHead again;
	char *bytes;
	char *twice;

	if (length > HTTP_HEAD_MAX)
		return;
	bytes = copy(out, length);
	REQUIRE(http_head_parse(bytes, length, &again) == HTTP_HEAD_ACCEPTED);
	REQUIRE(again.length == length);
	REQUIRE(!again.chunked);
	REQUIRE(again.content_length == (head->takes_body ? head->content_length : 0));
	REQUIRE(again.takes_body == head->takes_body);
	REQUIRE(again.origin.length == head->origin.length);
	REQUIRE(!head->takes_body || head->chunked || head->content_length == again.content_length);
	REQUIRE(again.close == head->close);
	REQUIRE(again.method_is_head == head->method_is_head);
	twice = malloc(length + HTTP_HEAD_GROWTH);
	REQUIRE(http_head_write(&again, false, twice) == length);
	REQUIRE(memcmp(out, twice, length) == 0);
	free(twice);
	free(bytes);
}

#define BODY_MAX 64

/* The body in one piece and byte by byte, with little room. */
static void
check_chunks(const char *bytes, size_t length)
{
	char body[BODY_MAX];
	char again[BODY_MAX];
	HttpChunks whole = { .length = 0 };
	HttpChunks pieces = { .length = 0 };
	size_t used;
	size_t at = 0;
	int verdict = http_chunks_read(&whole, bytes, length, body, sizeof(body), &used);
	int piecewise = HTTP_CHUNKS_PARTIAL;

	REQUIRE(used <= length && whole.length <= sizeof(body));
	while (at < length && piecewise == HTTP_CHUNKS_PARTIAL)
	{
		char *piece = copy(bytes + at, 1);
		size_t one;

		piecewise = http_chunks_read(&pieces, piece, 1, again, sizeof(again), &one);
		REQUIRE(one == 1);
		at++;
		free(piece);
	}
	REQUIRE(piecewise == verdict && at == used && pieces.length == whole.length);
	REQUIRE(memcmp(body, again, whole.length) == 0);
	if (verdict == HTTP_CHUNKS_COMPLETE)
		REQUIRE(used >= 5 && memcmp(bytes + used - 4, "\r\n\r\n", 4) == 0 && whole.length < used);
	else if (verdict != HTTP_CHUNKS_PARTIAL)
		REQUIRE(verdict == 400 || verdict == 413 || verdict == 431);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = copy(data, size);
	HttpHead head;
	int verdict = judge(bytes, size, &head);

	check_pieces(bytes, size, verdict);
	if (verdict == HTTP_HEAD_ACCEPTED)
	{
		char *out = malloc(head.length + HTTP_HEAD_GROWTH);
		size_t length = http_head_write(&head, false, out);

		REQUIRE(head.length <= size && head.length <= HTTP_HEAD_MAX);
		REQUIRE(length <= head.length + HTTP_HEAD_GROWTH);
		check_form(out, length);
		check_meaning(&head, out, length);
		if (head.takes_body)
		{
			http_head_set_length(out, length, 42);
			check_form(out, length);
		}
		if (head.chunked)
		{
			size_t start = http_head_blank(bytes, size) + head.length;

			check_chunks(bytes + start, size - start);
		}
		free(out);
	}
	else if (verdict == HTTP_HEAD_PARTIAL)
		REQUIRE(size - http_head_blank(bytes, size) < HTTP_HEAD_MAX);
	else
		REQUIRE(verdict >= 400 && verdict <= 505);
	free(bytes);
	return 0;
}
