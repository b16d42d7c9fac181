/*
 * letters.h: which event is which mail, what it says, and in whose language.
 *
 * Pure: no database, no network, no clock.  The templates are read once, at the
 * start; whatever is wrong with them is found then.
 */
#ifndef JERRY_LETTERS_H
#define JERRY_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What the environment says; every text in UTF-8, and kept by the caller. */
typedef struct LetterSettings
{
	const char *templates;	  /* a folder with files instead of those shipped; NULL: none */
	const char *public_url;	  /* PUBLIC_URL: where users see the sidecar's pages */
	const char *service_name; /* PAGES_NAME */
	const char *from_email;	  /* SMTP_FROM_EMAIL */
	const char *from_name;	  /* SMTP_FROM_NAME; NULL: the name of the service */
	const char *color;		  /* PAGES_COLOR, of the buttons: #1f6feb */
	const char *language;	  /* MAIL_LANGUAGE, for who has none of ours: en */
	const char *continue_url; /* MAIL_CONTINUE_URL: where the pages lead on to; NULL: nowhere */
	const char *off;		  /* MAIL_OFF: mails not to send, separated by commas; NULL: none */
	int max_age;			  /* MAIL_MAX_AGE: seconds after which an event is no mail any more */
	const char *consumer;	  /* part of every Message-ID */
} LetterSettings;

typedef enum LetterOutcome
{
	LETTER_WRITTEN,
	LETTER_NONE,	/* this event is no mail, or is turned off */
	LETTER_LATE,	/* it happened too long ago to be of help: done with */
	LETTER_REFUSED, /* it can never be mailed: a dead letter */
	LETTER_NO_MEMORY
} LetterOutcome;

typedef struct Letter
{
	const char *name;	/* of the mail, such as "verify", for the log; NULL: it is none */
	const char *reason; /* of LETTER_REFUSED, a constant text with nothing of the event in it */
	/* Of LETTER_WRITTEN: bare addresses, of 254 bytes at most, for SMTP. */
	char *from;
	char *to;
	char *message; /* all of it as RFC 5322 has it, with CRLF; dots are not doubled */
	size_t message_length;
} Letter;

/*
 * Reads and checks every template in the folder of those shipped, for every
 * language.  false: error is one line that names the file, the line in it and
 * what is wrong, or the setting.
 */
extern bool letters_open(const char *folder, const LetterSettings *settings, char *error,
						 size_t size);
extern void letters_close(void);

/*
 * The mail for an event: its id, its type and its payload as claim_events()
 * returns them.  The same event makes the same message but for its Date, which
 * is now.
 */
extern LetterOutcome letters_write(int64_t event_id, const char *event_type, const char *payload,
								   size_t length, time_t now, Letter *letter);

/* Wipes and frees what letters_write() has filled in, whatever it returned. */
extern void letter_free(Letter *letter);

#endif /* JERRY_LETTERS_H */
