/*
 * one_time.h: one-time tokens: 256 bits of randomness in base64url, mailed to
 * the address of a user for one purpose; only the hash is stored.
 */
#ifndef JERRY_ONE_TIME_H
#define JERRY_ONE_TIME_H

#include "base/client.h"
#include "base/envelope.h"
#include "store/user.h"

typedef enum OneTimePurpose
{
	ONE_TIME_RESET_PASSWORD,
	ONE_TIME_VERIFY_EMAIL
} OneTimePurpose;

/*
 * How long an expired token is still answered with EXPIRED_TOKEN; afterwards it
 * is unknown.
 */
#define ONE_TIME_TOKEN_RETENTION (7 * SECS_PER_DAY)

/*
 * A new token, which takes the place of the one before; palloc'd.  The caller
 * holds the user, or has made it.
 */
extern char *one_time_issue(OneTimePurpose purpose, const pg_uuid_t *user_id, const char *email,
							TimestampTz now);

/*
 * Somebody asks for a token to be mailed to an address: if there is a user whom
 * it is for, and no mail too many, a new one and its event.  What is written,
 * and with it the time that this takes, is the same in any case.  false: too
 * much is asked for by this network, and *refusal is the answer.
 */
extern bool one_time_request(OneTimePurpose purpose, const char *email, const Client *client,
							 Datum *refusal);

typedef enum OneTimeVerdict
{
	ONE_TIME_GOOD,
	ONE_TIME_UNKNOWN, /* or used, replaced, or mailed to an address that the user had before */
	ONE_TIME_EXPIRED
} OneTimeVerdict;

/*
 * Looks at a token, which stays what it is; and uses one up, and holds its
 * user: of several who do that at once one gets ONE_TIME_GOOD.  token may be
 * NULL.
 */
extern OneTimeVerdict one_time_look(const text *token, OneTimePurpose purpose, TimestampTz now,
									pg_uuid_t *user_id);
extern OneTimeVerdict one_time_redeem(const text *token, OneTimePurpose purpose, TimestampTz now,
									  pg_uuid_t *user_id);

/* The negative answer for a verdict other than ONE_TIME_GOOD. */
extern Datum one_time_refusal(OneTimeVerdict verdict);

/*
 * What a user, whom the caller holds, has for a purpose, or for any, is good no
 * more.
 */
extern void one_time_forget(OneTimePurpose purpose, const pg_uuid_t *user_id);
extern void one_time_forget_all(const pg_uuid_t *user_id);

#endif /* JERRY_ONE_TIME_H */
