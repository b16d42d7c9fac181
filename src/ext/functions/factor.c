/*
 * factor.c: users give their account a second factor, and take it away:
 * setup_totp, activate_totp, disable_second_factor, renew_recovery_codes,
 * list_factors.
 */
#include "domain/factor.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/settings.h"
#include "domain/account.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/reauthentication.h"
#include "domain/session.h"
#include "factor/base32.h"
#include "store/recovery_code.h"

#define URI_MAX 2048 /* bytes: an address, and a name of at most 255, each escaped */

/* The session of a caller, as the record has it. */
static const pg_uuid_t *
session_of(const Token *caller)
{
	return caller->has_session ? &caller->session_id : NULL;
}

/*
 * Is the caller the user, by the password in argument n or by a login a moment
 * ago?  Then the user is held.  false: *refusal is the answer.
 */
static bool
is_owner_in_person(FunctionCallInfo fcinfo, int n, const Token *caller, const Client *client,
				   AuditAction action, StoredUser *user, Datum *refusal)
{
	Password password;

	if (!PG_ARGISNULL(n))
	{
		password = password_read(PG_GETARG_TEXT_PP(n));
		return reauthenticate(caller, client, &password, NULL, NULL, action, user, refusal);
	}
	if (!session_is_fresh(caller))
	{
		*refusal = answer_step_up(&(Demand){ .max_age = FRESH_LOGIN });
		return false;
	}
	if (account_hold(&caller->user_id, user) && session_allows(caller, PROBE_LATEST))
		return true;
	*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	return false;
}

/* The name of the service, by which an app tells accounts apart; or empty. */
static const char *
issuer(void)
{
	const char *names = settings()->service_name;
	char *first = pnstrdup(names, strcspn(names, ","));
	int n = strlen(first);

	while (n > 0 && first[n - 1] == ' ')
		first[--n] = '\0';
	return first + strspn(first, " ");
}

PG_FUNCTION_INFO_V1(jerry_setup_totp);

/*
 * setup_totp(access_token text, current_password text DEFAULT NULL, client
 * jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_setup_totp(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);
	uint8 secret[TOTP_SECRET_LENGTH];
	char digits[BASE32_LENGTH(TOTP_SECRET_LENGTH) + 1];
	char uri[URI_MAX];
	pg_uuid_t id;
	Token token;
	StoredUser user;
	TimestampTz now;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.setup_totp()");
	PreventCommandIfParallelMode("jerry.setup_totp()");
	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (!caller_find_user(token_argument(fcinfo, 0), &token, &user, &refusal) ||
		!is_owner_in_person(fcinfo, 1, &token, &client, audit_factor_setup(FACTOR_TOTP), &user,
							&refusal))
		return refusal;
	now = jerry_now();
	if (!factor_setup_totp(&user.id, &id, secret, now))
		return answer_error(CODE_FACTOR_EXISTS, NULL, NULL);
	audit_record(audit_factor_setup(FACTOR_TOTP), AUDIT_OK, &user.id, session_of(&token), &client,
				 now);

	base32_encode(BASE32_RFC4648, secret, sizeof(secret), digits);
	(void) totp_uri(issuer(), user.email, secret, sizeof(secret), uri, sizeof(uri));
	answer_start(&w);
	json_text(&w, "uri", uri);
	json_text(&w, "secret", digits);
	json_uuid(&w, "factor_id", &id);
	json_time(&w, "expires_at", jerry_after(now, FACTOR_SETUP_TTL));
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(digits, sizeof(digits));
	explicit_bzero(uri, sizeof(uri));
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_activate_totp);

/*
 * activate_totp(access_token text, code text, client jerry.client DEFAULT NULL)
 * RETURNS json
 */
Datum
jerry_activate_totp(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 2);
	RecoverySet *codes;
	Token token;
	StoredUser user;
	TimestampTz now;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.activate_totp()");
	PreventCommandIfParallelMode("jerry.activate_totp()");
	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (PG_ARGISNULL(1))
		return answer_required("code");
	if (!caller_find_user(token_argument(fcinfo, 0), &token, &user, &refusal) ||
		!factor_activate_totp(&token, &user, PG_GETARG_TEXT_PP(1), &client, &codes, &refusal))
		return refusal;
	now = jerry_now();
	session_confirm(&token);
	factors_changed(&token, &client, now);
	event_emit(event_user_factor_added(&user.id, user.email, FACTOR_TOTP, client_address(&client),
									   user.locale),
			   now);
	audit_record(audit_factor_add(FACTOR_TOTP), AUDIT_OK, &user.id, session_of(&token), &client,
				 now);

	answer_start(&w);
	recovery_set_answer(codes, &w);
	return answer_finish(&w);
}

