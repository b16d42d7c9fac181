/*
 * session.c: see session.h.
 */
#include "domain/session.h"

#include "access/xact.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/device.h"
#include "domain/event.h"
#include "domain/known_device.h"
#include "domain/new_device.h"
#include "domain/limit.h"
#include "domain/rotation.h"
#include "domain/second_step.h"
#include "jose/mint.h"
#include "store/row.h"

/* Seconds between two records of its use: a commit is worth many refreshes. */
#define USE_INTERVAL 60

/*
 * The most sessions that one login ends because they are too many: it must come
 * to its end, also right after the limit was set.
 */
#define LIMIT_BATCH 1000

/* What is on record of a session that was ended for this reason. */
static AuditAction
action_of(const char *reason)
{
	if (strcmp(reason, ENDED_LOGOUT) == 0)
		return audit_session_logout();
	if (strcmp(reason, ENDED_IDLE) == 0 || strcmp(reason, ENDED_LIMIT) == 0 ||
		strcmp(reason, ENDED_REUSE) == 0)
		return audit_session_end(AUDIT_BY_JERRY, reason);
	if (strcmp(reason, ENDED_ADMIN) == 0 || strcmp(reason, ENDED_BAN) == 0)
		return audit_session_end(AUDIT_BY_ADMIN, reason);
	return audit_session_end(AUDIT_BY_USER, reason);
}

/* Tells of a session that was ended. */
static void
tell(const pg_uuid_t *id, const pg_uuid_t *user_id, const char *reason, const Client *client,
	 TimestampTz now)
{
	event_emit(event_session_revoked(user_id, id, reason), now);
	audit_record(action_of(reason), AUDIT_OK, user_id, id, client, now);
}

/* Tells of sessions (EndedSession) that were ended; returns how many. */
static int64
tell_ended(List *ended, const char *reason, const Client *client, TimestampTz now)
{
	ListCell *cell;

	foreach(cell, ended)
	{
		EndedSession *session = lfirst(cell);

		tell(&session->id, &session->user_id, reason, client, now);
	}
	return list_length(ended);
}

const char *
session_hash_to_match(const StoredUser *user)
{
	bool hidden = settings()->hide_accounts && settings()->require_verified_email;

	return hidden && !user->is_email_verified ? NULL : user->password_hash;
}

/*
 * Inserts the session of a user who has proved to be the one.  A login takes
 * back what the user has asked for, to be deleted, even if that is only now.
 */
static bool
insert_session(const StoredUser *user, const NewSession *session)
{
	if (!TIMESTAMP_IS_NOEND(user->deletes_at))
		(void) account_keep(user, session->client, session->now);
	return store_insert_session(session, &user->id, user->password_hash) ||
		   (account_keep(user, session->client, session->now) &&
			store_insert_session(session, &user->id, user->password_hash));
}

bool
session_begin(const StoredUser *user, NewSession *session)
{
	bool limited = settings()->max_sessions > 0 && tables_are_updated();

	session->now = jerry_now();
	session->assurance.authenticated_at = session->now;
	session->expires_at = jerry_after(session->now, settings()->refresh_token_ttl);
	session->id = uuid_of_time(session->now);
	session->refresh_jti = uuid_random();
	session->instead = 0;
	if (second_step_is_due(user, session))
		return second_step_begin(user, session);
	/* Logins that count must see each other's sessions. */
	if (limited)
		(void) store_hold_user(&user->id);
	if (!insert_session(user, session))
		return false;
	/* Whoever has just given the account a factor held the user until now. */
	if (second_step_is_due(user, session))
	{
		store_delete_session(&session->id);
		return false;
	}
	account_note_use(user, session->now);
	if (limited)
		(void) tell_ended(store_revoke_least_used(&user->id, &session->id,
												  settings()->max_sessions - 1, LIMIT_BATCH,
												  ENDED_LIMIT, session->now),
						  ENDED_LIMIT, session->client, session->now);
	return true;
}

