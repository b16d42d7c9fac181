/*
 * fuzz_mail.c: libFuzzer target: templates, the payloads of events, and the
 * mails that are made of them (template.c, letters.c, mime.c).
 *
 * The first byte says what the rest is: a template of some kind, or the payload
 * of some event.  Beyond crashes and leaks this looks for a value that becomes
 * markup, and for a message with a header that is not ours, or with a line that
 * is none.
 */
#include "fuzz.h"
#include "mail/letters.h"
#include "mail/template.h"

#define TEMPLATE_KINDS 3

static size_t
count_of(const char *bytes, size_t length, char wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += bytes[i] == wanted;
	return count;
}

static void
check_template(const char *bytes, size_t length, TemplateKind kind)
{
	static const Variable variables[] = {
		{ "text", VARIABLE_TEXT },
		{ "link", VARIABLE_LINK },
		{ "color", VARIABLE_COLOR },
		{ "flag", VARIABLE_FLAG },
	};
	static const char *const values[][4] = {
		{ "<\"'>&<!--", "https://a.example/\"<'>", "#123456", "yes" },
		{ "", NULL, "#123456", NULL },
	};
	char error[256] = "";
	char *exact = exact_copy(bytes, length);
	Template *template =
		template_read("fuzz", exact, length, kind, variables, 4, error, sizeof(error));

	REQUIRE((template == NULL) == (error[0] != '\0'));
	for (size_t i = 0; template != NULL && i < 2; i++)
	{
		Text out = { 0 };

		template_fill(template, values[i], &out);
		REQUIRE(out.bytes != NULL && strlen(out.bytes) == out.length);
		for (const char *p = "<>\"'"; kind == TEMPLATE_HTML && *p != '\0'; p++)
			REQUIRE(count_of(out.bytes, out.length, *p) <= count_of(bytes, length, *p));
		REQUIRE(kind != TEMPLATE_LINE || strchr(out.bytes, '\n') == NULL);
		text_free(&out);
	}
	template_free(template);
	free(exact);
}

static void
open_letters(void)
{
	static const LetterSettings settings = { .public_url = "https://auth.example.com",
											 .service_name = "Jerry",
											 .from_email = "no-reply@example.com",
											 .color = "#1f6feb",
											 .language = "en",
											 .continue_url = "https://app.example.com/",
											 .max_age = 3600,
											 .consumer = "mail" };
	static bool open;
	char error[256];

	if (open)
		return;
	open = true;
	REQUIRE(letters_open("conf/templates", &settings, error, sizeof(error)));
	atexit(letters_close);
}

/* Each line of the head is a header of ours in its place, or more of it. */
static void
check_head(const char *message)
{
	static const char *const names[] = { "Date", "From", "To", "Subject", "Message-ID",
										 "Auto-Submitted", "X-Auto-Response-Suppress",
										 "Content-Language", "MIME-Version", "Content-Type" };
	size_t next = 0;

	while (strncmp(message, "\r\n", 2) != 0)
	{
		if (message[0] != ' ')
		{
			size_t length = strlen(names[next]);

			REQUIRE(strncmp(message, names[next], length) == 0 && message[length] == ':');
			next++;
		}
		message = strstr(message, "\r\n") + 2;
		REQUIRE(next < sizeof(names) / sizeof(names[0]) || message[0] == ' ' || message[0] == '\r');
	}
	REQUIRE(next == sizeof(names) / sizeof(names[0]));
}

static void
check_letter(const char *event_type, const char *bytes, size_t length)
{
	char *exact = exact_copy(bytes, length);
	Letter letter;
	LetterOutcome outcome;

	open_letters();
	outcome = letters_write(17, event_type, exact, length, 1768473000, &letter);
	REQUIRE(outcome != LETTER_NO_MEMORY && outcome != LETTER_NONE);
	REQUIRE((outcome == LETTER_WRITTEN) == (letter.message != NULL));
	REQUIRE((outcome == LETTER_REFUSED) == (letter.reason != NULL));
	if (outcome == LETTER_WRITTEN)
	{
		size_t lines = count_of(letter.message, letter.message_length, '\n');
		size_t ends = 0;

		REQUIRE(strlen(letter.message) == letter.message_length);
		for (const char *p = letter.message; (p = strstr(p, "\r\n")) != NULL; p += 2)
			ends++;
		REQUIRE(ends == lines && count_of(letter.message, letter.message_length, '\r') == lines);
		check_head(letter.message);
		REQUIRE(strpbrk(letter.to, " <>\r\n") == NULL && strchr(letter.to, '@') != NULL);
	}
	letter_free(&letter);
	free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const events[] = {
		"user.registered",
		"user.registration_attempted",
		"user.password_reset_requested",
		"user.password_changed",
		"user.email_change_requested",
		"user.email_changed",
		"user.login_code_requested",
		"user.invited",
		"user.lockout",
		"user.deletion_scheduled",
		"user.deleted",
		"user.new_device",
		"user.recovery_code_used",
	};
	size_t kinds = TEMPLATE_KINDS + sizeof(events) / sizeof(events[0]);
	size_t kind;

	if (size == 0)
		return 0;
	kind = (size_t) (data[0] - 'a') % kinds;
	if (kind < TEMPLATE_KINDS)
		check_template((const char *) data + 1, size - 1, (TemplateKind) kind);
	else
		check_letter(events[kind - TEMPLATE_KINDS], (const char *) data + 1, size - 1);
	return 0;
}
