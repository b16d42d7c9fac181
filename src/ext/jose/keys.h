/*
 * keys.h: signing keys: read once per session, read again after a change
 * anywhere, the first one made when it is needed.
 *
 * now is the time of the call: keys that were read a minute before it are read
 * again.  A key is valid until the next call that starts afresh.
 */
#ifndef JERRY_KEYS_H
#define JERRY_KEYS_H

#include "jose/algorithm.h"

#define KID_LENGTH			  16 /* hexadecimal digits */
#define KEY_HEADERS_MAX		  10
#define KEY_HEADER_LENGTH_MAX 160

typedef struct KeyHeader
{
	char text[KEY_HEADER_LENGTH_MAX]; /* base64url */
	int length;
} KeyHeader;

typedef struct SigningKey
{
	KeyObject *object;
	bool active;
	bool imported;						/* others know it */
	KeyHeader headers[KEY_HEADERS_MAX]; /* that its tokens may have; the first is ours */
	int nheaders;
} SigningKey;

/*
 * The key that signs; the first one is made when there is none.  An error when
 * that cannot be (hot standby, read-only transaction), or when no key is
 * active.
 */
extern const SigningKey *key_for_signing(TimestampTz now);

/*
 * The first key, after the one given, that accepts the header this token begins
 * with, and the header's length; NULL when there is none.  There can be
 * several: two imported keys both accept tokens without a kid.
 */
extern const SigningKey *key_for_token(const char *token, int length, const SigningKey *after,
									   TimestampTz now, int *header_length);

/*
 * Makes a secret that others know the active key; the one that was active goes
 * on verifying.  The same secret has the same kid on every server, and is the
 * same key when it is imported again.  False: that key was retired.
 */
extern bool key_import(const uint8 *secret, int length, char kid[KID_LENGTH + 1], TimestampTz now);

#endif /* JERRY_KEYS_H */
