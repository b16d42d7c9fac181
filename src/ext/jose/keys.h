/*
 * keys.h: signing keys: read once per session, read again after a change
 * anywhere, the first one made when it is needed.
 *
 * now is the time of the call: keys that were read a minute before it are read
 * again.  A key is valid until the next call that starts afresh.
 */
#ifndef JERRY_KEYS_H
#define JERRY_KEYS_H

#include "base/key_file.h"
#include "jose/algorithm.h"

#define KEY_HEADERS_MAX		  10
#define KEY_HEADER_LENGTH_MAX 160

typedef struct KeyHeader
{
	char text[KEY_HEADER_LENGTH_MAX]; /* base64url */
	int length;
} KeyHeader;

typedef struct SigningKey
{
	const char *kid;
	const Algorithm *algorithm;
	KeyObject *object;		 /* NULL: it is closed, and has no public part to verify with */
	const SealedFor *closed; /* why it cannot sign: its secret is sealed; NULL: it is open */
	bool active;
	bool imported;						/* others know it */
	KeyHeader headers[KEY_HEADERS_MAX]; /* that its tokens may have; the first is ours */
	int nheaders;
} SigningKey;

/*
 * The key that signs refresh tokens, which only Jerry reads: always HS256.  The
 * first one is made when there is none.  An error when that cannot be (hot
 * standby, read-only transaction), when none is active, or when the one that is
 * cannot be opened.
 */
extern const SigningKey *key_for_refresh(TimestampTz now);

/*
 * The key that signs access tokens: one that others can check with, if such a
 * key is active, otherwise that of the refresh tokens.
 */
extern const SigningKey *key_for_access(TimestampTz now);

/*
 * The first key, after the one given, that accepts the header this token begins
 * with, and the header's length; NULL when there is none.  There can be
 * several: two imported keys both accept tokens without a kid.  An error when
 * the one that is left cannot be opened: what it would say of the token is not
 * known.
 */
extern const SigningKey *key_for_token(const char *token, int length, const SigningKey *after,
									   TimestampTz now, int *header_length);

/*
 * Stores the secrets of at most batch keys as jerry.key_file says, and returns
 * of how many.  An error when there are none but those that cannot be opened.
 */
extern int keys_convert(int batch);

#endif /* JERRY_KEYS_H */
