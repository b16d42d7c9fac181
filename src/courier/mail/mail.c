/*
 * mail.c: the courier of mails.
 */
#include "mail/mail.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/transfer.h"
#include "mail/letters.h"
#include "mail/smtp.h"
#include "mail/spool.h"

/*
 * More than a mail may take: what is known then still has to reach the
 * database.
 */
#define LEASE_S (2 * SMTP_DEADLINE_S)

/* Where the templates are, seen from the folder of the program. */
#define TEMPLATES "../share/jerry/templates"

static bool to_folder; /* mails become files */

/* What this courier cannot do without. */
static bool
check(const Config *config)
{
	static const char *const message = "jerry: %s: is required\n";
	bool valid = true;

	if (config->smtp_server == NULL && config->mail_folder == NULL)
	{
		fputs("jerry: SMTP_SERVER: is required, or MAIL_FOLDER\n", stderr);
		valid = false;
	}
	if (config->smtp_from_email == NULL)
	{
		fprintf(stderr, message, "SMTP_FROM_EMAIL");
		valid = false;
	}
	if (config->public_url == NULL)
	{
		fprintf(stderr, message, "PUBLIC_URL");
		valid = false;
	}
	return valid;
}

static bool
open_letters(const Config *config)
{
	char folder[PATH_MAX + sizeof(TEMPLATES)];
	char error[512];
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX);
	LetterSettings letter_settings = {
		.templates = config->mail_templates,
		.public_url = config->public_url,
		.service_name = config->pages_name,
		.from_email = config->smtp_from_email,
		.from_name = config->smtp_from_name,
		.color = config->pages_color,
		.language = config->mail_language,
		.continue_url = config->mail_continue_url,
		.off = config->mail_off,
		.max_age = config->mail_max_age,
		.consumer = mail_courier.name,
	};

	folder[length > 0 ? length : 0] = '\0';
	strcpy(strrchr(folder, '/') != NULL ? strrchr(folder, '/') + 1 : folder, TEMPLATES);
	if (letters_open(folder, &letter_settings, error, sizeof(error)))
		return true;
	fprintf(stderr, "jerry: %s\n", error);
	return false;
}

static bool
mail_open(const Config *config)
{
	if (!check(config) || !open_letters(config))
		return false;
	to_folder = config->smtp_server == NULL;
	if (!to_folder)
		return smtp_open(config);
	if (spool_open(config->mail_folder))
		return true;
	fprintf(stderr, "jerry: MAIL_FOLDER: could not write to \"%s\": %s\n", config->mail_folder,
			strerror(errno));
	return false;
}

static void
put_into_folder(Delivery *delivery, const Letter *letter)
{
	char reason[128];

	if (spool_write(delivery->id, letter->name, letter->message, letter->message_length))
		delivery_end(delivery, OUTCOME_DELIVERED, NULL);
	else
	{
		snprintf(reason, sizeof(reason), "could not write the file: %s", strerror(errno));
		delivery_end(delivery, OUTCOME_AWAY, reason);
	}
}

static void
mail_deliver(Delivery *delivery, const char *payload, size_t length)
{
	Letter letter = { 0 };
	LetterOutcome outcome = letters_write(delivery->id, delivery->type, payload, length,
										  delivery_clock(delivery), &letter);

	delivery->what = letter.name;
	switch (outcome)
	{
		case LETTER_WRITTEN:
			if (to_folder)
				put_into_folder(delivery, &letter);
			else
				smtp_send(delivery, &letter);
			break;
		case LETTER_NONE:
			delivery_end(delivery, OUTCOME_NOTHING, NULL);
			break;
		case LETTER_LATE:
			delivery_end(delivery, OUTCOME_EXPIRED, "it happened too long ago");
			break;
		case LETTER_REFUSED:
			delivery_end(delivery, OUTCOME_NEVER, letter.reason);
			break;
		case LETTER_NO_MEMORY:
			delivery_end(delivery, OUTCOME_AWAY, "there is no memory");
			break;
	}
	letter_free(&letter);
}

const Courier mail_courier = {
	.name = "mail",
	.destination = "the mail server",
	.lease_s = LEASE_S,
	.statements = &outbox_of_events,
	.open = mail_open,
	.deliver = mail_deliver,
	.cancel = smtp_cancel,
};
