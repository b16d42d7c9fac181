/*
 * deletion.c: users have themselves deleted: request_deletion.  The rest is
 * with those who do it: login.c takes it back, maintain.c deletes.
 */
#include "domain/account.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/settings.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/hook.h"
#include "domain/one_time.h"
#include "domain/reauthentication.h"
#include "domain/session.h"

/*
 * Is the caller the user, by the password in argument 1 or by a fresh login?
 * Then the user is held.  false: *refusal is the answer.
 */
static bool
is_user_in_person(FunctionCallInfo fcinfo, const Token *caller, const Client *client,
				  StoredUser *user, Datum *refusal)
{
	Password password;

	if (!PG_ARGISNULL(1))
	{
		password = password_read(PG_GETARG_TEXT_PP(1));
		return reauthenticate(caller, client, &password, NULL, NULL,
							  audit_account_request_deletion(NULL), user, refusal);
	}
	if (!session_is_fresh(caller))
	{
		*refusal = answer_required("current_password");
		return false;
	}
	if (account_hold(&caller->user_id, user) && session_allows(caller, PROBE_LATEST))
		return true;
	*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	return false;
}

/* When a user, who is held, is to be deleted. */
static TimestampTz
deletion_time(const StoredUser *user, TimestampTz now)
{
	TimestampTz at = jerry_after(now, settings()->deletion_grace);
	TimestampTz undo_until = one_time_pending_until(ONE_TIME_EMAIL_UNDO, &user->id);

	/* Asked for before, and not in vain: by a token without a session. */
	if (!TIMESTAMP_IS_NOEND(user->deletes_at))
		return user->deletes_at;
	/*
	 * Whoever takes an account by another address does not delete it before who
	 * had it can take it back.
	 */
	return Max(at, undo_until);
}

/* HookedBody: request_deletion, of which arg has the arguments. */
static Datum
request_deletion_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	Token token;
	StoredUser user;
	TimestampTz now;
	TimestampTz at;
	Datum refusal;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (!caller_find_user(token_argument(fcinfo, 0), &token, &user, &refusal))
		return refusal;
	if (!is_user_in_person(fcinfo, &token, run->client, &user, &refusal))
		return refusal;

	now = jerry_now();
	at = deletion_time(&user, now);
	json_start(&w);
	json_time(&w, "deletes_at", Max(at, now));
	json_end(&w);
	run->more = w.buf.data;
	if (!hooks_allow(run, &user.id, user.email, token.has_session ? &token.session_id : NULL))
		return (Datum) 0;
	if (at <= now)
		account_delete(&user, DELETED_BY_USER, run->client, now);
	else if (TIMESTAMP_IS_NOEND(user.deletes_at))
		account_schedule_deletion(&user, at, token.has_session ? &token.session_id : NULL,
								  run->client, now);

	answer_start(&w);
	json_text(&w, "message",
			  at <= now ? "The account is deleted."
						: "The account will be deleted. A login until then keeps it.");
	json_time(&w, "deletes_at", at <= now ? now : at);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_request_deletion);

/*
 * request_deletion(access_token text, current_password text DEFAULT NULL,
 * client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_request_deletion(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);

	jerry_require_primary("jerry.request_deletion()");
	PreventCommandIfParallelMode("jerry.request_deletion()");
	return hooks_around(HOOK_REQUEST_DELETION, audit_account_request_deletion(NULL), &client,
						request_deletion_hooked, fcinfo);
}
