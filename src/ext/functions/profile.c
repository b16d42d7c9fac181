/*
 * profile.c: what users say of themselves, and what the application keeps of
 * them: update_profile, set_app_metadata.
 */
#include "domain/profile.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/client.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/limit.h"
#include "domain/session.h"

/*
 * Stores a profile if it has changed, and tells which fields have, but never
 * their values.  session_id as for audit_record().
 */
static void
save(const StoredUser *user, const StoredProfile *profile, const char *changed, AuditAction action,
	 const pg_uuid_t *session_id, const Client *client)
{
	TimestampTz now = jerry_now();

	if (changed[0] == '\0')
		return;
	store_update_profile(&user->id, profile, now);
	event_emit(event_user_profile_updated(&user->id, changed), now);
	audit_record(action, AUDIT_OK, &user->id, session_id, client, now);
}

/* The profile as it would be, for hooks. */
static const char *
described(const StoredUser *user, const StoredProfile *profile)
{
	JsonWriter w;

	json_start(&w);
	json_open(&w, "profile");
	profile_write(&w, user, profile);
	json_end(&w);
	json_end(&w);
	return w.buf.data;
}

/* HookedBody: update_profile, of which arg has the arguments. */
static Datum
update_profile_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	Token token;
	TokenVerdict verdict;
	StoredUser user;
	StoredProfile profile;
	ProfileIssue issue;
	const char *changed;
	Limits limits;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (PG_ARGISNULL(1))
		return answer_required("changes");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_LATEST, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	/*
	 * As it is once it is held: of two changes at once each is made to what the
	 * other has left.  Whoever has been logged out meanwhile changes nothing
	 * any more.
	 */
	if (!store_hold_user(&token.user_id) ||
		!store_find_profile(&token.user_id, PROBE_LATEST, &user, &profile) ||
		!session_allows(&token, PROBE_LATEST))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	changed = profile_change(&profile, PG_GETARG_TEXT_PP(1), &issue);
	if (changed == NULL)
		return answer_error(CODE_VALIDATION_ERROR, issue.field, issue.issue);
	/* Each is an event, unless it changes nothing. */
	limits_begin(&limits);
	limit_add_account(&limits, LIMIT_PROFILE_ACCOUNT, user.email);
	if (changed[0] != '\0' && !limits_take(&limits))
		return limits_refusal(&limits);
	session_confirm(&token);
	save(&user, &profile, changed, audit_account_update_profile(changed),
		 token.has_session ? &token.session_id : NULL, run->client);
	run->more = described(&user, &profile);
	if (!hooks_allow(run, &user.id, user.email, token.has_session ? &token.session_id : NULL))
		return (Datum) 0;

	answer_start(&w);
	profile_write(&w, &user, &profile);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_update_profile);

/*
 * update_profile(access_token text, changes json, client jerry.client DEFAULT
 * NULL) RETURNS json
 */
Datum
jerry_update_profile(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);

	jerry_require_primary("jerry.update_profile()");
	PreventCommandIfParallelMode("jerry.update_profile()");
	return hooks_around(HOOK_UPDATE_PROFILE, audit_account_update_profile(NULL), &client,
						update_profile_hooked, fcinfo);
}

PG_FUNCTION_INFO_V1(jerry_set_app_metadata);

/*
 * set_app_metadata(user_id uuid, changes json, client jerry.client DEFAULT
 * NULL) RETURNS json
 */
Datum
jerry_set_app_metadata(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);
	StoredUser user;
	StoredProfile profile;
	ProfileIssue issue;
	const char *changed;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.set_app_metadata()");
	PreventCommandIfParallelMode("jerry.set_app_metadata()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (PG_ARGISNULL(1))
		return answer_required("changes");
	if (!store_hold_user(PG_GETARG_UUID_P(0)) ||
		!store_find_profile(PG_GETARG_UUID_P(0), PROBE_LATEST, &user, &profile))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	changed = profile_change_app_metadata(&profile, PG_GETARG_TEXT_PP(1), &issue);
	if (changed == NULL)
		return answer_error(CODE_VALIDATION_ERROR, issue.field, issue.issue);
	save(&user, &profile, changed, audit_account_set_app_metadata(), NULL, &client);

	answer_start(&w);
	profile_write(&w, &user, &profile);
	return answer_finish(&w);
}
