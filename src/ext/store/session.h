/*
 * session.h: table jerry.session: a row per login.
 */
#ifndef JERRY_STORE_SESSION_H
#define JERRY_STORE_SESSION_H

#include "base/assurance.h"
#include "base/client.h"
#include "nodes/pg_list.h"
#include "store/probe.h"

/* How far the refresh token of a session has rotated; see domain/rotation.h. */
typedef struct StoredRotation
{
	int64 generation;  /* of the current token; 0: that of the login */
	pg_uuid_t current; /* its jti */
	bool has_previous;
	pg_uuid_t previous;		/* the jti of its predecessor */
	TimestampTz rotated_at; /* when it was made; of generation 0 the login */
	bool confirmed;			/* its answer has arrived: the access token was used */
	bool suspect;			/* its predecessor came late */
	bool previous_suspect;	/* that one's did */
	bool previous_void;		/* it is not good any more: the user has shown a second factor */
} StoredRotation;

typedef struct StoredSession
{
	pg_uuid_t user_id;
	bool revoked;
	TimestampTz created_at;
	TimestampTz expires_at;
	TimestampTz last_used_at; /* as recorded; of one that was not used since, the login */
	bool updated;			  /* the table has columns for its use, and for rotation */
	StoredRotation rotation;
	Assurance assurance;
} StoredSession;

/* What is shown of a session. */
typedef struct ListedSession
{
	pg_uuid_t id;
	TimestampTz created_at;
	TimestampTz last_used_at;
	TimestampTz expires_at;
	char *ip;		  /* of the last use that is recorded; NULL: not known */
	char *user_agent; /* NULL: not known */
} ListedSession;

/* What a login makes. */
typedef struct NewSession
{
	pg_uuid_t id;
	pg_uuid_t refresh_jti;
	const Client *client;
	Assurance assurance;
	TimestampTz now;
	TimestampTz expires_at;
	Datum instead; /* the answer, where a second factor is asked for first; 0: there is a session */
} NewSession;

/* One that has just been ended. */
typedef struct EndedSession
{
	pg_uuid_t id;
	pg_uuid_t user_id;
} EndedSession;

/*
 * False: there is no such user any more, or with another hash than the one that
 * was verified, or one who is banned.  Waits for who is changing it; other
 * logins it holds up for nothing.
 */
extern bool store_insert_session(const NewSession *session, const pg_uuid_t *user_id,
								 const char *verified_hash);

/*
 * Has the user of this address, if there is one, a session that began or was
 * last used in the same network, an IPv4 address or an IPv6 /64?  Ended ones
 * count as long as they are stored.  ip 0: nowhere.  For limits, which are as
 * new as the columns that this needs.
 */
extern bool store_has_session_from(const char *email, Datum ip);

/*
 * The hot path: one probe of the primary key, no SQL.  live: is the session
 * there, its user's, and not revoked?
 */
extern bool store_session_is_live(const pg_uuid_t *id, const pg_uuid_t *user_id, ProbeView view);
extern bool store_find_session(const pg_uuid_t *id, StoredSession *session);

/*
 * The session as it is when nobody else changes it any more until the
 * transaction ends; waits for who does, but not for long: that is an error that
 * passes.
 */
extern bool store_hold_session(const pg_uuid_t *id, StoredSession *session);

/*
 * For a session that is held: what it has become with a use of this client,
 * which is recorded, too.
 */
extern void store_rotate_session(const pg_uuid_t *id, const StoredRotation *rotation,
								 const Client *client, TimestampTz now);

/* For a session that is held: its user has proved more. */
extern void store_raise_session(const pg_uuid_t *id, const Assurance *assurance);

/* The access token of this generation was used, if it is the current one. */
extern void store_confirm_session(const pg_uuid_t *id, int64 generation);

/*
 * Records that a session was used, unless somebody has locked or ended it:
 * waits for nobody.
 */
extern void store_note_use(const pg_uuid_t *id, const Client *client, TimestampTz now);

/*
 * The sessions of a user that live and were used after a time (ListedSession),
 * the first one in any case, then by their last use; at most max.
 */
extern List *store_list_sessions(const pg_uuid_t *user_id, const pg_uuid_t *first, TimestampTz now,
								 TimestampTz used_after, int max);

/*
 * Revoke a session; all of a user's but one (NULL: all); and all but one and
 * those that were used last, keep of them, at most batch.  The caller holds the
 * user; who has a row locked is waited for.  Those revoked already keep their
 * time and reason.  false: it was not live; those that were (EndedSession).
 */
extern bool store_revoke_session(const pg_uuid_t *id, const char *reason, TimestampTz now);
extern List *store_revoke_sessions_of(const pg_uuid_t *user_id, const pg_uuid_t *except,
									  const char *reason, TimestampTz now);
extern List *store_revoke_least_used(const pg_uuid_t *user_id, const pg_uuid_t *except, int keep,
									 int batch, const char *reason, TimestampTz now);

/*
 * Revokes at most batch sessions that live and were not used after a time,
 * those left out that somebody else has locked; returns them (EndedSession).
 */
extern List *store_revoke_unused(TimestampTz used_after, int batch, const char *reason,
								 TimestampTz now);

/* One that nobody knows yet. */
extern void store_delete_session(const pg_uuid_t *id);

/*
 * Deletes at most batch sessions, those left out that somebody else has locked;
 * returns how many.
 */
extern int64 store_delete_sessions(TimestampTz expired_before, int batch);

#endif /* JERRY_STORE_SESSION_H */
