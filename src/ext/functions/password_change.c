/*
 * password_change.c: users change their passwords: change_password.
 */
#include "domain/session.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "domain/caller.h"
#include "domain/event.h"

/*
 * The password in argument n, repeated in the next one, if it may be the new
 * one for the account of an address.  false: *refusal is the answer.
 */
static bool
new_password_argument(FunctionCallInfo fcinfo, int n, const char *email, Password *password,
					  Datum *refusal)
{
	Password confirmation = password_read(PG_GETARG_TEXT_PP(n + 1));
	const char *weakness;

	*password = password_read(PG_GETARG_TEXT_PP(n));
	if (!password_equal(password, &confirmation))
	{
		*refusal = answer_error(CODE_PASSWORD_MISMATCH, "new_password_confirmation",
								"Passwords do not match");
		return false;
	}
	weakness = password_weakness(password, email);
	if (weakness != NULL)
	{
		*refusal = answer_error(CODE_WEAK_PASSWORD, "new_password", weakness);
		return false;
	}
	return true;
}

/*
 * Puts the hash of a new password in the place of the one that the current
 * password belongs to, and holds the user.  false: *refusal is the answer.
 */
static bool
replace_password(const Token *caller, const Password *current, const Password *new,
				 StoredUser *user, Datum *refusal)
{
	/*
	 * No lock is held during bcrypt, unless the hash has changed under it:
	 * perhaps a login has put a better one there.
	 */
	for (int attempt = 0; attempt < 2; attempt++)
	{
		char *hash;

		if (!store_find_user(&caller->user_id, PROBE_LATEST, user))
		{
			*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
			return false;
		}
		if (password_verify(current, user->password_hash) == NULL)
			break;
		hash = password_hash(new);
		(void) store_hold_user(&user->id);
		/* Whoever has been logged out meanwhile changes nothing any more. */
		if (!session_allows(caller, PROBE_LATEST))
		{
			*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
			return false;
		}
		if (store_replace_hash(&user->id, user->password_hash, hash, jerry_now()))
			return true;
	}
	*refusal = answer_error(CODE_WRONG_PASSWORD, "current_password", "Password is not correct");
	return false;
}

PG_FUNCTION_INFO_V1(jerry_change_password);

/*
 * change_password(access_token text, current_password text, new_password text,
 * new_password_confirmation text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_change_password(PG_FUNCTION_ARGS)
{
	static const char *const required[] = { "access_token", "current_password", "new_password",
											"new_password_confirmation" };
	Client client = client_argument(fcinfo, 4);
	Token token;
	TokenVerdict verdict;
	Password current;
	Password new;
	StoredUser user;
	Datum refusal;
	TimestampTz now;
	JsonWriter w;

	jerry_require_primary("jerry.change_password()");
	PreventCommandIfParallelMode("jerry.change_password()");
	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(i))
			return answer_required(required[i]);
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_LATEST, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	if (!store_find_user(&token.user_id, PROBE_LATEST, &user))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	current = password_read(PG_GETARG_TEXT_PP(1));
	if (!new_password_argument(fcinfo, 2, user.email, &new, &refusal))
		return refusal;
	if (password_equal(&current, &new))
		return answer_error(CODE_WEAK_PASSWORD, "new_password",
							"Password must differ from the current one");
	if (!replace_password(&token, &current, &new, &user, &refusal))
		return refusal;

	now = jerry_now();
	session_confirm(&token);
	/* The id in a token without a session is zero, which no session has. */
	(void) session_end_all_of(&user.id, &token.session_id, ENDED_PASSWORD, now);
	event_emit(event_user_password_changed(&user.id, user.email, client_address(&client)), now);

	answer_start(&w);
	json_text(&w, "message", "Password changed successfully");
	return answer_finish(&w);
}
