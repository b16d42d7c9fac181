/*
 * identity.c: the identity of a transaction: authenticate, uid, claims,
 * has_role, has_permission, aal, require_assurance.
 */
#include "base/jerry.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/envelope.h"
#include "domain/caller.h"
#include "domain/identity.h"
#include "domain/role.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jerry_authenticate);

/* authenticate(access_token text) RETURNS json */
Datum
jerry_authenticate(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	Roles roles;
	JsonWriter w;

	/* A hook, or the function of an index, has a caller with an identity. */
	if (InSecurityRestrictedOperation())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("cannot authenticate within security-restricted operation")));
	identity_clear();
	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_LATEST, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	roles = roles_and_permissions_in_force(&token, PROBE_LATEST);
	identity_set(&token, &roles);

	answer_start(&w);
	json_uuid(&w, "user_id", &token.user_id);
	json_text(&w, "email", token.email);
	json_time(&w, "expires_at", token.expires_at);
	assurance_write(&w, &token.assurance);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_uid);

/* uid() RETURNS uuid */
Datum
jerry_uid(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user = identity_user();
	pg_uuid_t *id;

	if (user == NULL)
		PG_RETURN_NULL();
	id = palloc(sizeof(*id));
	*id = *user;
	PG_RETURN_UUID_P(id);
}

PG_FUNCTION_INFO_V1(jerry_claims);

/* claims() RETURNS json */
Datum
jerry_claims(PG_FUNCTION_ARGS)
{
	const text *claims = identity_claims();

	if (claims == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(claims), VARSIZE_ANY_EXHDR(claims)));
}

PG_FUNCTION_INFO_V1(jerry_has_role);

/* has_role(role text) RETURNS boolean */
Datum
jerry_has_role(PG_FUNCTION_ARGS)
{
	const Roles *roles = identity_roles();
	text *role = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(roles != NULL &&
				   roles_include(roles->names, VARDATA_ANY(role), VARSIZE_ANY_EXHDR(role)));
}

PG_FUNCTION_INFO_V1(jerry_has_permission);

/* has_permission(permission text) RETURNS boolean */
Datum
jerry_has_permission(PG_FUNCTION_ARGS)
{
	const Roles *roles = identity_roles();
	text *permission = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(roles != NULL &&
				   roles_include(roles->permissions, VARDATA_ANY(permission),
								 VARSIZE_ANY_EXHDR(permission)));
}

PG_FUNCTION_INFO_V1(jerry_aal);

/* aal() RETURNS text */
Datum
jerry_aal(PG_FUNCTION_ARGS)
{
	const Assurance *assurance = identity_assurance();

	if (assurance == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(assurance_name(assurance->level)));
}

/* Raises the error of a negative answer. */
static void
raise_answer(Datum answer)
{
	text *data;
	text *error;
	ErrorCode code;

	if (!answer_read(DatumGetTextPP(answer), &data, &error, &code))
		answer_raise(error, code);
}

PG_FUNCTION_INFO_V1(jerry_require_assurance);

/*
 * require_assurance(min_aal text DEFAULT NULL, max_age integer DEFAULT NULL)
 * RETURNS void
 */
Datum
jerry_require_assurance(PG_FUNCTION_ARGS)
{
	const Assurance *assurance = identity_assurance();
	Demand demand;
	Demand missing;
	Datum refusal;

	if (!demand_arguments(fcinfo, 0, &demand, &refusal))
		raise_answer(refusal);
	if (assurance == NULL)
		raise_answer(token_refusal(TOKEN_INVALID));
	else if (assurance_lacks(assurance, &demand, GetCurrentStatementStartTimestamp(), &missing))
		raise_answer(answer_step_up(&missing));
	PG_RETURN_VOID();
}
