/*
 * session.c
 *		Sessions: login, refresh, validate_token, verify_token.  Decisions only.
 */
#include "domain/caller.h"

#include "base/envelope.h"
#include "domain/event.h"
#include "jose/keys.h"
#include "miscadmin.h"
#include "domain/password.h"
#include "base/settings.h"
#include "store/store.h"
#include "domain/address.h"
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

/*
 * Finds the user, checks the password and opens the session, all on one state of
 * the row: who changes the hash meanwhile is waited for, and the password must
 * belong to what he leaves.  false: *refusal says why.
 */
static bool
open_session(const char *email, const Password *password, NewSession *session, StoredUser *user,
			 ErrorCode *refusal)
{
	/*
	 * No lock is held during bcrypt, unless the hash has changed under it: perhaps
	 * another login has put a better one there.
	 */
	for (int attempt = 0; attempt < 2; attempt++)
	{
		/*
		 * an unknown address costs a hash as well, so that its answer comes no
		 * sooner
		 */
		bool known = store_find_user_by_email(email, attempt == 0 ? HOLD_NOT : HOLD_SHARED, user);
		const text *right = password_verify(password, known ? user->password_hash : NULL);
		char *better;

		if (right == NULL)
			break;
		if (settings()->require_verified_email && !user->is_email_verified)
		{
			*refusal = EMAIL_NOT_VERIFIED;
			return false;
		}
		better = password_rehash(password, right, user->password_hash);
		session->now = jerry_now();
		session->expires_at = jerry_after(session->now, settings()->refresh_token_ttl);
		session->id = token_new_session_id(session->now);
		session->refresh_jti = token_new_id();
		/*
		 * before the session, which locks the row in a weaker way; else with
		 * the next login
		 */
		if (better != NULL &&
			store_replace_hash(&user->id, user->password_hash, better, session->now))
			user->password_hash = better;
		if (store_insert_session(session, &user->id, user->password_hash))
			return true;
	}
	*refusal = INVALID_CREDENTIALS;
	return false;
}

/* what every form of login does with the address and the password in arguments 0 and 1 */
static Datum
log_in(FunctionCallInfo fcinfo, const Client *client)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	ErrorCode refusal;
	Password password;
	NewSession session;
	text *access_token;
	text *refresh_token;
	StoredUser user;
	JsonWriter w;

	jerry_require_primary("jerry.login()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	if (PG_ARGISNULL(1))
		return answer_required("password");
	password = password_read(PG_GETARG_TEXT_PP(1));
	session.client = client;

	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal(verdict);
	if (!open_session(email, &password, &session, &user, &refusal))
		return answer_error(refusal, NULL, NULL);
	key_make_first(session.now);
	access_token = token_make_access(&user.id, user.email, &session.id, session.now);
	refresh_token = token_make_refresh(&user.id, &session.id, &session.refresh_jti, session.now);
	event_emit(event_user_logged_in(&user.id, user.email, client_address(client)), session.now);

	answer_start(&w);
	json_text(&w, "access_token", text_to_cstring(access_token));
	json_text(&w, "refresh_token", text_to_cstring(refresh_token));
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	json_uuid(&w, "user_id", &user.id);
	return answer_finish(&w);
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
 * login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT
 * NULL) RETURNS json: the form of 1.1.0
 */
Datum
jerry_login(PG_FUNCTION_ARGS)
{
	Client client = client_arguments(fcinfo, 2);

	return log_in(fcinfo, &client);
}

PG_FUNCTION_INFO_V1(jerry_login_literal);

/*
 * login(email text, password text, ip text) RETURNS json: the form of 1.1.0, with
 * a literal for the address
 */
Datum
jerry_login_literal(PG_FUNCTION_ARGS)
{
	Client client = client_of_literal(fcinfo, 2);

	return log_in(fcinfo, &client);
}

PG_FUNCTION_INFO_V1(jerry_refresh);

/* refresh(refresh_token text RETURNS json */
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

/* validate_token(token text, client jerry.client DEFAULT NULL) RETURNS json */
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
