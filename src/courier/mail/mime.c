/*
 * mime.c: see mime.h.
 */
#include "mail/mime.h"

#include <string.h>

#include "base/utf8.h"

#define LINE_MAX_LENGTH 76 /* of what is encoded, RFC 2045 and 2047 */
#define WORD_MAX		75 /* of an encoded word with all around it */
#define WORD_START		"=?UTF-8?Q?"
#define WORD_END		"?="

bool
mime_is_address(const char *address)
{
	size_t length = strlen(address);
	const char *at = strchr(address, '@');

	return length <= MIME_ADDRESS_MAX && at != NULL && at != address && at[1] != '\0' &&
		   strchr(at + 1, '@') == NULL && address[0] != '-' &&
		   strcspn(address, " <>()[]\\,;:\"") == length && text_is_line(address);
}

static bool
is_letter_or_digit(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
is_ascii(const char *string)
{
	for (; *string != '\0'; string++)
		if ((*string & 0x80) != 0)
			return false;
	return true;
}

/*
 * Encoded words, of which none splits a character.  column: where the first one
 * begins.
 */
static void
add_words(Text *out, const char *string, size_t column)
{
	const unsigned char *p = (const unsigned char *) string;
	const unsigned char *end = p + strlen(string);

	while (p < end)
	{
		size_t used = strlen(WORD_START) + strlen(WORD_END);

		if (p != (const unsigned char *) string)
		{
			text_add_string(out, "\r\n ");
			column = 1;
		}
		text_add_string(out, WORD_START);
		while (p < end)
		{
			int length = utf8_length(p, end);
			size_t width = length == 1 && (is_letter_or_digit(*p) || *p == ' ') ? 1 : 3 * length;

			if (used + width > WORD_MAX || column + used + width > LINE_MAX_LENGTH)
				break;
			for (int i = 0; i < length; i++, p++)
			{
				if (*p == ' ')
					text_add_char(out, '_');
				else if (is_letter_or_digit(*p))
					text_add_char(out, (char) *p);
				else
					text_add_format(out, "=%02X", *p);
			}
			used += width;
		}
		text_add_string(out, WORD_END);
	}
}

/* What nobody takes for an encoded word, and fits into one line. */
static bool
is_plain(const char *string, size_t column)
{
	size_t length = strlen(string);

	return is_ascii(string) && strstr(string, "=?") == NULL && column + length <= LINE_MAX_LENGTH &&
		   (length == 0 || (string[0] != ' ' && string[length - 1] != ' '));
}

static void
add_subject(Text *out, const char *subject)
{
	text_add_string(out, "Subject: ");
	if (is_plain(subject, strlen("Subject: ")))
		text_add_string(out, subject);
	else
		add_words(out, subject, strlen("Subject: "));
	text_add_string(out, "\r\n");
}

static void
add_from(Text *out, const char *name, const char *address)
{
	text_add_string(out, "From: ");
	if (name[0] != '\0' && is_plain(name, strlen("From: \"\"")) && strpbrk(name, "\"\\") == NULL)
		text_add_format(out, "\"%s\"\r\n ", name);
	else if (name[0] != '\0')
	{
		add_words(out, name, strlen("From: "));
		text_add_string(out, "\r\n ");
	}
	text_add_format(out, "<%s>\r\n", address);
}

/* The names do not depend on a locale, as those of strftime() do. */
static void
add_date(Text *out, time_t date)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
										  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm t;

	if (gmtime_r(&date, &t) == NULL)
	{
		out->failed = true;
		return;
	}
	text_add_format(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
					months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Are these lines of UTF-8, in which nothing but \n and tabs is a control? */
static bool
is_body(const char *body)
{
	const unsigned char *end = (const unsigned char *) body + strlen(body);
	int length;

	for (const unsigned char *p = (const unsigned char *) body; p < end; p += length)
	{
		length = utf8_length(p, end);
		if (length == 0 || (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f ||
			(*p == 0xc2 && p[1] < 0xa0))
			return false;
	}
	return true;
}

/*
 * A line that begins with a dot or with From is kept from whoever mistakes that
 * for the end of the message, or for the beginning of another.
 */
static bool
starts_badly(const char *line)
{
	return line[0] == '.' || strncmp(line, "From ", 5) == 0;
}

static void
add_quoted_printable(Text *out, const char *body)
{
	size_t column = 0;

	for (const char *p = body; *p != '\0'; p++)
	{
		bool at_end = p[1] == '\n' || p[1] == '\0';
		bool plain = *p >= 33 && *p <= 126 && *p != '=' && (column > 0 || !starts_badly(p));
		size_t width;

		if (*p == '\n')
		{
			text_add_string(out, "\r\n");
			column = 0;
			continue;
		}
		plain = plain || ((*p == ' ' || *p == '\t') && !at_end);
		width = plain ? 1 : 3;
		/* The last column is that of the = which says that the line goes on. */
		if (column + width > LINE_MAX_LENGTH - 1)
		{
			text_add_string(out, "=\r\n");
			column = 0;
			plain = plain && !starts_badly(p);
			width = plain ? 1 : 3;
		}
		if (plain)
			text_add_char(out, *p);
		else
			text_add_format(out, "=%02X", (unsigned char) *p);
		column += width;
	}
}

static void
add_part(Text *out, const char *boundary, const char *type, const char *body)
{
	text_add_format(out,
					"--%s\r\n"
					"Content-Type: text/%s; charset=utf-8\r\n"
					"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
					boundary, type);
	add_quoted_printable(out, body);
	text_add_string(out, "\r\n");
}

bool
mime_write(const MimeMessage *message, Text *out)
{
	/* What is encoded as quoted-printable cannot have =_ in it. */
	static const char boundary[] = "=_the_same_text_twice_=";

	if (!mime_is_address(message->from) || !mime_is_address(message->to) ||
		!text_is_line(message->from_name) || !text_is_line(message->subject) ||
		!mime_is_address(message->message_id) || !is_ascii(message->message_id) ||
		!is_body(message->text) || !is_body(message->html))
		return false;
	add_date(out, message->date);
	add_from(out, message->from_name, message->from);
	text_add_format(out, "To: <%s>\r\n", message->to);
	add_subject(out, message->subject);
	text_add_format(out,
					"Message-ID: <%s>\r\n"
					"Auto-Submitted: auto-generated\r\n"
					"X-Auto-Response-Suppress: All\r\n"
					"Content-Language: %s\r\n"
					"MIME-Version: 1.0\r\n"
					"Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
					message->message_id, message->language, boundary);
	add_part(out, boundary, "plain", message->text);
	add_part(out, boundary, "html", message->html);
	text_add_format(out, "--%s--\r\n", boundary);
	return !out->failed;
}
