/*
 * caller.c: see caller.h.
 */
#include "domain/caller.h"

#include "base/envelope.h"
#include "base/settings.h"
#include "domain/limit.h"
#include "store/session.h"
#include "utils/builtins.h"

bool
session_allows(const Token *token, ProbeView view)
{
	TimestampTz latest_end;

	if (token->has_session)
		return store_session_is_live(&token->session_id, &token->user_id, view);
	/* Nobody can revoke it, so it must not outlive the tokens of a login. */
	latest_end = jerry_after(jerry_now(), settings()->access_token_ttl + TOKEN_CLOCK_LEEWAY);
	return token->imported_key && token->expires_at <= latest_end &&
		   store_user_exists(&token->user_id, view);
}

TokenVerdict
caller_verify(const text *bytes, ProbeView view, Token *token)
{
	TokenVerdict verdict = token_verify(bytes, TOKEN_ACCESS, token);

	if (verdict == TOKEN_VALID && !(token->has_user && session_allows(token, view)))
		return TOKEN_INVALID;
	return verdict;
}

bool
caller_find_user(const text *bytes, Token *token, StoredUser *user, Datum *refusal)
{
	TokenVerdict verdict = caller_verify(bytes, PROBE_LATEST, token);

	if (verdict == TOKEN_VALID && store_find_user(&token->user_id, PROBE_LATEST, user))
		return true;
	*refusal = token_refusal(verdict);
	return false;
}

bool
demand_arguments(FunctionCallInfo fcinfo, int n, Demand *demand, Datum *refusal)
{
	demand->level = 0;
	demand->max_age = -1;
	if (PG_NARGS() <= n + 1)
		return true;
	if (!PG_ARGISNULL(n))
	{
		demand->level = assurance_level(text_to_cstring(PG_GETARG_TEXT_PP(n)));
		if (demand->level == 0)
		{
			*refusal =
				answer_error(CODE_VALIDATION_ERROR, "min_aal", "Level must be aal1 or aal2");
			return false;
		}
	}
	if (!PG_ARGISNULL(n + 1))
	{
		demand->max_age = PG_GETARG_INT32(n + 1);
		if (demand->max_age < 0)
		{
			*refusal =
				answer_error(CODE_VALIDATION_ERROR, "max_age", "Age must not be negative");
			return false;
		}
	}
	return true;
}

Datum
token_refusal(TokenVerdict verdict)
{
	return answer_error(verdict == TOKEN_EXPIRED ? CODE_EXPIRED_TOKEN : CODE_INVALID_TOKEN, NULL,
						NULL);
}

Datum
token_refusal_uncounted(TokenVerdict verdict, const Client *client)
{
	Limits limits;

	if (verdict == TOKEN_UNSIGNED && !limit_allows_network(&limits, LIMIT_TOKEN_NETWORK, client))
		return limits_refusal(&limits);
	return token_refusal(verdict);
}

Datum
token_refusal_counted(TokenVerdict verdict, const Client *client)
{
	Limits limits;

	if (verdict == TOKEN_UNSIGNED &&
		(!limit_allows_network(&limits, LIMIT_TOKEN_NETWORK, client) ||
		 !limits_take_as_owner(&limits)))
		return limits_refusal(&limits);
	return token_refusal(verdict);
}
