/*
 * smtp.c: hands mails to a mail server, and says what it made of them.
 *
 * How far the dialogue got decides what a failure means.  Before anything of
 * the mail was named, the destination is away.  A server that refuses the
 * sender, or breaks off with 421, has judged this mail and would judge others
 * alike, as far as one can tell: the mail comes again as any that is refused
 * for now, and so stops no other for long if it was about this one after all.
 * Everything else is about this mail.
 *
 * What the server says beside its codes is not kept: it may quote the mail.
 */
#include "mail/smtp.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "core/workers.h"
#include "mail/line.h"
#include "mail/mime.h"

#define CONNECT_DEADLINE_S 20
#define ANSWER_DEADLINE_S  30
#define SMTPUTF8		   " SMTPUTF8"

typedef enum Stage
{
	STAGE_CONNECT, /* greeting, EHLO, STARTTLS and AUTH as well */
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA
} Stage;

/* A mail on its way. */
typedef struct Sending
{
	Delivery *delivery; /* NULL: nobody waits for it any more */
	Letter letter;
	size_t sent;
	Line *line;
	struct curl_slist *recipients;
	CURLcode result;
	Stage stage;
	int code;		  /* of the answer to that stage's command; 0: there is none yet */
	char enhanced[9]; /* its code by RFC 3463, such as 5.1.1, or empty */
	bool asks_utf8;	  /* MAIL asks for SMTPUTF8, which other mails do without */
	bool over;		  /* what is said from now on is about nothing any more */
	char error[CURL_ERROR_SIZE];
} Sending;

static const char *const stage_names[] = { "connecting", "MAIL", "RCPT", "DATA" };

static const Config *config;
static char url[300];

/* A server's name or address: nothing else that a URL can hold. */
static bool
is_host(const char *host)
{
	struct in6_addr address;

	if (strchr(host, ':') != NULL)
		return inet_pton(AF_INET6, host, &address) == 1;
	if (*host == '\0' || *host == '-' || strlen(host) > 253)
		return false;
	for (; *host != '\0'; host++)
	{
		if (!isalnum((unsigned char) *host) && strchr("-._", *host) == NULL)
			return false;
	}
	return true;
}

static bool
is_loopback(const char *host)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (inet_pton(AF_INET, host, &ipv4) == 1)
		return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &ipv6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&ipv6);
	return strcasecmp(host, "localhost") == 0; /* which libcurl never looks up */
}

bool
smtp_open(const Config *given)
{
	const char *host = given->smtp_server;
	bool ipv6 = strchr(host, ':') != NULL;

	config = given;
	if (!is_host(host))
	{
		fputs("jerry: SMTP_SERVER: is not a host name or an address\n", stderr);
		return false;
	}
	if (config->smtp_security == SMTP_NONE && !is_loopback(host) &&
		config->environment != ENVIRONMENT_DEVELOPMENT)
	{
		fputs("jerry: SMTP_SECURITY: none is for a server on this machine, or for "
			  "ENVIRONMENT=development: the mails hold tokens\n",
			  stderr);
		return false;
	}
	if ((config->smtp_username == NULL) != (config->smtp_password == NULL))
	{
		fprintf(stderr, "jerry: %s: is required, beside the other of user and password\n",
				config->smtp_username == NULL ? "SMTP_USERNAME" : "SMTP_PASSWORD");
		return false;
	}
	if (!workers_open(config->parallel))
	{
		fputs("jerry: there are no threads for COURIER_PARALLEL mails\n", stderr);
		return false;
	}
	snprintf(url, sizeof(url), "%s://%s%s%s:%d",
			 config->smtp_security == SMTP_TLS ? "smtps" : "smtp", ipv6 ? "[" : "", host,
			 ipv6 ? "]" : "", config->smtp_port);
	return true;
}

/* Gives libcurl the next piece of the message. */
static size_t
read_message(char *to, size_t size, size_t count, void *argument)
{
	Sending *sending = argument;
	size_t left = sending->letter.message_length - sending->sent;
	size_t length = left < size * count ? left : size * count;

	memcpy(to, sending->letter.message + sending->sent, length);
	sending->sent += length;
	return length;
}

