/*
 * sessions.c
 *		Sessions: login, refresh, validate_token, verify_token.  Decisions only.
 */
#include "sessions.h"

#include "answer.h"
#include "email.h"
#include "events.h"
#include "keys.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "password.h"
#include "settings.h"
#include "store.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

bool
session_allows(const Token *token, ProbeView view)
{
	TimestampTz latest_end;

	if (token->has_session)
		return store_session_is_live(&token->session_id, &token->user_id, view);
	/* nobody can revoke it, so it must not outlive the tokens of a login */
	latest_end = jerry_after(jerry_now(), settings()->access_token_ttl + TOKEN_CLOCK_LEEWAY);
	return token->imported_key && token->expires_at <= latest_end &&
		   store_user_exists(&token->user_id, view);
}

/* what the client calls itself, cut to a length that a table can bear */
static char *
user_agent_argument(text *value)
{
	const char *p = VARDATA_ANY(value);

	return pnstrdup(p, pg_mbcliplen(p, VARSIZE_ANY_EXHDR(value), JERRY_USER_AGENT_MAX));
}

/* 192.168.1.1, without a mask, as the event has it */
static char *
address_text(Datum ip)
{
	return TextDatumGetCString(DirectFunctionCall1(network_host, ip));
}

PG_FUNCTION_INFO_V1(jerry_login);

/* login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS json */
Datum
jerry_login(PG_FUNCTION_ARGS)
{
	text *email;
	text *password;
	Datum ip;
	bool known;
	pg_uuid_t session_id;
	pg_uuid_t refresh_jti;
	text *access_token;
	text *refresh_token;
	TimestampTz now;
	StoredUser user;
	JsonWriter w;

	jerry_require_primary("jerry.login()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	if (PG_ARGISNULL(1))
		return answer_required("password");
	email = PG_GETARG_TEXT_PP(0);
	password = PG_GETARG_TEXT_PP(1);
	ip = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);

	if (!email_is_valid(VARDATA_ANY(email), VARSIZE_ANY_EXHDR(email)))
		return answer_error(INVALID_EMAIL, "email", "Email address is not valid");

	/* an unknown address costs a hash as well, so that its answer comes no sooner */
	known = store_find_user_by_email(text_to_cstring(email), &user);
	if (!password_verify(password, known ? user.password_hash : NULL))
		return answer_error(INVALID_CREDENTIALS, NULL, NULL);
	if (settings()->require_verified_email && !user.is_email_verified)
		return answer_error(EMAIL_NOT_VERIFIED, NULL, NULL);

	now = jerry_now();
	session_id = token_new_session_id(now);
	refresh_jti = token_new_id();
	/* the user can have gone while the password was hashed */
	if (!store_insert_session(&session_id, &user.id, &refresh_jti, ip, PG_ARGISNULL(3) ? NULL : user_agent_argument(PG_GETARG_TEXT_PP(3)),
							  now, jerry_after(now, settings()->refresh_token_ttl)))
		return answer_error(INVALID_CREDENTIALS, NULL, NULL);
	key_make_first(now);
	access_token = token_make_access(&user.id, user.email, &session_id, now);
	refresh_token = token_make_refresh(&user.id, &session_id, &refresh_jti, now);
	event_emit(EVENT_USER_LOGGED_IN, &user.id, user.email, "ip_address", ip == (Datum) 0 ? NULL : address_text(ip), now);

	answer_start(&w);
	json_text(&w, "access_token", text_to_cstring(access_token));
	json_text(&w, "refresh_token", text_to_cstring(refresh_token));
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	json_uuid(&w, "user_id", &user.id);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_refresh);

/* refresh(refresh_token text) RETURNS json */
Datum
jerry_refresh(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	Token token;
	TokenVerdict verdict;
	StoredSession session;
	StoredUser user;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("refresh_token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_REFRESH, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	if (!token.has_user || !token.has_session)
		return answer_error(INVALID_TOKEN, NULL, NULL);
	if (!store_find_session(&token.session_id, &session))
	{
		bool user_exists = store_user_exists(&token.user_id, PROBE_LATEST);

		return answer_error(user_exists ? INVALID_TOKEN : USER_NOT_FOUND, NULL, NULL);
	}
	if (session.revoked || memcmp(&session.user_id, &token.user_id, UUID_LEN) != 0 || memcmp(&session.refresh_jti, &token.jti, UUID_LEN) != 0)
		return answer_error(INVALID_TOKEN, NULL, NULL);
	if (session.expires_at <= now)
		return answer_error(EXPIRED_TOKEN, NULL, NULL);
	if (!store_find_user(&session.user_id, PROBE_LATEST, &user))
		return answer_error(USER_NOT_FOUND, NULL, NULL);

	answer_start(&w);
	json_text(&w, "access_token", text_to_cstring(token_make_access(&user.id, user.email, &token.session_id, now)));
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	return answer_finish(&w);
}

TokenVerdict
session_verify(const text *bytes, ProbeView view, Token *token)
{
	TokenVerdict verdict = token_verify(bytes, TOKEN_ACCESS, token);

	if (verdict == TOKEN_VALID && !(token->has_user && session_allows(token, view)))
		return TOKEN_INVALID;
	return verdict;
}

PG_FUNCTION_INFO_V1(jerry_validate_token);

/* validate_token(token text) RETURNS json */
Datum
jerry_validate_token(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	verdict = session_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	answer_start(&w);
	json_bool(&w, "is_valid", true);
	json_uuid(&w, "user_id", &token.user_id);
	json_text(&w, "email", token.email);
	json_time(&w, "expires_at", token.expires_at);
	return answer_finish(&w);
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
	verdict = session_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	return answer_data(token.payload, token.payload_length);
}
