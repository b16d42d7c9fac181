/*
 * totp.h: the codes of authenticator apps (RFC 6238, RFC 4226), without
 * PostgreSQL.
 *
 * SHA-1, six digits, a new code every thirty seconds from 1970 on: apps take no
 * others, whatever the URI says.
 */
#ifndef JERRY_TOTP_H
#define JERRY_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOTP_SECRET_LENGTH 20 /* bytes, as many as HMAC-SHA-1 has */
#define TOTP_PERIOD		   30 /* seconds */
#define TOTP_DIGITS		   6
#define TOTP_CODES		   1000000

/* So many steps a clock may be ahead of ours, or behind. */
#define TOTP_WINDOW 1

#define TOTP_NO_CODE (-1)

/* The step that a Unix time is in. */
static inline int64_t
totp_step(int64_t unix_time)
{
	return unix_time / TOTP_PERIOD;
}

/*
 * The code of a step, 0 to 999999; TOTP_NO_CODE: it could not be computed.
 */
extern int32_t totp_code(const uint8_t *secret, size_t n, int64_t step);

/*
 * Six digits as somebody has typed them, with blanks anywhere; TOTP_NO_CODE: it
 * is something else.
 */
extern int32_t totp_read(const char *typed, size_t n);

typedef enum TotpVerdict
{
	TOTP_RIGHT,
	TOTP_WRONG, /* or of a step that is used already */
	TOTP_FAILED /* the codes could not be computed */
} TotpVerdict;

/*
 * Is the code that of a step around a time, and this step after the last one
 * that was used?  Then *step is it: the caller stores it, if none as late is
 * there by now.  Takes the same time for every code.
 */
extern TotpVerdict totp_check(const uint8_t *secret, size_t n, int32_t code, int64_t unix_time,
							  int64_t last_step, int64_t *step);

/*
 * Writes the key URI that apps read, usually from a QR code:
 * otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER&...  Returns its
 * length, and writes only as much as there is room for, a zero byte included.
 * An empty issuer is left out.
 */
extern size_t totp_uri(const char *issuer, const char *account, const uint8_t *secret, size_t n,
					   char *out, size_t room);

#endif /* JERRY_TOTP_H */
