/*
 * invite.c: operators invite people: invite_user.  They accept in
 * password_change.c.
 */
#include "domain/account.h"

#include "access/xact.h"
#include "base/client.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/one_time.h"
#include "domain/password.h"

/*
 * The account that is to be invited, held: a new one, or one that is there and
 * has no password.  NOT_REFUSED, or why nobody is: maybe a hook has refused.
 */
static ErrorCode
take_account(HookRun *run, const char *email, StoredUser *user, TimestampTz now)
{
	const Client *client = run->client;
	pg_uuid_t id;

	if (store_insert_user(email, NO_PASSWORD, now, &id))
	{
		event_emit(event_user_created(&id, email), now);
		audit_record(audit_account_create(), AUDIT_OK, &id, NULL, client, now);
		run->more = MADE_BY("invite_user");
		if (!hooks_allow(run, &id, email, NULL))
			return CODE_HOOK_REFUSED;
	}
	else if (store_find_user_by_email(email, HOLD_NOT, user))
		id = user->id;
	else
		return CODE_USER_NOT_FOUND; /* deleted at this moment */
	if (!account_hold(&id, user))
		return CODE_USER_NOT_FOUND;
	if (account_is_banned(user, now))
		return CODE_USER_BANNED;
	return strcmp(user->password_hash, NO_PASSWORD) == 0 ? NOT_REFUSED : CODE_DUPLICATE_EMAIL;
}

/* HookedBody of invite_user, of an address. */
static Datum
invite_hooked(HookRun *run, void *arg)
{
	const char *email = arg;
	const Client *client = run->client;
	TimestampTz now = jerry_now();
	StoredUser user;
	ErrorCode refusal = take_account(run, email, &user, now);
	char *token;
	JsonWriter w;

	if (refusal == CODE_HOOK_REFUSED)
		return (Datum) 0;
	if (refusal != NOT_REFUSED)
	{
		audit_record(audit_account_invite(), refusal,
					 refusal == CODE_USER_NOT_FOUND ? NULL : &user.id, NULL, client, now);
		return refusal == CODE_DUPLICATE_EMAIL
				   ? answer_error(refusal, "email", "Email is already registered")
				   : account_refuse(refusal, &user);
	}
	token = one_time_issue(ONE_TIME_INVITE, &user.id, user.email, NULL, now);
	event_emit(event_user_invited(&user.id, user.email, token), now);
	audit_record(audit_account_invite(), AUDIT_OK, &user.id, NULL, client, now);

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_text(&w, "email", user.email);
	json_time(&w, "expires_at", jerry_after(now, ONE_TIME_INVITE_TTL));
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_invite_user);

/* invite_user(email text, client jerry.client DEFAULT NULL) RETURNS json */
Datum
jerry_invite_user(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;

	PreventCommandDuringRecovery("jerry.invite_user()");
	PreventCommandIfParallelMode("jerry.invite_user()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID)
		return address_refusal("email", verdict);
	return hooks_around(HOOK_REGISTER, audit_account_invite(), &client, invite_hooked, email);
}
