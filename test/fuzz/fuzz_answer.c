/*
 * fuzz_answer.c: libFuzzer target: what an answer says to the head of a reply
 * (answer_head.c).  The input is the answer.
 *
 * Beyond crashes this looks for lines that are more, or other, than the header
 * lines that are promised, with anything in them that ends a line.
 */
#include <ctype.h>

#include "fuzz.h"
#include "http/answer_head.h"

/* Takes the line off the text when it begins so. */
static const char *
skip_line(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		return text;
	text += strlen(start);
	while (*text > ' ' - 1 && *text <= '~')
		text++;
	REQUIRE(text[0] == '\r' && text[1] == '\n');
	return text + 2;
}

static void
check_positive(const char *answer, size_t size, bool redirect)
{
	char lines[ANSWER_HEAD_SIZE];
	const char *rest = lines;

	if (answer_head_positive(answer, size, redirect, lines) != NULL)
		return;
	REQUIRE(strnlen(lines, sizeof(lines)) < sizeof(lines));
	if (redirect)
	{
		rest = skip_line(lines, "location: ");
		REQUIRE(rest > lines);
		REQUIRE(strncmp(lines, "location: http", 14) == 0 ||
				(lines[10] == '/' && lines[11] != '/' && lines[11] != '\\'));
	}
	if (*rest != '\0')
	{
		REQUIRE(strstr(rest, "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=") != NULL);
		rest = skip_line(rest, "set-cookie: __Host-");
	}
	REQUIRE(*rest == '\0');
}

static void
check_negative(const char *answer, size_t size)
{
	char lines[ANSWER_HEAD_SIZE];
	const char *rest = lines + strlen("retry-after: ");

	if (answer_head_negative(answer, size, lines) != NULL || lines[0] == '\0')
		return;
	REQUIRE(strncmp(lines, "retry-after: ", strlen("retry-after: ")) == 0);
	REQUIRE(isdigit((unsigned char) *rest));
	while (isdigit((unsigned char) *rest))
		rest++;
	REQUIRE(strncmp(rest, "\r\n", 2) == 0);
	rest += 2;
	if (*rest != '\0')
	{
		rest = skip_line(rest, "ratelimit-policy: \"");
		rest = skip_line(rest, "ratelimit: \"");
	}
	REQUIRE(*rest == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *answer = exact_copy(data, size);

	check_positive(answer, size, true);
	check_positive(answer, size, false);
	check_negative(answer, size);
	free(answer);
	return 0;
}
