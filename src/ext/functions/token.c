/*
 * token.c: tokens: validate_token, refuse_token, verify_token, decode_token,
 * forbidden; and minting them: create_access_token, create_refresh_token.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "domain/caller.h"
#include "domain/role.h"
#include "jose/mint.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(jerry_validate_token);

/*
 * validate_token(token text, min_aal text DEFAULT NULL, max_age integer DEFAULT
 * NULL, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_validate_token(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	Roles roles;
	Demand demand;
	Demand missing;
	Datum refusal;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	if (!demand_arguments(fcinfo, 1, &demand, &refusal))
		return refusal;
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
	{
		Client client = client_argument(fcinfo, 3);

		return token_refusal_uncounted(verdict, &client);
	}
	if (assurance_lacks(&token.assurance, &demand, jerry_now(), &missing))
		return answer_step_up(&missing);
	answer_start(&w);
	json_bool(&w, "is_valid", true);
	json_uuid(&w, "user_id", &token.user_id);
	json_text(&w, "email", token.email);
	json_time(&w, "expires_at", token.expires_at);
	assurance_write(&w, &token.assurance);
	roles = roles_in_force(&token, PROBE_STATEMENT);
	/* That there are none any more is told as well. */
	if (settings()->live_roles || !roles_are_none(&roles))
		roles_write(&w, &roles, ROLES_SAID_MAX);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_refuse_token);

/* refuse_token(token text, client jerry.client) RETURNS json */
Datum
jerry_refuse_token(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	Token token;
	TokenVerdict verdict;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_ACCESS, &token);
	return token_refusal_counted(verdict == TOKEN_VALID ? TOKEN_INVALID : verdict, &client);
}

PG_FUNCTION_INFO_V1(jerry_forbidden);

/* forbidden(access_token text, permission text) RETURNS json */
Datum
jerry_forbidden(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	Roles roles;
	text *permission;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (PG_ARGISNULL(1))
		return answer_required("permission");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	roles = roles_and_permissions_in_force(&token, PROBE_STATEMENT);
	permission = PG_GETARG_TEXT_PP(1);
	if (!roles_include(roles.permissions, VARDATA_ANY(permission), VARSIZE_ANY_EXHDR(permission)))
		return answer_error(CODE_FORBIDDEN, NULL, NULL);
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(jerry_verify_token);

/* verify_token(token text) RETURNS json */
Datum
jerry_verify_token(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	return answer_data(token.payload, token.payload_length);
}

PG_FUNCTION_INFO_V1(jerry_decode_token);

/* decode_token(token text, token_type text DEFAULT 'access') RETURNS json */
Datum
jerry_decode_token(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	char *type;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	type = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (type == NULL || (strcmp(type, TOKEN_ACCESS) != 0 && strcmp(type, TOKEN_REFRESH) != 0))
		return answer_error(CODE_VALIDATION_ERROR, "token_type", "Type must be access or refresh");
	verdict = token_verify(token_argument(fcinfo, 0), type, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	return answer_data(token.payload, token.payload_length);
}

/* The claims in argument 0, for a token. */
static text *
claims_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
}

PG_FUNCTION_INFO_V1(jerry_create_access_token);

/*
 * create_access_token(data json, expires_delta interval DEFAULT NULL) RETURNS
 * text
 */
Datum
jerry_create_access_token(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	TimestampTz expires_at = jerry_after(now, settings()->access_token_ttl);

	if (!PG_ARGISNULL(1))
		expires_at = DatumGetTimestampTz(DirectFunctionCall2(
			timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(1)));
	PG_RETURN_TEXT_P(token_make_of(claims_argument(fcinfo), TOKEN_ACCESS, now, expires_at));
}

PG_FUNCTION_INFO_V1(jerry_create_refresh_token);

/* create_refresh_token(data json) RETURNS text */
Datum
jerry_create_refresh_token(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();

	PG_RETURN_TEXT_P(token_make_of(claims_argument(fcinfo), TOKEN_REFRESH, now,
								   jerry_after(now, settings()->refresh_token_ttl)));
}