/*
 * Tells a user, whose address is verified, of a login on a new device: whoever
 * has registered somebody else's address could have that one mailed as often as
 * there are user agents.
 */
static void
tell_of_device(const StoredUser *user, const NewSession *session)
{
	const Client *client = session->client;
	const char *label = device_label(client->user_agent);

	if (!settings()->new_device_notice || !user->is_email_verified ||
		!new_device_is(&user->id, client))
		return;
	event_emit(event_user_new_device(&user->id, user->email, &session->id,
									 strcmp(label, DEVICE_UNKNOWN) == 0 ? NULL : label,
									 client->user_agent, client_address(client), user->locale),
			   session->now);
}

Datum
session_answer(HookRun *run, const StoredUser *user, const NewSession *session)
{
	text *access_token;
	text *refresh_token;
	char *device_token;
	bool known;
	JsonWriter w;

	if (session->instead != 0)
		return session->instead;
	if (!hooks_allow(run, &user->id, user->email, &session->id))
		return (Datum) 0;
	access_token =
		token_make_access(&user->id, user->email, &session->id, 0, &session->assurance,
						  session->now, run->claims);
	refresh_token = token_make_refresh(&user->id, &session->id, &session->refresh_jti, 0,
									   session->now, session->expires_at);
	device_token = known_device_token(&user->id, session->client->device_token, &known);
	event_emit(event_user_logged_in(&user->id, user->email, client_address(session->client)),
			   session->now);
	if (!known)
		tell_of_device(user, session);
	audit_record(audit_session_login(), AUDIT_OK, &user->id, &session->id, session->client,
				 session->now);
	answer_start(&w);
	json_token(&w, "access_token", access_token);
	json_token(&w, "refresh_token", refresh_token);
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	json_uuid(&w, "user_id", &user->id);
	if (device_token != NULL)
		json_text(&w, "device_token", device_token);
	return answer_finish(&w);
}

bool
session_open(const char *email, const Password *password, NewSession *session, StoredUser *user,
			 bool *known, ErrorCode *refusal)
{
	session->assurance = assurance_of(METHOD_PASSWORD);
	/*
	 * No lock is held during bcrypt, unless the hash has changed under it:
	 * perhaps another login has put a better one there.
	 */
	for (int attempt = 0; attempt < 2; attempt++)
	{
		/*
		 * An unknown address costs a hash as well, so that its answer comes no
		 * sooner.
		 */
		const text *right;
		char *better;

		*known = store_find_user_by_email(email, attempt == 0 ? HOLD_NOT : HOLD_SHARED, user);
		right = password_verify(password, *known ? session_hash_to_match(user) : NULL);
		if (right == NULL)
			break;
		*refusal = account_refusal(user, jerry_now());
		if (*refusal != NOT_REFUSED)
			return false;
		better = password_rehash(password, right, user->password_hash);
		/*
		 * Before the session, which locks the row in a weaker way; else with
		 * the next login.
		 */
		if (better != NULL &&
			store_replace_hash(&user->id, user->password_hash, better, jerry_now()))
			user->password_hash = better;
		if (session_begin(user, session))
			return true;
	}
	*refusal = CODE_INVALID_CREDENTIALS;
	return false;
}

bool
session_raise(const Token *caller, const Assurance *shown, const Client *client, TimestampTz now,
			  StoredSession *session)
{
	const pg_uuid_t *id = &caller->session_id;
	StoredRotation *rotation = &session->rotation;
	ListCell *cell;

	if (!store_hold_session(id, session) || session->revoked ||
		!uuid_equal(&session->user_id, &caller->user_id))
		return false;
	rotation_advance(rotation, &rotation->current, rotation->generation, now);
	rotation->previous_void = true;
	store_rotate_session(id, rotation, client, now);
	session->assurance.level = Max(session->assurance.level, shown->level);
	foreach(cell, shown->methods)
		assurance_add(&session->assurance, lfirst(cell));
	session->assurance.authenticated_at = now;
	store_raise_session(id, &session->assurance);
	return true;
}

