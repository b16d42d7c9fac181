/*
 * mime.h: a message as mail servers and mail programs read it: headers (RFC
 * 5322) with encoded words (RFC 2047), and the text twice, plain and as HTML
 * (multipart/alternative, quoted-printable; RFC 2045, 2046).
 */
#ifndef JERRY_MIME_H
#define JERRY_MIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "mail/text.h"

#define MIME_ADDRESS_MAX 254 /* bytes, of SMTP */

/* All of it in UTF-8. */
typedef struct MimeMessage
{
	const char *from;
	const char *from_name; /* may be empty */
	const char *to;
	const char *subject;
	const char *message_id; /* without brackets: of printable ASCII, with one @ */
	const char *language;	/* such as en */
	time_t date;
	const char *text; /* lines that end with \n */
	const char *html; /* likewise */
} MimeMessage;

/*
 * May this be in a header and in a command of SMTP?  Whether it is an address
 * that somebody can have is not looked at.
 */
extern bool mime_is_address(const char *address);

/*
 * Adds the message to out, with CRLF.  false: an address, or a control
 * character or what is not UTF-8 in any of it, which no message can have; or
 * there was no memory (out->failed).
 */
extern bool mime_write(const MimeMessage *message, Text *out);

#endif /* JERRY_MIME_H */
