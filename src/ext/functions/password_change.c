/*
 * password_change.c: users change their passwords: change_password; and set
 * them with the token of a mail, if they have forgotten theirs, reset_password,
 * or have none yet, accept_invite.
 */
#include "domain/session.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/limit.h"
#include "domain/one_time.h"
#include "domain/reauthentication.h"

/*
 * The password in argument n, repeated in the next one, if it may be the new
 * one for the account of an address.  false: *refusal is the answer, which
 * calls them by these names.
 */
static bool
new_password_argument(FunctionCallInfo fcinfo, int n, const char *const names[2],
					  const char *email, Password *password, Datum *refusal)
{
	Password confirmation = password_read(PG_GETARG_TEXT_PP(n + 1));
	const char *weakness;

	*password = password_read(PG_GETARG_TEXT_PP(n));
	if (!password_equal(password, &confirmation))
	{
		*refusal = answer_error(CODE_PASSWORD_MISMATCH, names[1], "Passwords do not match");
		return false;
	}
	weakness = password_weakness(password, email);
	if (weakness != NULL)
	{
		*refusal = answer_error(CODE_WEAK_PASSWORD, names[0], weakness);
		return false;
	}
	return true;
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
	Password current;
	Password new;
	StoredUser user;
	Datum refusal;
	char *hash;
	TimestampTz now;
	JsonWriter w;

	jerry_require_primary("jerry.change_password()");
	PreventCommandIfParallelMode("jerry.change_password()");
	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(i))
			return answer_required(required[i]);
	if (!caller_find_user(token_argument(fcinfo, 0), &token, &user, &refusal))
		return refusal;
	current = password_read(PG_GETARG_TEXT_PP(1));
	if (!new_password_argument(fcinfo, 2, required + 2, user.email, &new, &refusal))
		return refusal;
	if (password_equal(&current, &new))
		return answer_error(CODE_WEAK_PASSWORD, "new_password",
							"Password must differ from the current one");
	if (!reauthenticate(&token, &client, &current, &new, &hash, audit_account_change_password(),
						&user, &refusal))
		return refusal;
	now = jerry_now();
	/* With an old snapshot: the hash was another one then. */
	if (!store_replace_hash(&user.id, user.password_hash, hash, now))
		return answer_error(CODE_WRONG_PASSWORD, "current_password", "Password is not correct");

	session_confirm(&token);
	/* The id in a token without a session is zero, which no session has. */
	(void) session_end_all_of(&user.id, &token.session_id, ENDED_PASSWORD, &client, now);
	one_time_forget(ONE_TIME_RESET_PASSWORD, &user.id);
	one_time_forget(ONE_TIME_SECOND_STEP, &user.id);
	one_time_forget(ONE_TIME_EMAIL_CHANGE_OLD, &user.id);
	one_time_forget(ONE_TIME_EMAIL_CHANGE_NEW, &user.id);
	event_emit(event_user_password_changed(&user.id, user.email, client_address(&client),
										   user.locale),
			   now);
	audit_record(audit_account_change_password(), AUDIT_OK, &user.id,
				 token.has_session ? &token.session_id : NULL, &client, now);

	answer_start(&w);
	json_text(&w, "message", "Password changed successfully");
	return answer_finish(&w);
}

/* A function that sets a password with the token of a mail. */
typedef struct ByToken
{
	const char *name;
	OneTimePurpose purpose;
	const char *arguments[3]; /* the token, the password, and that again */
	Event (*happened)(const pg_uuid_t *user_id, const char *email, const char *ip_address,
					  const char *locale);
	AuditAction (*recorded)(void);
	const char *message;
} ByToken;

static Datum
set_by_token(FunctionCallInfo fcinfo, const ByToken *how)
{
	Client client = client_argument(fcinfo, 3);
	text *token;
	OneTimeVerdict verdict;
	StoredOneTimeToken found;
	StoredUser user;
	Password new;
	Datum refusal;
	char *hash;
	TimestampTz now;
	JsonWriter w;

	jerry_require_primary(how->name);
	for (int i = 0; i < lengthof(how->arguments); i++)
		if (PG_ARGISNULL(i))
			return answer_required(how->arguments[i]);
	/* A word that is no token costs no hash, and a weak password no token. */
	token = token_argument(fcinfo, 0);
	verdict = one_time_look(token, how->purpose, jerry_now(), &found);
	if (verdict != ONE_TIME_GOOD)
		return one_time_refuse(verdict, &client, NULL);
	if (!store_find_user(&found.user_id, PROBE_LATEST, &user))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!new_password_argument(fcinfo, 1, how->arguments + 1, user.email, &new, &refusal))
		return refusal;

	/* No lock is held during bcrypt. */
	hash = password_hash(&new);
	now = jerry_now();
	verdict = one_time_redeem(token, how->purpose, now, &found);
	if (verdict != ONE_TIME_GOOD)
		return one_time_refuse(verdict, &client, NULL);
	/* As it is now that it is held: who has been banned stays so. */
	if (!store_find_user(&found.user_id, PROBE_LATEST, &user) || account_is_banned(&user, now) ||
		!store_replace_hash(&user.id, user.password_hash, hash, now))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	(void) session_end_all_of(&user.id, NULL, ENDED_PASSWORD, &client, now);
	one_time_forget_all(&user.id);
	/* The new password is not the one that somebody guessed at. */
	(void) limit_forget(user.email, 0);
	/* Whoever has set up the account for this address has lost it. */
	if (!user.is_email_verified)
		account_verify(&user, &client, now);
	event_emit(how->happened(&user.id, user.email, client_address(&client), user.locale), now);
	audit_record(how->recorded(), AUDIT_OK, &user.id, NULL, &client, now);

	answer_start(&w);
	json_text(&w, "message", how->message);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_reset_password);

/*
 * reset_password(token text, new_password text, new_password_confirmation text,
 * client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_reset_password(PG_FUNCTION_ARGS)
{
	static const ByToken how = { "jerry.reset_password()",
								 ONE_TIME_RESET_PASSWORD,
								 { "token", "new_password", "new_password_confirmation" },
								 event_user_password_reset,
								 audit_account_reset_password,
								 "Password reset successfully" };

	return set_by_token(fcinfo, &how);
}

PG_FUNCTION_INFO_V1(jerry_accept_invite);

/*
 * accept_invite(token text, password text, password_confirmation text, client
 * jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_accept_invite(PG_FUNCTION_ARGS)
{
	static const ByToken how = { "jerry.accept_invite()",
								 ONE_TIME_INVITE,
								 { "token", "password", "password_confirmation" },
								 event_user_invite_accepted,
								 audit_account_accept_invite,
								 "Invitation accepted. You can log in." };

	return set_by_token(fcinfo, &how);
}