static bool
begins_with(const char *text, size_t length, const char *word)
{
	return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* Notes which command is sent. */
static void
note_command(Sending *sending, const char *text, size_t length)
{
	if (begins_with(text, length, "QUIT"))
		sending->over = true;
	if (sending->over)
		return;
	sending->stage = begins_with(text, length, "MAIL FROM:") ? STAGE_MAIL
					 : begins_with(text, length, "RCPT TO:") ? STAGE_RCPT
					 : begins_with(text, length, "DATA\r\n") ? STAGE_DATA
															 : STAGE_CONNECT;
	sending->code = 0;
	sending->enhanced[0] = '\0';
	if (sending->stage == STAGE_MAIL)
		sending->asks_utf8 = memmem(text, length, SMTPUTF8, strlen(SMTPUTF8)) != NULL;
}

/* Notes the codes of an answer: "550 5.1.1 ...". */
static void
note_answer(Sending *sending, const char *text, size_t length)
{
	size_t used = 0;

	if (sending->over || length < 4)
		return;
	for (int i = 0; i < 3; i++)
	{
		if (!isdigit((unsigned char) text[i]))
			return;
	}
	sending->code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
	for (text += 4, length -= 4; used < length && used < sizeof(sending->enhanced) - 1; used++)
	{
		if (!isdigit((unsigned char) text[used]) && text[used] != '.')
			break;
		sending->enhanced[used] = text[used];
	}
	/* It has two dots; a number that begins the text has not. */
	sending->enhanced[used] = '\0';
	if (used < 5 || strchr(sending->enhanced, '.') == strrchr(sending->enhanced, '.'))
		sending->enhanced[0] = '\0';
}

/* Is told everything that is sent and received. */
static int
observe(CURL *easy, curl_infotype what, char *text, size_t length, void *argument)
{
	(void) easy;
	if (what == CURLINFO_HEADER_OUT)
		note_command(argument, text, length);
	else if (what == CURLINFO_HEADER_IN)
		note_answer(argument, text, length);
	return 0;
}

/* Nothing that a server says is of interest beyond that. */
static size_t
ignore(char *text, size_t size, size_t count, void *argument)
{
	(void) text;
	(void) argument;
	return size * count;
}

/*
 * At MAIL: is it about this mail, its size or the letters of its address, and
 * not about the sender, whom all have?
 */
static bool
is_about_mail(const Sending *sending)
{
	return sending->code == 552 || (sending->asks_utf8 && sending->code >= 500);
}

static Outcome
judge(const Sending *sending, CURLcode result)
{
	int code = sending->code;
	/*
	 * "delivery not authorized" may be about the recipient, or about what the
	 * relay lets us do.
	 */
	bool policy = strncmp(sending->enhanced, "5.7.", 4) == 0;

	if (result == CURLE_OK)
		return OUTCOME_DELIVERED;
	if (sending->stage == STAGE_CONNECT || (sending->stage == STAGE_MAIL && code < 400))
		return OUTCOME_AWAY;
	/* The server goes, or has us log in: at whichever command it says so. */
	if (code == 421 || code == 530)
		return OUTCOME_UNWILLING;
	if (sending->stage == STAGE_MAIL && !is_about_mail(sending))
		return OUTCOME_UNWILLING;
	/* Whether it is about the address or about us, another mail shows. */
	if (sending->stage == STAGE_MAIL)
		return strcmp(sending->enhanced, "5.6.7") == 0 ? OUTCOME_NEVER : OUTCOME_LATER;
	if (code >= 500 && code < 600 && !(policy && sending->stage == STAGE_RCPT))
		return OUTCOME_NEVER;
	return OUTCOME_LATER;
}

/* Why a mail was not accepted, in words that are ours. */
static void
explain(const Sending *sending, CURLcode result, char *reason, size_t size)
{
	const char *stage = stage_names[sending->stage];

	if (sending->code >= 400)
		snprintf(reason, size, "%s: %d%s%s", stage, sending->code,
				 sending->enhanced[0] != '\0' ? " " : "", sending->enhanced);
	else if (sending->stage == STAGE_CONNECT && sending->error[0] != '\0')
		snprintf(reason, size, "%s: %s", stage, sending->error);
	else
		snprintf(reason, size, "%s: %s", stage, curl_easy_strerror(result));
}

static void
free_sending(Sending *sending)
{
	if (sending->line != NULL)
		line_put_back(sending->line);
	curl_slist_free_all(sending->recipients);
	letter_free(&sending->letter);
	free(sending);
}

/* In a thread. */
static void
send_mail(void *argument)
{
	Sending *sending = argument;

	sending->result = curl_easy_perform(sending->line->easy);
}

static void
on_sent(void *argument)
{
	Sending *sending = argument;
	Delivery *delivery = sending->delivery;
	Outcome outcome = judge(sending, sending->result);
	char reason[CURL_ERROR_SIZE + 32];

	explain(sending, sending->result, reason, sizeof(reason));
	free_sending(sending);
	if (delivery != NULL)
		delivery_end(delivery, outcome, outcome == OUTCOME_DELIVERED ? NULL : reason);
}

void
smtp_send(Delivery *delivery, Letter *letter)
{
	Sending *sending = must_have(calloc(1, sizeof(*sending)));
	CURL *easy;

	sending->delivery = delivery;
	sending->letter = *letter;
	*letter = (Letter){ 0 };
	/*
	 * The library does not look at addresses: a line end in one would be a
	 * second command.
	 */
	if (!mime_is_address(sending->letter.from) || !mime_is_address(sending->letter.to))
	{
		free_sending(sending);
		delivery_end(delivery, OUTCOME_NEVER, "the address is none that can be mailed to");
		return;
	}

	sending->line = line_take();
	easy = sending->line->easy;
	sending->recipients = must_have(curl_slist_append(NULL, sending->letter.to));
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	if (config->smtp_security == SMTP_STARTTLS)
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long) CURLUSESSL_ALL);
	if (config->smtp_username != NULL)
	{
		curl_easy_setopt(easy, CURLOPT_USERNAME, config->smtp_username);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, config->smtp_password);
	}
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_DEADLINE_S);
	curl_easy_setopt(easy, CURLOPT_FTP_RESPONSE_TIMEOUT, (long) ANSWER_DEADLINE_S);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long) SMTP_DEADLINE_S);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, sending->error);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, observe);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, sending);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, sending->letter.from);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, sending->recipients);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_message);
	curl_easy_setopt(easy, CURLOPT_READDATA, sending);
	delivery->transport = sending;
	workers_give(send_mail, on_sent, sending);
}

void
smtp_cancel(Delivery *delivery)
{
	Sending *sending = delivery->transport;

	sending->delivery = NULL;
}
