/*
 * hashing.h: the one door to bcrypt: Jerry's own (hash/bcrypt.h) or pgcrypto's,
 * as jerry.bcrypt_provider says.  The result is the same.
 */
#ifndef JERRY_HASHING_H
#define JERRY_HASHING_H

#include "base/jerry.h"

#include "hash/bcrypt.h"

/*
 * One hash to make.  The setting begins with $2a$ and is a valid one; more
 * characters of it than BCRYPT_SETTING_LENGTH do not count.
 */
typedef struct HashingJob
{
	const text *password; /* of which 72 bytes count */
	char setting[BCRYPT_LENGTH + 1];
	char hash[BCRYPT_LENGTH + 1]; /* the result */
} HashingJob;

/*
 * Makes n hashes, BCRYPT_LANES at a time where they are Jerry's own: then a
 * cancel or a timeout ends it, as an error, within a millisecond or so, and
 * what it knew of the passwords is wiped in any case.
 */
extern void hashing_run(HashingJob *jobs, int n);

#endif /* JERRY_HASHING_H */
