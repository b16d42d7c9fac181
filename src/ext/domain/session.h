/*
 * session.h: how sessions begin and end.
 */
#ifndef JERRY_SESSION_H
#define JERRY_SESSION_H

#include "base/envelope.h"
#include "domain/hook.h"
#include "domain/password.h"
#include "jose/token.h"
#include "store/session.h"
#include "store/user.h"

/*
 * The hash that the password of a login is compared with.  NULL, as if there
 * were no such user: with jerry.hide_accounts, somebody who has registered with
 * a password and is not let in with it must not learn whether that is because
 * the address was taken, or because it is not verified.
 */
extern const char *session_hash_to_match(const StoredUser *user);

/*
 * Finds the user, checks the password and opens the session, all on one state
 * of the row: who changes the hash meanwhile is waited for, and the password
 * must belong to what he leaves.  Ends the sessions that are too many by
 * jerry.max_sessions.  session has its client.  false: *refusal says why, and
 * *known whether there is a user.
 */
extern bool session_open(const char *email, const Password *password, NewSession *session,
						 StoredUser *user, bool *known, ErrorCode *refusal);

/*
 * When the user has proved to be the one: opens a session, of which the client,
 * and the level and the methods of the assurance are there; or begins a second
 * step (second_step.h), and session->instead is the answer.
 * false: the user has another hash than this by now, or is gone, or banned.
 * And runs the hooks; the answer of the body, with its event.
 */
extern bool session_begin(const StoredUser *user, NewSession *session);
extern Datum session_answer(HookRun *run, const StoredUser *user, const NewSession *session);

/*
 * The user of the caller's session, who is held, has shown more: the session
 * goes on at this level, with these methods besides its own, and with another
 * refresh token, which alone is good.  False: it has ended.
 */
extern bool session_raise(const Token *caller, const Assurance *shown, const Client *client,
						  TimestampTz now, StoredSession *session);

/*
 * Members of an answer: the tokens of a session as it is now, with or without
 * the refresh token.  claims: as for token_make_access().
 */
extern void session_write_tokens(JsonWriter *w, const StoredUser *user, const pg_uuid_t *id,
								 const StoredSession *session, bool with_refresh_token,
								 TimestampTz now, const char *claims);

/*
 * So long after the login nobody is asked for the password again: has the user
 * whose session calls logged in a moment ago?  A refresh is no login.
 */
#define FRESH_LOGIN (10 * SECS_PER_MINUTE)
extern bool session_is_fresh(const Token *caller);

/*
 * The sessions that were not used after this time are idle, by
 * jerry.session_idle_timeout: they live until somebody notices.
 */
extern TimestampTz session_idle_since(TimestampTz now);
extern bool session_is_idle(const StoredSession *session, TimestampTz now);

/*
 * May a session go on now, as often as it does?  Counts it, but for one that
 * has rested so long that all of its limit has come back, if no hook can refuse
 * it: who refreshes now and then pays nothing.  Writes with the rights of the
 * owner.  false: in how many seconds it may.
 */
extern bool session_may_refresh(const pg_uuid_t *id, const StoredSession *session,
								const StoredUser *user, int *retry_after);

/*
 * Records that a session is used now, if that was not done a moment ago and
 * the transaction can: on a standby, or with an old snapshot, it is not, and
 * that is no error.
 */
extern void session_note_use(const pg_uuid_t *id, const StoredSession *session,
							 const Client *client, TimestampTz now);

/*
 * Notes that the access token of a session was used, by a function that writes
 * anyway: the answer with it, and the refresh token beside it, has arrived.
 */
extern void session_confirm(const Token *token);

/* Why a session was ended, as its row and event session.revoked have it. */
#define ENDED_LOGOUT   "logout" /* by itself */
#define ENDED_REUSE	   "reuse"	/* a refresh token that it no longer has was presented */
#define ENDED_OTHERS   "others" /* by another session of the user */
#define ENDED_IDLE	   "idle"	/* it was not used for jerry.session_idle_timeout */
#define ENDED_LIMIT	   "limit"	/* the user has logged in more than jerry.max_sessions times */
#define ENDED_ADMIN	   "admin"
#define ENDED_PASSWORD "password" /* the password was changed */
#define ENDED_EMAIL	   "email"	  /* the address was */
#define ENDED_BAN	   "ban"	  /* the user was banned */
#define ENDED_DELETION "deletion" /* the user is to be deleted */
#define ENDED_FACTOR   "factor"	  /* the second factors were changed */

/*
 * Ends a session of a user, with its events.  client: whose call does it; here
 * and below NULL: nobody's who is known.  false: it was not live.
 */
extern bool session_end(const pg_uuid_t *id, const pg_uuid_t *user_id, const char *reason,
						const Client *client, TimestampTz now);

/*
 * Ends a session because it was told to by itself: the user has logged out.
 * false: it was not live.
 */
extern bool session_log_out(const pg_uuid_t *id, const pg_uuid_t *user_id, const Client *client,
							TimestampTz now);

/*
 * Ends all sessions of a user, whom the caller holds, but one (NULL: all), with
 * their events; returns how many.  Those of logins that were under way are
 * among them.
 */
extern int64 session_end_all_of(const pg_uuid_t *user_id, const pg_uuid_t *except,
								const char *reason, const Client *client, TimestampTz now);

/*
 * Ends at most batch sessions that are idle, with their events; returns how
 * many.
 */
extern int64 session_end_idle(int batch, TimestampTz now);

#endif /* JERRY_SESSION_H */
