/*
 * one_time.h: one-time tokens: 256 bits of randomness in base64url, mailed to
 * the address of a user for one purpose; only the hash is stored.
 */
#ifndef JERRY_ONE_TIME_H
#define JERRY_ONE_TIME_H

#include "base/bytes.h"
#include "base/client.h"
#include "base/envelope.h"
#include "store/one_time_token.h"
#include "store/user.h"

typedef enum OneTimePurpose
{
	ONE_TIME_RESET_PASSWORD,
	ONE_TIME_VERIFY_EMAIL,
	ONE_TIME_EMAIL_CHANGE_OLD, /* the address that the user has agrees, or refuses */
	ONE_TIME_EMAIL_CHANGE_NEW, /* the one that it is to be does */
	ONE_TIME_EMAIL_UNDO,	   /* the one that it was takes it back */
	ONE_TIME_INVITE,
	ONE_TIME_LOGIN_CODE, /* login_code.h */
	ONE_TIME_SECOND_STEP /* second_step.h; it is not mailed, and a user has several */
} OneTimePurpose;

/*
 * How long an expired token is still answered with EXPIRED_TOKEN; afterwards it
 * is unknown.
 */
#define ONE_TIME_TOKEN_RETENTION (7 * SECS_PER_DAY)

/* How long an address that was changed can be taken back. */
#define ONE_TIME_UNDO_TTL (7 * SECS_PER_DAY)

/* How long somebody who is invited has time. */
#define ONE_TIME_INVITE_TTL (7 * SECS_PER_DAY)

/* How long a code for a login is good. */
#define ONE_TIME_CODE_TTL (10 * SECS_PER_MINUTE)

/* How long somebody has time for the second step of a login. */
#define ONE_TIME_SECOND_STEP_TTL (5 * SECS_PER_MINUTE)

/*
 * A new token, to be mailed to this address, which takes the place of the one
 * before; palloc'd.  data: a JSON object that it remembers, or NULL; if it goes
 * to another address than the user has, that is member user_email.  The caller
 * holds the user, or has made it.
 */
extern char *one_time_issue(OneTimePurpose purpose, const pg_uuid_t *user_id, const char *email,
							const char *data, TimestampTz now);

/* A request for a mail that somebody has made. */
typedef struct MailRequest
{
	TimestampTz now;
	bool may_mail; /* there was no mail too many to the address */
	bool is_due;   /* and there is a user whom it is for */
	StoredUser user;
} MailRequest;

/*
 * Somebody asks for a token to be mailed to an address, which is counted and
 * put on record: is it to be sent?  Holds the user.  false: too much is asked
 * for by this network, and *refusal is the answer.
 */
extern bool one_time_ask(OneTimePurpose purpose, const char *email, const Client *client,
						 MailRequest *asked, Datum *refusal);

/*
 * The same, and if it is to be sent a new one and its event.  What is written,
 * and with it the time that this takes, is the same in any case.
 */
extern bool one_time_request(OneTimePurpose purpose, const char *email, const Client *client,
							 Datum *refusal);

/*
 * For one that somebody else has made, who knows it by this hash: issues it;
 * tries it, as store_try_one_time_token(); and finds it, expired or not.
 */
extern void one_time_put(OneTimePurpose purpose, const uint8 *hash, const pg_uuid_t *user_id,
						 const char *email, const char *data, TimestampTz now);
extern bool one_time_try(OneTimePurpose purpose, const uint8 *hash, int max, TimestampTz now,
						 StoredOneTimeToken *found);
extern bool one_time_find(OneTimePurpose purpose, const uint8 *hash, StoredOneTimeToken *found);

/* The hash of a token; false: it has not the form of one, or is NULL. */
extern bool one_time_hash(const text *token, uint8 hash[SHA256_LENGTH]);

/* The one of this hash is good no more. */
extern void one_time_end(const uint8 *hash);

/* The same for an address that has no account. */
extern void one_time_put_newcomer(OneTimePurpose purpose, const uint8 *hash, const char *email,
								  const char *data, TimestampTz now);
extern bool one_time_try_newcomer(OneTimePurpose purpose, const uint8 *hash, int max,
								  TimestampTz now, StoredOneTimeToken *found);

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
									StoredOneTimeToken *found);
extern OneTimeVerdict one_time_redeem(const text *token, OneTimePurpose purpose, TimestampTz now,
									  StoredOneTimeToken *found);

/*
 * For a user, whom the caller holds: until when there is a token of a purpose,
 * or a time in the past; and gives it other data.  false: there is none.
 */
extern TimestampTz one_time_pending_until(OneTimePurpose purpose, const pg_uuid_t *user_id);
extern bool one_time_remember(OneTimePurpose purpose, const pg_uuid_t *user_id, const char *data);

/*
 * The negative answer for a verdict other than ONE_TIME_GOOD, and its code,
 * unless that is NULL.  What is unknown counts for the network of the client,
 * and if there was too much of it that is the answer.
 */
extern Datum one_time_refuse(OneTimeVerdict verdict, const Client *client, ErrorCode *code);

/*
 * What a user, whom the caller holds, has for a purpose, or for any, is good no
 * more; a change of the address can be taken back all the same.
 */
extern void one_time_forget(OneTimePurpose purpose, const pg_uuid_t *user_id);
extern void one_time_forget_all(const pg_uuid_t *user_id);

#endif /* JERRY_ONE_TIME_H */
