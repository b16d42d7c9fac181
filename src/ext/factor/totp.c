/*
 * totp.c: see totp.h.
 */
#include "factor/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "factor/base32.h"

#define SHA1_BYTES 20
#define SECRET_MAX 64 /* bytes that a URI can tell */
#define PARAMETERS "&algorithm=SHA1&digits=6&period=30"

int32_t
totp_code(const uint8_t *secret, size_t n, int64_t step)
{
	uint8_t counter[8];
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	uint64_t rest = (uint64_t) step;
	const uint8_t *p;
	uint32_t value;

	for (int i = 7; i >= 0; i--, rest >>= 8)
		counter[i] = (uint8_t) rest;
	if (HMAC(EVP_sha1(), secret, (int) n, counter, sizeof(counter), mac, &length) == NULL ||
		length != SHA1_BYTES)
		return TOTP_NO_CODE;
	/* RFC 4226, 5.3: the last four bits say where the code is. */
	p = mac + (mac[SHA1_BYTES - 1] & 15);
	value = (uint32_t) (p[0] & 127) << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
	return (int32_t) (value % TOTP_CODES);
}

int32_t
totp_read(const char *typed, size_t n)
{
	int32_t code = 0;
	int digits = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (typed[i] == ' ')
			continue;
		if (typed[i] < '0' || typed[i] > '9' || ++digits > TOTP_DIGITS)
			return TOTP_NO_CODE;
		code = code * 10 + (typed[i] - '0');
	}
	return digits == TOTP_DIGITS ? code : TOTP_NO_CODE;
}

TotpVerdict
totp_check(const uint8_t *secret, size_t n, int32_t code, int64_t unix_time, int64_t last_step,
		   int64_t *step)
{
	int64_t now = totp_step(unix_time);
	int64_t found = -1;

	/*
	 * The latest step that has the code: of the rare two that have the same one
	 * both are used then.  No branch looks at a code.
	 */
	for (int64_t s = now - TOTP_WINDOW; s <= now + TOTP_WINDOW; s++)
	{
		int32_t right = totp_code(secret, n, s);
		uint32_t difference = (uint32_t) (right ^ code);
		int64_t equal = (int64_t) (((uint64_t) difference - 1) >> 63); /* 1 or 0 */

		if (right == TOTP_NO_CODE)
			return TOTP_FAILED;
		found = (s & -equal) | (found & (equal - 1));
	}
	*step = found;
	return found > last_step && found >= 0 ? TOTP_RIGHT : TOTP_WRONG;
}

/* What is written so far, and how long it is or would be. */
typedef struct Uri
{
	char *out;
	size_t room;
	size_t length;
} Uri;

static void
put(Uri *uri, char c)
{
	if (uri->length + 1 < uri->room)
		uri->out[uri->length] = c;
	uri->length++;
}

static void
put_text(Uri *uri, const char *text)
{
	for (; *text != '\0'; text++)
		put(uri, *text);
}

/* RFC 3986, 2.3: everything else is escaped. */
static void
put_escaped(Uri *uri, const char *text)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++)
	{
		char escape[4];

		if (strchr(unreserved, *text) != NULL)
		{
			put(uri, *text);
			continue;
		}
		snprintf(escape, sizeof(escape), "%%%02X", (unsigned char) *text);
		put_text(uri, escape);
	}
}

size_t
totp_uri(const char *issuer, const char *account, const uint8_t *secret, size_t n, char *out,
		 size_t room)
{
	Uri uri = { out, room, 0 };
	char digits[BASE32_LENGTH(SECRET_MAX) + 1];

	base32_encode(BASE32_RFC4648, secret, n < SECRET_MAX ? n : SECRET_MAX, digits);
	put_text(&uri, "otpauth://totp/");
	if (issuer[0] != '\0')
	{
		put_escaped(&uri, issuer);
		put(&uri, ':');
	}
	put_escaped(&uri, account);
	put_text(&uri, "?secret=");
	put_text(&uri, digits);
	if (issuer[0] != '\0')
	{
		put_text(&uri, "&issuer=");
		put_escaped(&uri, issuer);
	}
	put_text(&uri, PARAMETERS);
	OPENSSL_cleanse(digits, sizeof(digits));
	if (room > 0)
		out[uri.length < room ? uri.length : room - 1] = '\0';
	return uri.length;
}
