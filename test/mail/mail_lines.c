/*
 * mail_lines.c: what the courier writes, as a filter for the tests.
 *
 *   mail_lines mime                          FROM NAME TO SUBJECT ID TEXT HTML
 *   mail_lines template line|plain|html      TEMPLATE TEXT LINK COLOR FLAG PART
 *   mail_lines letters FOLDER NAME=VALUE...  ID TYPE PAYLOAD NOW
 *
 * A line of the input has what stands behind the mode, in hexadecimal with a -
 * in front of each, and so has a line of the answer: a word that says what
 * became of it, and what was written, or why not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/letters.h"
#include "mail/mime.h"
#include "mail/template.h"

#define FIELDS_MAX 8

typedef struct Given
{
	char *bytes[FIELDS_MAX]; /* each of no more memory than it needs */
	size_t length[FIELDS_MAX];
} Given;

static void
read_field(const char *hex, char **bytes, size_t *length)
{
	*length = strlen(hex) / 2;
	*bytes = malloc(*length + 1);
	if (*bytes == NULL)
		abort();
	for (size_t i = 0; i < *length; i++)
	{
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			abort();
		(*bytes)[i] = (char) byte;
	}
	(*bytes)[*length] = '\0';
}

static void
print_field(const char *bytes, size_t length)
{
	fputs(" -", stdout);
	for (size_t i = 0; bytes != NULL && i < length; i++)
		printf("%02x", (unsigned char) bytes[i]);
}

static void
print_string(const char *string)
{
	print_field(string, string == NULL ? 0 : strlen(string));
}

static void
answer_mime(const Given *given)
{
	MimeMessage message = { .from = given->bytes[0],
							.from_name = given->bytes[1],
							.to = given->bytes[2],
							.subject = given->bytes[3],
							.message_id = given->bytes[4],
							.language = "en",
							.date = 1796000000,
							.text = given->bytes[5],
							.html = given->bytes[6] };
	Text out = { 0 };
	bool written = mime_write(&message, &out);

	fputs(written ? "written" : "refused", stdout);
	print_field(out.bytes, out.length);
	text_free(&out);
}

static void
answer_template(const char *word, const Given *given)
{
	static const Variable variables[] = {
		{ "text", VARIABLE_TEXT },
		{ "link", VARIABLE_LINK },
		{ "color", VARIABLE_COLOR },
		{ "flag", VARIABLE_FLAG },
		{ "part", VARIABLE_PART },
	};
	const char *values[] = { given->bytes[1], given->bytes[2], given->bytes[3], given->bytes[4],
							 given->bytes[5] };
	TemplateKind kind = strcmp(word, "line") == 0	 ? TEMPLATE_LINE
						: strcmp(word, "plain") == 0 ? TEMPLATE_PLAIN
													 : TEMPLATE_HTML;
	/* Without a value for the part there is no such variable. */
	size_t count = given->bytes[5][0] == '\0' ? 4 : 5;
	char error[512];
	Text out = { 0 };
	Template *template = template_read("test", given->bytes[0], given->length[0], kind, variables,
									   count, error, sizeof(error));

	if (template == NULL)
	{
		fputs("refused", stdout);
		print_string(error);
		return;
	}
	template_fill(template, values, &out);
	fputs("written", stdout);
	print_field(out.bytes, out.length);
	text_free(&out);
	template_free(template);
}

static void
answer_letter(const Given *given)
{
	static const char *const outcomes[] = {
		[LETTER_WRITTEN] = "written",
		[LETTER_NONE] = "none",
		[LETTER_LATE] = "late",
		[LETTER_REFUSED] = "refused",
		[LETTER_NO_MEMORY] = "no_memory",
	};
	Letter letter;

	fputs(outcomes[letters_write(atoll(given->bytes[0]), given->bytes[1], given->bytes[2],
								 given->length[2], (time_t) atoll(given->bytes[3]), &letter)],
		  stdout);
	print_string(letter.name);
	print_string(letter.reason);
	print_string(letter.from);
	print_string(letter.to);
	print_field(letter.message, letter.message_length);
	letter_free(&letter);
}

/* The value of an argument name=value, or NULL. */
static const char *
setting(char *const *arguments, const char *name)
{
	size_t length = strlen(name);

	for (; *arguments != NULL; arguments++)
		if (strncmp(*arguments, name, length) == 0 && (*arguments)[length] == '=')
			return *arguments + length + 1;
	return NULL;
}

static void
open_letters(char *const *arguments)
{
	LetterSettings settings = { .templates = setting(arguments, "templates"),
								.public_url = setting(arguments, "public_url"),
								.service_name = setting(arguments, "service_name"),
								.from_email = setting(arguments, "from_email"),
								.from_name = setting(arguments, "from_name"),
								.color = setting(arguments, "color"),
								.language = setting(arguments, "language"),
								.continue_url = setting(arguments, "continue_url"),
								.off = setting(arguments, "off"),
								.max_age = atoi(setting(arguments, "max_age")),
								.consumer = setting(arguments, "consumer") };
	char error[512];

	if (!letters_open(arguments[0], &settings, error, sizeof(error)))
	{
		fprintf(stderr, "%s\n", error);
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "letters") == 0)
		open_letters(argv + 2);
	while (getline(&line, &size, stdin) > 0)
	{
		Given given = { 0 };
		int count = 0;

		for (char *word = strtok(line, " \n"); word != NULL && count < FIELDS_MAX;
			 word = strtok(NULL, " \n"), count++)
			read_field(word + 1, &given.bytes[count], &given.length[count]);
		if (strcmp(argv[1], "mime") == 0)
			answer_mime(&given);
		else if (strcmp(argv[1], "template") == 0)
			answer_template(argv[2], &given);
		else
			answer_letter(&given);
		putchar('\n');
		fflush(stdout);
		while (count > 0)
			free(given.bytes[--count]);
	}
	free(line);
	if (strcmp(argv[1], "letters") == 0)
		letters_close();
	return 0;
}
