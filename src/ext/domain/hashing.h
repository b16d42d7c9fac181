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
	bool any_salt;				  /* a new hash: one made ahead has another salt */
	struct HashingJob *then;	  /* made in the same lane behind it, or NULL */
} HashingJob;

/*
 * Makes n hashes, BCRYPT_LANES at a time where they are Jerry's own: then a
 * cancel or a timeout ends it, as an error, within a millisecond or so, and
 * what it knew of the passwords is wiped in any case.
 */
extern void hashing_run(HashingJob *jobs, int n);

#define HASHING_AHEAD_MAX 128 /* hashes at a time */

/*
 * Makes hashes that hashing_run() will be asked for in the transactions that
 * follow, one of each job: it then has them at once.  They are a pure
 * function's results, so a wrong guess of what will be asked costs time only.
 *
 * Each serves once and is wiped then.  What does not serve is wiped with the
 * next call of this, and after as many transactions as there are jobs.  Of a
 * password only what HMAC makes of it is kept.
 *
 * When this is cancelled, or fails, hashing_run() fails likewise where it is
 * asked for one that was not done: who has waited for all of them does not wait
 * for each once more.
 *
 * false: jerry.bcrypt_provider makes one hash at a time, and none was made.
 */
extern bool hashing_run_ahead(HashingJob *jobs, int n);

#endif /* JERRY_HASHING_H */