void
session_write_tokens(JsonWriter *w, const StoredUser *user, const pg_uuid_t *id,
					 const StoredSession *session, bool with_refresh_token, TimestampTz now,
					 const char *claims)
{
	const StoredRotation *rotation = &session->rotation;

	json_token(w, "access_token",
			   token_make_access(&user->id, user->email, id, rotation->generation,
								 &session->assurance, now, claims));
	if (with_refresh_token)
		json_token(w, "refresh_token",
				   token_make_refresh(&user->id, id, &rotation->current, rotation->generation,
									  rotation->rotated_at, session->expires_at));
	json_text(w, "token_type", "bearer");
	json_int(w, "expires_in", settings()->access_token_ttl);
}

bool
session_is_fresh(const Token *caller)
{
	const Demand fresh = { .max_age = FRESH_LOGIN };
	Demand missing;
	StoredSession session;

	return caller->has_session && store_find_session(&caller->session_id, &session) &&
		   !assurance_lacks(&session.assurance, &fresh, jerry_now(), &missing);
}

TimestampTz
session_idle_since(TimestampTz now)
{
	int timeout = settings()->session_idle_timeout;

	return timeout == 0 ? DT_NOBEGIN : jerry_after(now, -timeout);
}

bool
session_is_idle(const StoredSession *session, TimestampTz now)
{
	return session->updated && session->last_used_at <= session_idle_since(now);
}

bool
session_may_refresh(const pg_uuid_t *id, const StoredSession *session, const StoredUser *user,
					int *retry_after)
{
	Limits limits;
	bool taken;

	limits_begin(&limits);
	limit_add_session(&limits, LIMIT_REFRESH_SESSION, user->email, id);
	/*
	 * Uses within USE_INTERVAL of the one that is recorded are not, nor is one
	 * that a hook refuses.
	 */
	if (session->updated &&
		limits_are_rested(&limits, jerry_after(session->last_used_at, USE_INTERVAL)) &&
		!hooks_exist(HOOK_REFRESH))
		return true;
	taken = limits_take_as_owner(&limits);
	*retry_after = limits.retry_after;
	return taken;
}

void
session_note_use(const pg_uuid_t *id, const StoredSession *session, const Client *client,
				 TimestampTz now)
{
	/* With an old snapshot another refresh in between would be an error. */
	if (session->updated && jerry_after(session->last_used_at, USE_INTERVAL) <= now &&
		!XactReadOnly && !IsolationUsesXactSnapshot() && !IsInParallelMode())
		store_note_use(id, client, now);
}

void
session_confirm(const Token *token)
{
	if (token->generation > 0)
		store_confirm_session(&token->session_id, token->generation);
}

bool
session_end(const pg_uuid_t *id, const pg_uuid_t *user_id, const char *reason, const Client *client,
			TimestampTz now)
{
	if (!store_revoke_session(id, reason, now))
		return false;
	tell(id, user_id, reason, client, now);
	return true;
}

bool
session_log_out(
	const pg_uuid_t *id, const pg_uuid_t *user_id, const Client *client, TimestampTz now)
{
	StoredUser user;

	if (!session_end(id, user_id, ENDED_LOGOUT, client, now))
		return false;
	/* A user who is deleted meanwhile takes the session along. */
	if (store_find_user(user_id, PROBE_LATEST, &user))
		event_emit(event_user_logged_out(user_id, user.email, id, client_address(client)), now);
	return true;
}

int64
session_end_all_of(const pg_uuid_t *user_id, const pg_uuid_t *except, const char *reason,
				   const Client *client, TimestampTz now)
{
	return tell_ended(store_revoke_sessions_of(user_id, except, reason, now), reason, client, now);
}

int64
session_end_idle(int batch, TimestampTz now)
{
	if (settings()->session_idle_timeout == 0 || !tables_are_updated())
		return 0;
	return tell_ended(store_revoke_unused(session_idle_since(now), batch, ENDED_IDLE, now),
					  ENDED_IDLE, NULL, now);
}
