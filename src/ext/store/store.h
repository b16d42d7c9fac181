/*
 * store.h
 *		The accessors of the tables, one function per statement.  store.c is the only file with SQL text, and decides nothing.
 *
 * Results are copied to the caller's memory context.  Every time is passed in, so that one call of a public function has one clock.
 */
#ifndef JERRY_STORE_H
#define JERRY_STORE_H

#include "base/jerry.h"

#include "base/client.h"
#include "nodes/execnodes.h"
#include "store/probe.h"

#define PURPOSE_VERIFY_EMAIL "verify_email"

typedef struct StoredUser
{
	pg_uuid_t id;
	char *email;
	char *password_hash;
	bool is_email_verified;
	TimestampTz created_at;
} StoredUser;

typedef struct StoredSession
{
	pg_uuid_t user_id;
	pg_uuid_t refresh_jti;
	bool revoked;
	TimestampTz expires_at;
} StoredSession;

typedef struct StoredSetting
{
	char *name;
	char *value;
} StoredSetting;

typedef struct StoredKey
{
	char *kid;
	uint8 *secret;
	int secret_length;
	bool active;
	bool imported;
} StoredKey;

/* users; false: the address is taken, or there is no such user */
extern bool store_insert_user(const char *email, const char *password_hash, TimestampTz now, pg_uuid_t *id);
/*
 * hold: as the row is left by who is changing it, and nobody else changes it until
 * the transaction ends.  HOLD_SHARED waits for it, and several may hold it;
 * HOLD_ALONE waits for nobody: a row that somebody else holds is not found.
 */
typedef enum Hold
{
	HOLD_NOT,
	HOLD_SHARED,
	HOLD_ALONE
} Hold;

extern bool store_find_user_by_email(const char *email, Hold hold, StoredUser *user);
extern void store_mark_email_verified(const pg_uuid_t *id, TimestampTz now);

/*
 * Puts one password hash in the place of another.  False, without waiting: it is
 * not there any more, or somebody holds the row.
 */
extern bool store_replace_hash(const pg_uuid_t *id, const char *old_hash, const char *new_hash,
							   TimestampTz now);

/* what a login makes */
typedef struct NewSession
{
	pg_uuid_t id;
	pg_uuid_t refresh_jti;
	const Client *client;
	TimestampTz now;
	TimestampTz expires_at;
} NewSession;

/*
 * False: there is no such user any more, or with another hash than the one that was
 * verified.  Waits for who is changing it; other logins it holds up for nothing.
 */
extern bool store_insert_session(const NewSession *session, const pg_uuid_t *user_id,
								 const char *verified_hash);

/*
 * The hot path: one probe of a primary key each, no SQL.  live: is the session there, its user's, and not revoked?
 */
extern bool store_find_user(const pg_uuid_t *id, ProbeView view, StoredUser *user);
extern bool store_user_exists(const pg_uuid_t *id, ProbeView view);
extern bool store_find_session(const pg_uuid_t *id, StoredSession *session);
extern bool store_session_is_live(const pg_uuid_t *id, const pg_uuid_t *user_id, ProbeView view);

/* one-time tokens, by the SHA-256 of the token; redeem deletes what has not expired, and is true for one caller only */
extern void store_insert_one_time_token(const uint8 *hash, const char *purpose, const pg_uuid_t *user_id, TimestampTz now, TimestampTz expires_at);
extern bool store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now, pg_uuid_t *user_id);
extern bool store_one_time_token_exists(const uint8 *hash, const char *purpose);
/* of a user: has one been made since then?  all of them go */
extern bool store_one_time_token_made_since(const pg_uuid_t *user_id, const char *purpose,
											TimestampTz since);
extern void store_delete_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose);

/* signing keys; load returns all that are not retired, the active one first, as the last commit left them */
extern Oid store_key_relation(void);
extern StoredKey *store_load_keys(int *n);
extern void store_insert_first_key(const char *kid, const uint8 *secret, int length, TimestampTz now);
/* false: the key was retired */
extern bool store_import_key(const char *kid, const uint8 *secret, int length, TimestampTz now);

/*
 * For a trigger of a table that sessions keep in memory: tells all of them, with
 * the commit and on standbys too, that it has changed.
 */
extern Datum store_announce_change(FunctionCallInfo fcinfo);

/*
 * Settings; load returns what the last commit left, and nothing where the table
 * is not there (relation is then InvalidOid).  show adds rows (name, value,
 * unit, default, source, stored value, time of its change) for an array of
 * names; used: is the stored value valid?
 */
extern StoredSetting *store_load_settings(Oid *relation, int *n);
extern void store_set_setting(const char *name, const char *value, TimestampTz now);
extern void store_delete_setting(const char *name);
extern void store_show_settings(Datum names, Datum used, ReturnSetInfo *result);

/*
 * does the SQL of the extension give events to consumers when they happen?
 * That of 1.0 and 1.1 dispatches them later.
 */
extern bool store_knows_consumers(void);

/*
 * the outbox: returns the id of the event, which the consumers there are have
 * been given
 */
extern int64 store_insert_event(const char *type, const char *payload, TimestampTz now);
extern void store_delete_event(int64 id);

typedef struct StoredConsumer
{
	char *owner;			 /* a role, or NULL */
	bool complete;			 /* knows all that was under way when it began */
	bool written_here;		 /* by the transaction that asks */
	bool has_horizon;		 /* it is known who was under way */
	bool horizon_has_passed; /* they have ended */
} StoredConsumer;

/*
 * Consumers of the outbox.  insert_consumer gives a new one what was given to
 * others before it; the other half, which others were writing meanwhile, comes
 * by set_horizon and, when that has passed, complete_consumer; both pass over a
 * consumer that somebody is changing.  dispatch_events makes deliveries of
 * events that were not given to anybody when they happened.  claim_events adds
 * rows (event_id, event_type, payload, attempts).
 */
extern bool store_find_consumer(const char *name, StoredConsumer *consumer);
/*
 * does nobody make or remove this consumer, or make another one for this role?
 * Then nobody does until the transaction ends.
 */
extern bool store_try_making_consumer(const char *name, Oid owner);
extern void store_count_consumers(const char *owner, int64 *all, int64 *owned);
extern bool store_insert_consumer(const char *name, const char *owner, TimestampTz now);
extern void store_adopt_consumer(const char *name, const char *owner);
extern bool store_assign_consumer(const char *name, const char *owner);
extern void store_set_horizon(const char *name);
extern void store_complete_consumer(const char *name, TimestampTz now);
extern bool store_delete_consumer(const char *name);
extern void store_dispatch_events(int batch, TimestampTz now);
extern void store_claim_events(const char *consumer, int max, TimestampTz now, TimestampTz lease_end, ReturnSetInfo *result);
/* left: there are more, which others have locked */
extern int64 store_delete_deliveries(const char *consumer, Datum event_ids, bool *left);
extern int64 store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now);

/* what nobody needs any more; at most batch rows, those that somebody else has locked left out */
extern int64 store_delete_events(TimestampTz before, int batch);
extern int64 store_delete_one_time_tokens(TimestampTz expired_before, int batch);
extern int64 store_delete_sessions(TimestampTz expired_before, int batch);

/* for the guards: does this relation belong to the extension? */
extern bool store_is_member_table(Oid relation);

/* for the drop guard: is this relation jerry.user, and has it a row that the latest snapshot sees? */
extern bool store_is_user_table(Oid relation);
extern bool store_table_has_rows(Oid relation);

#endif /* JERRY_STORE_H */
