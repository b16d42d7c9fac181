/*
 * refresh.c: sessions go on: refresh.
 */
#include "domain/rotation.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/session.h"
#include "store/owner.h"
#include "store/user.h"

/* A refresh token, and what it means for its session. */
typedef struct Refresh
{
	const Token *token;
	bool rotates; /* refresh tokens do */
	TimestampTz now;
	StoredSession session;
	StoredUser user;
	RotationVerdict verdict;
	ErrorCode refusal;
} Refresh;

/*
 * Looks at the session and its user, as they are now, or, held, as they stay.
 * false: r->refusal says why the token is not good, whatever r->verdict is.
 */
static bool
examine(Refresh *r, bool hold)
{
	const Token *token = r->token;
	const pg_uuid_t *id = &token->session_id;
	bool found = hold ? store_hold_session(id, &r->session) : store_find_session(id, &r->session);

	/* There may have been a wait. */
	r->now = jerry_now();
	r->refusal = CODE_INVALID_TOKEN;
	if (!found)
	{
		if (!store_user_exists(&token->user_id, PROBE_LATEST))
			r->refusal = CODE_USER_NOT_FOUND;
		return false;
	}
	if (r->session.revoked || !uuid_equal(&r->session.user_id, &token->user_id))
		return false;
	r->verdict = rotation_decide(&r->session.rotation, &token->jti, token->generation, r->now,
								 settings()->refresh_grace);
	if (r->verdict == ROTATION_FOREIGN)
		return false;
	if (r->session.expires_at <= r->now)
	{
		if (r->verdict != ROTATION_REUSE)
			r->refusal = CODE_EXPIRED_TOKEN;
		return false;
	}
	/* As if jerry.maintain() had ended it already. */
	if (session_is_idle(&r->session, r->now))
		return false;
	r->refusal = CODE_USER_NOT_FOUND;
	if (!store_find_user(&r->session.user_id, PROBE_LATEST, &r->user))
		return false;
	/*
	 * By hand: jerry.ban_user() and jerry.request_deletion() would have ended
	 * the session.
	 */
	r->refusal = CODE_INVALID_TOKEN;
	return !account_is_banned(&r->user, r->now) && TIMESTAMP_IS_NOEND(r->user.deletes_at);
}

/* Somebody else has the token: nobody has the session any longer. */
static void
end_for_reuse(const Refresh *r, const Client *client)
{
	const pg_uuid_t *id = &r->token->session_id;

	/* In sessions that do not wait for the disk, too: a thief must not win. */
	ForceSyncCommit();
	if (session_end(id, &r->user.id, ENDED_REUSE, client, r->now))
		event_emit(
			event_session_reuse_detected(&r->user.id, r->user.email, id, client_address(client)),
			r->now);
}

/* Does to a session that is held what the verdict says. */
static void
act(Refresh *r, const Client *client)
{
	const pg_uuid_t *id = &r->token->session_id;
	StoredRotation *rotation = &r->session.rotation;

	switch (r->verdict)
	{
		case ROTATION_NEXT:
			rotation_advance(rotation, &r->token->jti, r->token->generation, r->now);
			store_rotate_session(id, rotation, client, r->now);
			break;
		case ROTATION_LATE:
			rotation->suspect = true;
			store_rotate_session(id, rotation, client, r->now);
			event_emit(event_session_suspected(&r->user.id, id), r->now);
			break;
		case ROTATION_REUSE:
			end_for_reuse(r, client);
			break;
		case ROTATION_SAME:
		case ROTATION_FOREIGN:
			break;
	}
}

/*
 * Holds the session, examines it again, as it may have changed, and acts.
 * false: as examine().
 */
static bool
rotate(Refresh *r, const Client *client)
{
	Owner owner;
	bool good;

	owner_become(&owner, "session");
	good = examine(r, true);
	if (good)
		act(r, client);
	owner_end(&owner);
	return good;
}

/* The tokens of the session as it is now; with or without the refresh token. */
static Datum
answer_with(const Refresh *r, bool with_refresh_token, const char *claims)
{
	JsonWriter w;

	answer_start(&w);
	session_write_tokens(&w, &r->user, &r->token->session_id, &r->session, with_refresh_token,
						 r->now, claims);
	return answer_finish(&w);
}

/* HookedBody: lets a session go on, of which arg has the Refresh. */
static Datum
refresh_hooked(HookRun *run, void *arg)
{
	Refresh *r = arg;
	const pg_uuid_t *id = &r->token->session_id;

	if (r->rotates && r->verdict != ROTATION_SAME && !rotate(r, run->client))
		return answer_error(r->refusal, NULL, NULL);
	if (r->verdict == ROTATION_REUSE)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!r->rotates)
		session_note_use(id, &r->session, run->client, r->now);
	account_note_use(&r->user, r->now);
	if (!hooks_allow(run, &r->user.id, r->user.email, id))
		return (Datum) 0;
	/* When nothing rotates, who has the current token keeps it. */
	return answer_with(r, r->rotates || r->verdict != ROTATION_NEXT, run->claims);
}

PG_FUNCTION_INFO_V1(jerry_refresh);

/*
 * refresh(refresh_token text, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_refresh(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	Token token;
	Refresh r = { .token = &token, .rotates = settings()->rotate_refresh_tokens };
	TokenVerdict verdict;
	int wait;

	if (r.rotates)
	{
		jerry_require_primary("jerry.refresh()");
		PreventCommandIfParallelMode("jerry.refresh()");
	}
	if (PG_ARGISNULL(0))
		return answer_required("refresh_token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_REFRESH, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal_counted(verdict, &client);
	if (!token.has_user || !token.has_session)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);

	if (!examine(&r, false))
		return answer_error(r.refusal, NULL, NULL);
	r.rotates = r.rotates && r.session.updated;
	if (jerry_defer_writes && (r.rotates || hooks_exist(HOOK_REFRESH)))
		PG_RETURN_NULL();
	/*
	 * Before the hooks, whose refusals count, too.  Not RATE_LIMITED: many
	 * clients take a 429 for the end of the session.
	 */
	if (r.verdict != ROTATION_REUSE &&
		!session_may_refresh(&token.session_id, &r.session, &r.user, &wait))
		return answer_wait(CODE_SERVICE_UNAVAILABLE, NULL, wait);
	return hooks_around(HOOK_REFRESH, audit_session_refresh(), &client, refresh_hooked, &r);
}
