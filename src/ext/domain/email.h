/*
 * email.h: addresses: syntax and stored form.  Bytes in, verdict and bytes out;
 * no file of the server is needed, so that the parser can be fuzzed outside of
 * it.
 *
 * The rules are those of python3-email-validator without the DNS: RFC 5321 and
 * 5322 without quoted local parts, comments and domain literals; RFC 6531 for
 * other scripts before the @; IDNA 2008 (RFC 5890 to 5894, mapped by UTS 46)
 * for domains; two labels at least, and none of the domains of special use (RFC
 * 6761).  Stricter in three things: no "-" comes first, no character becomes
 * ";" by normalisation, and 254 bytes are the limit of the stored form too.
 */
#ifndef JERRY_EMAIL_H
#define JERRY_EMAIL_H

#include <stddef.h>

#define EMAIL_MAX 254 /* bytes of a stored address: RFC 5321, 4.5.3.1.3, less the angle brackets */

typedef enum EmailVerdict
{
	EMAIL_VALID,
	EMAIL_OUTDATED,	   /* only an account of 1.1.0 can have it: stored is what was typed */
	EMAIL_INVALID,	   /* no address */
	EMAIL_SPECIAL_USE, /* its domain never has mail: example.test */
	EMAIL_NO_MEMORY	   /* not known */
} EmailVerdict;

/*
 * Is this an address?  Then stored becomes the form in which it is stored and
 * compared, terminated: without white space at the ends; the local part as
 * typed, in normal form C; the domain as typed when that is ASCII, else in its
 * ASCII form (xn--).  address need not be terminated.
 */
extern EmailVerdict email_read(const char *address, size_t length, char stored[EMAIL_MAX + 1]);

#endif /* JERRY_EMAIL_H */
