/*
 * account.h: what becomes of accounts: may their users open sessions, and what
 * operators do with them.
 */
#ifndef JERRY_ACCOUNT_H
#define JERRY_ACCOUNT_H

#include "base/client.h"
#include "base/envelope.h"
#include "store/user.h"

/*
 * Holds a user, as it is when nobody changes it any more.  False: there is
 * none.
 */
extern bool account_hold(const pg_uuid_t *id, StoredUser *user);

/* Is the user banned, until some time or by a hash that begins with !? */
extern bool account_is_banned(const StoredUser *user, TimestampTz now);

/*
 * Why a user who has proved to be the one may not open a session, and the
 * negative answer to one who has not or may not, in which only a ban has to do
 * with the user.  Whoever opens a session asks this, after the proof: nobody
 * else learns of it.
 */
#define NOT_REFUSED ((ErrorCode) 0)
extern ErrorCode account_refusal(const StoredUser *user, TimestampTz now);
extern Datum account_refuse(ErrorCode refusal, const StoredUser *user);

/*
 * The owner of the address of a user, whom the caller holds, has proved to be
 * that: the address is verified, which is told and on record.
 */
extern void account_verify(const StoredUser *user, const Client *client, TimestampTz now);

/*
 * The same without a password, of a user who was not verified: whoever has set
 * the account up for somebody else's address has lost it, with password, second
 * factors, sessions, and what was mailed before.
 */
extern void account_prove(StoredUser *user, const Client *client, TimestampTz now);

/*
 * Bans a user, whom the caller holds: ends all sessions and one-time tokens,
 * and emits user.banned.  reason may be NULL; returns how many sessions were
 * live.
 */
extern int64 account_ban(const StoredUser *user, TimestampTz until, const char *reason,
						 const Client *client, TimestampTz now);

/* Why a user is deleted, as event user.deleted and the record have it. */
#define DELETED_BY_ADMIN   "admin"		/* jerry.delete_user() */
#define DELETED_BY_USER	   "user"		/* who has asked for it */
#define DELETED_UNVERIFIED "unverified" /* jerry.unverified_ttl */

/* Deletes a user, whom the caller holds, with all that is the user's. */
extern void account_delete(const StoredUser *user, const char *reason, const Client *client,
						   TimestampTz now);

/*
 * A user, whom the caller holds, is to be deleted at a time, as was asked for
 * in a session (NULL: by a token without one).  Ends all sessions and one-time
 * tokens; emits user.deletion_scheduled.
 */
extern void account_schedule_deletion(const StoredUser *user, TimestampTz at,
									  const pg_uuid_t *session_id, const Client *client,
									  TimestampTz now);

/*
 * The user has proved to be the one, and is to stay: emits
 * user.deletion_cancelled.  false: the user is not to be deleted, or has
 * another hash than this by now, or is banned.
 */
extern bool account_keep(const StoredUser *user, const Client *client, TimestampTz now);

/*
 * A user who may not be verified has logged in, or goes on with a session: the
 * account is in use, and does not expire.  That is noted once an hour.
 */
extern void account_note_use(const StoredUser *user, TimestampTz now);

/*
 * Deletes users, max at most, whose deletion is due, and accounts that were
 * never verified and have expired; returns how many.  What the application
 * refuses, by a foreign key or a trigger, is put off, with a warning.
 */
extern int account_delete_due(int max, TimestampTz now);

/* Ends such a ban; false: there was none. */
extern bool account_unban(const StoredUser *user, const Client *client, TimestampTz now);

#endif /* JERRY_ACCOUNT_H */
