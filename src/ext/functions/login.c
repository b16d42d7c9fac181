/*
 * login.c: sessions begin: login, in its forms.
 */
#include "base/jerry.h"

#include "base/client.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "domain/account.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/known_device.h"
#include "domain/login_limit.h"
#include "domain/session.h"
#include "jose/mint.h"

/* A call of login, in any of its forms. */
typedef struct LogIn
{
	FunctionCallInfo fcinfo;
	const Client *client;
} LogIn;

/*
 * HookedBody: what every form of login does with the address and the password
 * in arguments 0 and 1.
 */
static Datum
log_in_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = ((LogIn *) arg)->fcinfo;
	const Client *client = ((LogIn *) arg)->client;
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	ErrorCode refusal;
	bool known;
	Password password;
	LoginLimits limits;
	NewSession session;
	text *access_token;
	text *refresh_token;
	char *device_token;
	StoredUser user;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("email");
	if (PG_ARGISNULL(1))
		return answer_required("password");
	password = password_read(PG_GETARG_TEXT_PP(1));
	session.client = client;

	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal("email", verdict);
	if (!login_limit_allows(&limits, email, client))
		return answer_wait(CODE_RATE_LIMITED, limits.retry_after);
	if (!session_open(email, &password, &session, &user, &known, &refusal))
	{
		if (refusal == CODE_INVALID_CREDENTIALS)
			login_limit_failed(&limits);
		audit_record(audit_session_login(), refusal, known ? &user.id : NULL, NULL, client,
					 jerry_now());
		return account_refuse(refusal, &user);
	}
	if (!hooks_allow(run, &user.id, user.email, &session.id, client))
		return (Datum) 0;
	access_token =
		token_make_access(&user.id, user.email, &session.id, 0, session.now, run->claims);
	refresh_token = token_make_refresh(&user.id, &session.id, &session.refresh_jti, 0, session.now,
									   session.expires_at);
	device_token = known_device_token(&user.id, client->device_token);
	event_emit(event_user_logged_in(&user.id, user.email, client_address(client)), session.now);
	audit_record(audit_session_login(), AUDIT_OK, &user.id, &session.id, client, session.now);

	answer_start(&w);
	json_token(&w, "access_token", access_token);
	json_token(&w, "refresh_token", refresh_token);
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	json_uuid(&w, "user_id", &user.id);
	if (device_token != NULL)
		json_text(&w, "device_token", device_token);
	return answer_finish(&w);
}

static Datum
log_in(FunctionCallInfo fcinfo, const Client *client)
{
	LogIn login = { fcinfo, client };
	HookRun run;
	Datum answer;

	jerry_require_primary("jerry.login()");
	answer = hooks_around(&run, HOOK_LOGIN, log_in_hooked, &login);
	if (run.refused)
		audit_record(audit_session_login(), CODE_HOOK_REFUSED, &run.user_id, NULL, client,
					 jerry_now());
	return answer;
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
