/*
 * letters.c: which event is which mail, and what it says.
 */
#include "mail/letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/lengthof.h"

typedef struct Kind
{
	const char *event_type;
	const char *name;
	const char *token; /* the member of the event's data */
	const char *path;  /* of the page that takes it */
	const char *subject;
} Kind;

static const Kind kinds[] = {
	{ "user.registered", "verify", "email_verification_token", "/verify-email",
	  "Verify your address" },
	{ "user.verification_requested", "verify", "email_verification_token", "/verify-email",
	  "Verify your address" },
	{ "user.password_reset_requested", "reset", "password_reset_token", "/reset-password",
	  "Set a new password" },
};

static LetterSettings settings;

bool
letters_open(const char *folder, const LetterSettings *given, char *error, size_t size)
{
	(void) folder;
	(void) error;
	(void) size;
	settings = *given;
	return true;
}

void
letters_close(void)
{
}

static const Kind *
find_kind(const char *event_type)
{
	for (size_t i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(kinds[i].event_type, event_type) == 0)
			return &kinds[i];
	}
	return NULL;
}

LetterOutcome
letters_write(int64_t event_id, const char *event_type, const char *payload, size_t length,
			  time_t now, Letter *letter)
{
	const Kind *kind = find_kind(event_type);
	LetterOutcome outcome = LETTER_REFUSED;
	json_t *event;
	json_t *data;
	const char *to;
	const char *token;
	char date[64];
	struct tm tm;

	if (kind == NULL)
		return LETTER_NONE;
	letter->name = kind->name;
	letter->reason = "the event has no address or no token";
	event = json_loadb(payload, length, JSON_REJECT_DUPLICATES, NULL);
	data = json_object_get(event, "data");
	to = json_string_value(json_object_get(data, "email"));
	token = json_string_value(json_object_get(data, kind->token));
	if (to != NULL && token != NULL)
	{
		int written;

		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&now, &tm));
		letter->from = strdup(settings.from_email);
		letter->to = strdup(to);
		written = asprintf(&letter->message,
						   "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
						   "Message-ID: <jerry.%s.%" PRId64 "@%s>\r\nMIME-Version: 1.0\r\n"
						   "Content-Type: text/plain; charset=utf-8\r\n\r\n%s%s#token=%s\r\n",
						   date, settings.from_email, to, kind->subject, settings.consumer,
						   event_id,
						   strchr(settings.from_email, '@') + 1, settings.public_url,
						   kind->path, token);
		letter->message_length = written > 0 ? (size_t) written : 0;
		outcome = written > 0 ? LETTER_WRITTEN : LETTER_NO_MEMORY;
	}
	json_decref(event);
	return outcome;
}

void
letter_free(Letter *letter)
{
	if (letter->message != NULL)
		explicit_bzero(letter->message, letter->message_length);
	free(letter->message);
	free(letter->from);
	free(letter->to);
	*letter = (Letter){ 0 };
}