/*
 * A change of factors that needs a proof of one: the caller of a function with
 * the arguments access_token, code, recovery_code, current_password, client.
 * Then the user is held.  false: *refusal is the answer.
 *
 * Who has nothing but a recovery code has not been proved to be the user by
 * anything else that is worth it: a password has to come with it.
 */
static bool
owner_proves_factor(FunctionCallInfo fcinfo, const Client *client, AuditAction action,
					Token *caller, StoredUser *user, Datum *refusal)
{
	const FactorProof proof = { PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
								PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2) };
	Factors factors;

	*refusal = 0;
	if (PG_ARGISNULL(0))
		*refusal = answer_required("access_token");
	else if (proof.code == NULL && proof.recovery_code == NULL)
		*refusal = answer_required("code");
	else if (proof.code == NULL && PG_ARGISNULL(3))
		*refusal = answer_required("current_password");
	if (*refusal != 0 || !caller_find_user(token_argument(fcinfo, 0), caller, user, refusal))
		return false;
	factors_of(&user->id, PROBE_LATEST, &factors);
	if (!factors_enrolled(&factors))
	{
		*refusal = answer_error(CODE_FACTOR_NOT_FOUND, NULL, NULL);
		return false;
	}
	return is_owner_in_person(fcinfo, 3, caller, client, action, user, refusal) &&
		   factor_check(caller, user, &proof, client, action, refusal);
}

PG_FUNCTION_INFO_V1(jerry_disable_second_factor);

/*
 * disable_second_factor(access_token text, code text DEFAULT NULL,
 * recovery_code text DEFAULT NULL, current_password text DEFAULT NULL, client
 * jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_disable_second_factor(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 4);
	AuditAction action = audit_factor_remove(FACTOR_TOTP);
	Token token;
	StoredUser user;
	TimestampTz now;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.disable_second_factor()");
	PreventCommandIfParallelMode("jerry.disable_second_factor()");
	if (!owner_proves_factor(fcinfo, &client, action, &token, &user, &refusal))
		return refusal;
	if (!factor_remove_totp(&user.id))
		return answer_error(CODE_FACTOR_NOT_FOUND, NULL, NULL);
	now = jerry_now();
	session_confirm(&token);
	factors_changed(&token, &client, now);
	event_emit(event_user_factor_removed(&user.id, user.email, FACTOR_TOTP,
										 client_address(&client), user.locale),
			   now);
	audit_record(action, AUDIT_OK, &user.id, session_of(&token), &client, now);

	answer_start(&w);
	json_text(&w, "message", "The authenticator app is no second factor any more.");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_renew_recovery_codes);

/*
 * renew_recovery_codes(access_token text, code text DEFAULT NULL, recovery_code
 * text DEFAULT NULL, current_password text DEFAULT NULL, client jerry.client
 * DEFAULT NULL) RETURNS json
 */
Datum
jerry_renew_recovery_codes(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 4);
	AuditAction action = audit_factor_renew_codes();
	RecoverySet *codes;
	Token token;
	StoredUser user;
	TimestampTz now;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.renew_recovery_codes()");
	PreventCommandIfParallelMode("jerry.renew_recovery_codes()");
	if (!owner_proves_factor(fcinfo, &client, action, &token, &user, &refusal))
		return refusal;
	/*
	 * The user is held: before the proof anybody with a token could have ten
	 * hashes made at a time.
	 */
	codes = recovery_set_make();
	now = jerry_now();
	recovery_set_store(codes, &user.id, now);
	session_confirm(&token);
	factors_changed(&token, &client, now);
	event_emit(event_user_recovery_codes_renewed(&user.id, user.email, client_address(&client),
												 user.locale),
			   now);
	audit_record(action, AUDIT_OK, &user.id, session_of(&token), &client, now);

	answer_start(&w);
	recovery_set_answer(codes, &w);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_list_factors);

/*
 * list_factors(access_token text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_list_factors(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	Factors factors;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	factors_of(&token.user_id, PROBE_STATEMENT, &factors);

	answer_start(&w);
	json_bool(&w, "enrolled", factors_enrolled(&factors));
	if (factors.has_totp)
	{
		json_open(&w, "totp");
		json_time(&w, "created_at", factors.totp_since);
		json_end(&w);
	}
	else
		json_text(&w, "totp", NULL);
	json_int(&w, "recovery_codes_left", store_count_recovery_codes(&token.user_id));
	return answer_finish(&w);
}
