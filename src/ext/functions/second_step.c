/*
 * second_step.c: users show their second factor: verify_second_factor, to end
 * the second step of a login, or to raise what a session is good for.
 */
#include "domain/second_step.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/settings.h"
#include "domain/account.h"
#include "domain/caller.h"
#include "domain/hook.h"
#include "domain/rotation.h"
#include "domain/session.h"
#include "jose/mint.h"

/* The arguments of verify_second_factor, by their place. */
enum
{
	MFA_TOKEN,
	CODE,
	RECOVERY_CODE,
	ACCESS_TOKEN,
	CLIENT
};

static FactorProof
proof_of(FunctionCallInfo fcinfo)
{
	return (FactorProof){ PG_ARGISNULL(CODE) ? NULL : PG_GETARG_TEXT_PP(CODE),
						  PG_ARGISNULL(RECOVERY_CODE) ? NULL : PG_GETARG_TEXT_PP(RECOVERY_CODE) };
}

/* What a session is good for whose user has shown this, too. */
static Assurance
with_second(List *first, const FactorProof *proof)
{
	Assurance assurance = { AAL_MAX, list_copy(first), DT_NOBEGIN };

	assurance_add(&assurance, proof->code != NULL ? METHOD_CODE : METHOD_RECOVERY_CODE);
	assurance_add(&assurance, METHOD_MULTI);
	return assurance;
}

/* HookedBody: the second step of a login, of which arg has the arguments. */
static Datum
second_step_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	FactorProof proof = proof_of(fcinfo);
	NewSession session = { .client = run->client };
	SecondStep step;
	bool shown;
	ErrorCode refused;
	Datum refusal;

	if (!second_step_find(PG_GETARG_TEXT_PP(MFA_TOKEN), run->client, &step, &refusal))
		return refusal;
	shown =
		factor_check(NULL, &step.user, &proof, run->client, audit_session_login(), &refusal);
	if (!second_step_end(&step, shown))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!shown)
		return refusal;
	refused = account_refusal(&step.user, jerry_now());
	if (refused != NOT_REFUSED)
	{
		audit_record(audit_session_login(), refused, &step.user.id, NULL, run->client,
					 jerry_now());
		return account_refuse(refused, &step.user);
	}
	session.assurance = with_second(step.methods, &proof);
	if (!session_begin(&step.user, &session))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	return session_answer(run, &step.user, &session);
}

/*
 * HookedBody: a session goes on at a higher level, as after a refresh; arg has
 * the arguments.
 */
static Datum
step_up_hooked(HookRun *run, void *arg)
{
	FunctionCallInfo fcinfo = arg;
	FactorProof proof = proof_of(fcinfo);
	Token caller;
	StoredUser user;
	StoredSession session;
	Assurance shown;
	TimestampTz now;
	Datum refusal;
	JsonWriter w;

	if (!caller_find_user(token_argument(fcinfo, ACCESS_TOKEN), &caller, &user, &refusal))
		return refusal;
	if (!caller.has_session)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!factor_check(&caller, &user, &proof, run->client, audit_session_step_up(), &refusal))
		return refusal;
	shown = with_second(NIL, &proof);
	now = jerry_now();
	if (!session_raise(&caller, &shown, run->client, now, &session))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	audit_record(audit_session_step_up(), AUDIT_OK, &user.id, &caller.session_id, run->client, now);
	if (!hooks_allow(run, &user.id, user.email, &caller.session_id))
		return (Datum) 0;
	answer_start(&w);
	session_write_tokens(&w, &user, &caller.session_id, &session, true, now, run->claims);
	json_uuid(&w, "user_id", &user.id);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_verify_second_factor);

/*
 * verify_second_factor(mfa_token text DEFAULT NULL, code text DEFAULT NULL,
 * recovery_code text DEFAULT NULL, access_token text DEFAULT NULL, client
 * jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_verify_second_factor(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, CLIENT);

	jerry_require_primary("jerry.verify_second_factor()");
	PreventCommandIfParallelMode("jerry.verify_second_factor()");
	if (PG_ARGISNULL(CODE) && PG_ARGISNULL(RECOVERY_CODE))
		return answer_required("code");
	if (!PG_ARGISNULL(MFA_TOKEN))
		return hooks_around(HOOK_LOGIN, audit_session_login(), &client, second_step_hooked, fcinfo);
	if (!PG_ARGISNULL(ACCESS_TOKEN))
		return hooks_around(HOOK_REFRESH, audit_session_step_up(), &client, step_up_hooked,
							fcinfo);
	return answer_required("mfa_token");
}
