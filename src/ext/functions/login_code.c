/*
 * login_code.c: users log in by their mail: request_login_code and
 * confirm_login_code.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/client.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "domain/account.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/limit.h"
#include "domain/login_code.h"
#include "domain/password.h"
#include "domain/session.h"

PG_FUNCTION_INFO_V1(jerry_request_login_code);

/*
 * request_login_code(email text, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_request_login_code(PG_FUNCTION_ARGS)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	Client client = client_argument(fcinfo, 1);
	char *flow;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.request_login_code()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal("email", verdict);
	if (!settings()->code_login)
		return answer_error(CODE_VALIDATION_ERROR, NULL, "Login by code is off (jerry.code_login)");
	flow = login_code_request(email, verdict == EMAIL_VALID, &client, &refusal);
	if (flow == NULL)
		return refusal;

	answer_start(&w);
	json_text(&w, "flow", flow);
	json_text(&w, "message",
			  settings()->code_registration
				  ? "If this address can log in, a code is on its way."
				  : "If this address belongs to an account, a code is on its way.");
	return answer_finish(&w);
}

/* A newcomer, whose code was right. */
typedef struct Newcomer
{
	CodeHolder *holder;
	const Client *client;
	TimestampTz now;
	bool is_in; /* holder->user is whose code it was */
} Newcomer;

/*
 * HookedBody: makes the account of a newcomer, or finds the one that somebody
 * has made meanwhile.
 */
static Datum
make_account(HookRun *run, void *arg)
{
	Newcomer *newcomer = arg;
	CodeHolder *holder = newcomer->holder;
	const char *email = holder->newcomer;
	pg_uuid_t id = holder->newcomer_id;
	bool is_new = store_insert_user_as(&id, email, NO_PASSWORD, newcomer->now);

	login_code_forget(holder);
	if (!is_new)
	{
		if (!store_find_user_by_email(email, HOLD_NOT, &holder->user))
			return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
		id = holder->user.id;
	}
	if (!account_hold(&id, &holder->user))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (is_new)
	{
		event_emit(event_user_created(&id, email), newcomer->now);
		audit_record(audit_account_register(), AUDIT_OK, &id, NULL, newcomer->client,
					 newcomer->now);
		run->more = MADE_BY("login_code");
		if (!hooks_allow(run, &id, email, NULL))
			return (Datum) 0;
	}
	newcomer->is_in = true;
	return (Datum) 0;
}

/* holder->user is then a user who is there.  false: *refusal is the answer. */
static bool
let_in(CodeHolder *holder, const Client *client, TimestampTz now, Datum *refusal)
{
	Newcomer newcomer = { holder, client, now, false };
	Limits limits;

	if (!limit_allows_network(&limits, LIMIT_REGISTER_NETWORK, client) || !limits_take(&limits))
	{
		*refusal = limits_refusal(&limits);
		return false;
	}
	*refusal =
		hooks_around(HOOK_REGISTER, audit_account_register(), client, make_account, &newcomer);
	return newcomer.is_in;
}

/* HookedBody of confirm_login_code. */
static Datum
confirm_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	const Client *client = run->client;
	const text *token = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	TimestampTz now = jerry_now();
	OneTimeVerdict verdict = ONE_TIME_UNKNOWN;
	ErrorCode refusal;
	Datum answer;
	CodeHolder holder = { 0 };
	StoredUser user;
	NewSession session = { .client = client, .assurance = assurance_of(METHOD_CODE) };

	if (token == NULL && PG_ARGISNULL(0))
		return answer_required("flow");
	if (token == NULL && PG_ARGISNULL(1))
		return answer_required("code");
	if (settings()->code_login)
		verdict = login_code_redeem(token == NULL ? PG_GETARG_TEXT_PP(0) : NULL,
									token == NULL ? PG_GETARG_TEXT_PP(1) : NULL, token, now,
									&holder);
	if (verdict != ONE_TIME_GOOD)
	{
		answer = one_time_refuse(verdict, client, &refusal);
		if (refusal != CODE_RATE_LIMITED)
			audit_record(audit_session_login(), refusal, holder.known ? &holder.user.id : NULL,
						 NULL, client, now);
		return answer;
	}
	if (holder.newcomer != NULL && !let_in(&holder, client, now, &answer))
		return answer;
	user = holder.user;
	if (!user.is_email_verified && !account_is_banned(&user, now))
		account_prove(&user, client, now);
	refusal = account_refusal(&user, now);
	if (refusal != NOT_REFUSED)
	{
		audit_record(audit_session_login(), refusal, &user.id, NULL, client, now);
		return account_refuse(refusal, &user);
	}
	if (!session_begin(&user, &session))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	return session_answer(run, &user, &session);
}

PG_FUNCTION_INFO_V1(jerry_confirm_login_code);

/*
 * confirm_login_code(flow text DEFAULT NULL, code text DEFAULT NULL, token text
 * DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_confirm_login_code(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 3);

	jerry_require_primary("jerry.confirm_login_code()");
	return hooks_around(HOOK_LOGIN, audit_session_login(), &client, confirm_hooked, fcinfo);
}
