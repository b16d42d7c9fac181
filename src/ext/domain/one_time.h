/*
 * one_time.h: one-time tokens: 256 bits of randomness in base64url, of which
 * only the hash is stored.
 */
#ifndef JERRY_ONE_TIME_H
#define JERRY_ONE_TIME_H

#include "store/one_time_token.h"

/*
 * How long an expired token is still answered with EXPIRED_TOKEN; afterwards it
 * is unknown.
 */
#define ONE_TIME_TOKEN_RETENTION (7 * SECS_PER_DAY)

/* A new token, valid for ttl seconds; palloc'd. */
extern char *
one_time_issue(const char *purpose, const pg_uuid_t *user_id, TimestampTz now, int ttl);

/* As long as a token and none; palloc'd. */
extern char *one_time_dummy(void);

typedef enum OneTimeVerdict
{
	ONE_TIME_REDEEMED,
	ONE_TIME_UNKNOWN, /* or used */
	ONE_TIME_EXPIRED
} OneTimeVerdict;

/*
 * Uses a token up; of several who do that at once one gets ONE_TIME_REDEEMED.
 * token may be NULL.
 */
extern OneTimeVerdict one_time_redeem(const text *token, const char *purpose, TimestampTz now,
									  pg_uuid_t *user_id);

#endif /* JERRY_ONE_TIME_H */
