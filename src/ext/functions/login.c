/*
 * login.c: sessions begin: login, in its forms.
 */
#include "base/jerry.h"

#include "base/client.h"
#include "base/envelope.h"
#include "domain/account.h"
#include "domain/address.h"
#include "domain/login_limit.h"
#include "domain/session.h"

/*
 * HookedBody: what every form of login does with the address and the password
 * in arguments 0 and 1.
 */
static Datum
log_in_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	ErrorCode refusal;
	bool known;
	Password password;
	LoginLimits limits;
	NewSession session;
	StoredUser user;

	if (PG_ARGISNULL(0))
		return answer_required("email");
	if (PG_ARGISNULL(1))
		return answer_required("password");
	password = password_read(PG_GETARG_TEXT_PP(1));
	session.client = run->client;

	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal("email", verdict);
	if (!login_limit_allows(&limits, email, run->client))
		return answer_wait(CODE_RATE_LIMITED, NULL, limits.retry_after);
	if (!session_open(email, &password, &session, &user, &known, &refusal))
	{
		if (refusal == CODE_INVALID_CREDENTIALS)
			login_limit_failed(&limits);
		audit_record(audit_session_login(), refusal, known ? &user.id : NULL, NULL, run->client,
					 jerry_now());
		return account_refuse(refusal, &user);
	}
	return session_answer(run, &user, &session);
}

static Datum
log_in(FunctionCallInfo fcinfo, const Client *client)
{
	jerry_require_primary("jerry.login()");
	return hooks_around(HOOK_LOGIN, audit_session_login(), client, log_in_hooked, fcinfo);
}

PG_FUNCTION_INFO_V1(jerry_login_client);

/* login(email text, password text, client jerry.client) RETURNS json */
Datum
jerry_login_client(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);

	return log_in(fcinfo, &client);
}

PG_FUNCTION_INFO_V1(jerry_login);

/*
 * login(email text, password text, ip inet DEFAULT NULL, user_agent text
 * DEFAULT NULL) RETURNS json: the form of 1.1.0
 */
Datum
jerry_login(PG_FUNCTION_ARGS)
{
	Client client = client_arguments(fcinfo, 2);

	return log_in(fcinfo, &client);
}

PG_FUNCTION_INFO_V1(jerry_login_literal);

/*
 * login(email text, password text, ip text) RETURNS json: the form of 1.1.0,
 * with a literal for the address
 */
Datum
jerry_login_literal(PG_FUNCTION_ARGS)
{
	Client client = client_of_literal(fcinfo, 2);

	return log_in(fcinfo, &client);
}
