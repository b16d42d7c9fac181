/*
 * logout.c: sessions end: logout, end_session, revoke_sessions.
 */
#include "domain/session.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/uuid.h"
#include "domain/caller.h"
#include "domain/rotation.h"
#include "utils/builtins.h"

/* Which sessions a log-out ends. */
typedef struct Scope
{
	const char *name;
	bool own;
	bool others;
} Scope;

/* The scope in argument n; NULL: the one of that name is none. */
static const Scope *
scope_argument(FunctionCallInfo fcinfo, int n)
{
	static const Scope scopes[] = {
		{ "local", .own = true },
		{ "others", .others = true },
		{ "all", .own = true, .others = true },
	};
	char *name;

	if (PG_ARGISNULL(n))
		return &scopes[0];
	name = text_to_cstring(PG_GETARG_TEXT_PP(n));
	for (int i = 0; i < lengthof(scopes); i++)
		if (strcmp(scopes[i].name, name) == 0)
			return &scopes[i];
	return NULL;
}

/*
 * The token that says which session it is: the access token, or if that is not
 * good the refresh token.
 */
static TokenVerdict
verify_either(FunctionCallInfo fcinfo, int access, int refresh, Token *token, bool *is_refresh)
{
	TokenVerdict verdict = TOKEN_INVALID;

	*is_refresh = false;
	if (!PG_ARGISNULL(access))
		verdict = token_verify(token_argument(fcinfo, access), TOKEN_ACCESS, token);
	if (verdict != TOKEN_VALID && !PG_ARGISNULL(refresh))
	{
		*is_refresh = true;
		verdict = token_verify(token_argument(fcinfo, refresh), TOKEN_REFRESH, token);
	}
	return verdict;
}

PG_FUNCTION_INFO_V1(jerry_logout);

/*
 * logout(access_token text DEFAULT NULL, scope text DEFAULT 'local',
 * refresh_token text DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_logout(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	const Scope *scope = scope_argument(fcinfo, 1);
	Client client = client_argument(fcinfo, 3);
	Token token;
	TokenVerdict verdict;
	StoredSession session;
	bool is_refresh;
	JsonWriter w;

	jerry_require_primary("jerry.logout()");
	PreventCommandIfParallelMode("jerry.logout()");
	if (PG_ARGISNULL(0) && PG_ARGISNULL(2))
		return answer_required("access_token");
	if (scope == NULL)
		return answer_error(CODE_VALIDATION_ERROR, "scope", "Scope must be local, others or all");
	verdict = verify_either(fcinfo, 0, 2, &token, &is_refresh);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	if (!token.has_user || !token.has_session)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);

	/*
	 * First, as what is true of the session while others are to end is true
	 * until they have.
	 */
	if (scope->others)
		(void) store_hold_user(&token.user_id);
	/*
	 * One that has ended before is answered in the same way, but has no say in
	 * what becomes of others; nor has the refresh token of one that is idle,
	 * which is good for nothing else either.
	 */
	if (store_find_session(&token.session_id, &session))
	{
		if (!uuid_equal(&session.user_id, &token.user_id) ||
			(is_refresh && !rotation_is_recent(&session.rotation, &token.jti, token.generation)))
			return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
		if (!session.revoked && scope->others && !(is_refresh && session_is_idle(&session, now)))
			(void) session_end_all_of(&token.user_id, &token.session_id, ENDED_OTHERS, &client,
									  now);
		if (!session.revoked && !scope->own && !is_refresh)
			session_confirm(&token);
		if (!session.revoked && scope->own)
			(void) session_log_out(&token.session_id, &token.user_id, &client, now);
	}

	answer_start(&w);
	json_text(&w, "message", "Logged out successfully");
	return answer_finish(&w);
}

/* Ends a session that is the caller's own; false: there is none that lives. */
static bool
end_own(const pg_uuid_t *id, const Token *caller, const Client *client, TimestampTz now)
{
	StoredSession session;

	if (!store_find_session(id, &session) || !uuid_equal(&session.user_id, &caller->user_id))
		return false;
	if (caller->has_session && uuid_equal(id, &caller->session_id))
		return session_log_out(id, &caller->user_id, client, now);
	return session_end(id, &caller->user_id, ENDED_OTHERS, client, now);
}

PG_FUNCTION_INFO_V1(jerry_end_session);

/*
 * end_session(access_token text, session_id text, client jerry.client
 * DEFAULT NULL) RETURNS json
 */
Datum
jerry_end_session(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);
	Token token;
	TokenVerdict verdict;
	pg_uuid_t id;
	JsonWriter w;

	jerry_require_primary("jerry.end_session()");
	PreventCommandIfParallelMode("jerry.end_session()");
	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (PG_ARGISNULL(1))
		return answer_required("session_id");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_LATEST, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	/* Two sessions that end each other would deadlock. */
	(void) store_hold_user(&token.user_id);
	session_confirm(&token);
	if (!uuid_read(text_to_cstring(PG_GETARG_TEXT_PP(1)), &id) ||
		!end_own(&id, &token, &client, jerry_now()))
		return answer_error(CODE_SESSION_NOT_FOUND, NULL, NULL);

	answer_start(&w);
	json_text(&w, "message", "Session ended");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_revoke_sessions);

/* revoke_sessions(user_id uuid) RETURNS bigint */
Datum
jerry_revoke_sessions(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("jerry.revoke_sessions()");
	PreventCommandIfParallelMode("jerry.revoke_sessions()");
	(void) store_hold_user(PG_GETARG_UUID_P(0));
	PG_RETURN_INT64(session_end_all_of(PG_GETARG_UUID_P(0), NULL, ENDED_ADMIN, NULL, jerry_now()));
}
