/*
 * verified.h: a memory of tokens that this session has verified: to verify a
 * signature with a public key takes several times as long as all else that is
 * done for a token, and most tokens come again.
 *
 * It is about signatures alone: whatever else makes a token valid is asked each
 * time.  It belongs to the key, and goes with it.  HS256 needs none.
 */
#ifndef JERRY_VERIFIED_H
#define JERRY_VERIFIED_H

#include "jose/algorithm.h"

/*
 * Has this key verified exactly this token?  Fills digest, for
 * verified_remember().  now is in seconds since 1970.
 */
extern bool verified_before(const KeyObject *key, const char *token, int length, int64 now,
							uint8 digest[SHA256_LENGTH]);

/* The key has verified the token, which ends at expiry. */
extern void verified_remember(KeyObject *key, const uint8 digest[SHA256_LENGTH], int64 expiry);

#endif /* JERRY_VERIFIED_H */
