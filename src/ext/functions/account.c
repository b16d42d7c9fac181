/*
 * account.c
 *		Accounts: register, verify_email, me.  Decisions only.
 */
#include "base/jerry.h"

#include "base/envelope.h"
#include "base/bytes.h"
#include "domain/event.h"
#include "miscadmin.h"
#include "domain/password.h"
#include "domain/caller.h"
#include "base/settings.h"
#include "store/store.h"
#include "jose/token.h"
#include "domain/address.h"

#define ONE_TIME_TOKEN_BYTES  32
#define RESEND_INTERVAL		  60 /* seconds between two of them for one user */
#define ONE_TIME_TOKEN_LENGTH BASE64URL_LENGTH(ONE_TIME_TOKEN_BYTES)

EmailVerdict
address_read(const text *value, char stored[EMAIL_MAX + 1])
{
	EmailVerdict verdict = email_read(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), stored);

	if (verdict == EMAIL_NO_MEMORY)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errhidestmt(true)));
	return verdict;
}

Datum
address_refusal(EmailVerdict verdict)
{
	if (verdict == EMAIL_SPECIAL_USE)
		return answer_error(
			INVALID_EMAIL, "email",
			"The domain is reserved (like .test, .invalid and .local) and never has mail");
	return answer_error(INVALID_EMAIL, "email", "Email address is not valid");
}

/* a new one-time token, 256 bits of randomness in base64url; only its hash is stored */
static char *
issue_one_time_token(const char *purpose, const pg_uuid_t *user_id, TimestampTz now, int ttl)
{
	uint8 random[ONE_TIME_TOKEN_BYTES];
	uint8 hash[SHA256_LENGTH];
	char *token = palloc0(ONE_TIME_TOKEN_LENGTH + 1);

	random_bytes(random, sizeof(random));
	base64url_encode(random, sizeof(random), token);
	sha256(token, ONE_TIME_TOKEN_LENGTH, hash);
	store_insert_one_time_token(hash, purpose, user_id, now, jerry_after(now, ttl));
	return token;
}

PG_FUNCTION_INFO_V1(jerry_register);

/*
 * register(email text, password text, password_confirmation text, client jerry.client
 * DEFAULT NULL) RETURNS json
 */
Datum
jerry_register(PG_FUNCTION_ARGS)
{
	static const char *const required[] = { "email", "password", "password_confirmation" };
	Password password;
	Password confirmation;
	const char *weakness;
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	char *hash;
	char *token;
	pg_uuid_t user_id;
	TimestampTz now;
	JsonWriter w;

	jerry_require_primary("jerry.register()");
	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(i))
			return answer_required(required[i]);
	password = password_read(PG_GETARG_TEXT_PP(1));
	confirmation = password_read(PG_GETARG_TEXT_PP(2));

	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID)
		return address_refusal(verdict);
	if (!password_equal(&password, &confirmation))
		return answer_error(PASSWORD_MISMATCH, "password_confirmation", "Passwords do not match");
	weakness = password_weakness(&password);
	if (weakness != NULL)
		return answer_error(WEAK_PASSWORD, "password", weakness);

	/* the hash comes first: no lock is held while it is computed, and a taken address takes as long as a free one */
	hash = password_hash(&password);
	now = jerry_now();
	if (!store_insert_user(email, hash, now, &user_id))
		return answer_error(DUPLICATE_EMAIL, "email", "Email is already registered");
	token = issue_one_time_token(PURPOSE_VERIFY_EMAIL, &user_id, now, settings()->verification_ttl);
	event_emit(event_user_registered(&user_id, email, token), now);

	answer_start(&w);
	json_uuid(&w, "user_id", &user_id);
	json_text(&w, "email", email);
	json_text(&w, "message", "Registration successful. Please verify your email.");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_verify_email);

/* verify_email(token text, client jerry.client DEFAULT NULL) RETURNS json */
Datum
jerry_verify_email(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	uint8 hash[SHA256_LENGTH];
	text *token;
	pg_uuid_t user_id;
	StoredUser user;
	JsonWriter w;

	jerry_require_primary("jerry.verify_email()");
	if (PG_ARGISNULL(0))
		return answer_required("token");
	token = token_argument(fcinfo, 0);
	if (token == NULL || VARSIZE_ANY_EXHDR(token) != ONE_TIME_TOKEN_LENGTH)
		return answer_error(INVALID_TOKEN, NULL, NULL);

	sha256(VARDATA_ANY(token), ONE_TIME_TOKEN_LENGTH, hash);
	if (!store_redeem_one_time_token(hash, PURPOSE_VERIFY_EMAIL, now, &user_id))
		return answer_error(store_one_time_token_exists(hash, PURPOSE_VERIFY_EMAIL) ? EXPIRED_TOKEN : INVALID_TOKEN, NULL, NULL);
	/*
	 * the row is held now; the user may have gone before that, and the token
	 * with it
	 */
	if (!store_find_user(&user_id, PROBE_LATEST, &user))
		return answer_error(INVALID_TOKEN, NULL, NULL);
	if (!user.is_email_verified)
		store_mark_email_verified(&user_id, now);
	store_delete_one_time_tokens_of(&user_id, PURPOSE_VERIFY_EMAIL);
	event_emit(event_user_email_verified(&user_id, user.email), now);

	answer_start(&w);
	json_text(&w, "message", "Email verified successfully");
	json_uuid(&w, "user_id", &user_id);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_resend_verification);

/*
 * resend_verification(email text, client jerry.client
 * DEFAULT NULL) RETURNS json
 */
Datum
jerry_resend_verification(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	StoredUser user;
	char *token;
	JsonWriter w;

	jerry_require_primary("jerry.resend_verification()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal(verdict);

	/*
	 * held, so that of two requests at once one makes a token; whether there is
	 * a user to wait for must not show in the time
	 */
	if (store_find_user_by_email(email, HOLD_ALONE, &user) && !user.is_email_verified &&
		!store_one_time_token_made_since(&user.id, PURPOSE_VERIFY_EMAIL,
										 jerry_after(now, -RESEND_INTERVAL)))
	{
		store_delete_one_time_tokens_of(&user.id, PURPOSE_VERIFY_EMAIL);
		token = issue_one_time_token(PURPOSE_VERIFY_EMAIL, &user.id, now,
									 settings()->verification_ttl);
		event_emit(event_user_verification_requested(&user.id, user.email, token), now);
	}
	else
	{
		static const pg_uuid_t nobody;
		char none[ONE_TIME_TOKEN_LENGTH + 1];

		memset(none, '-', ONE_TIME_TOKEN_LENGTH);
		none[ONE_TIME_TOKEN_LENGTH] = '\0';
		event_rehearse(event_user_verification_requested(&nobody, email, none), now);
	}

	answer_start(&w);
	json_text(&w, "message", "If this address belongs to an account that is not verified, a new verification token is on its way.");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_me);

/* me(access_token text, client jerry.client DEFAULT NULL) RETURNS json */
Datum
jerry_me(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	StoredUser user;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_ACCESS, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	if (!token.has_user)
		return answer_error(INVALID_TOKEN, NULL, NULL);
	if (!store_find_user(&token.user_id, PROBE_STATEMENT, &user))
		return answer_error(USER_NOT_FOUND, NULL, NULL);
	if (!session_allows(&token, PROBE_STATEMENT))
		return answer_error(INVALID_TOKEN, NULL, NULL);

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_text(&w, "email", user.email);
	json_bool(&w, "is_email_verified", user.is_email_verified);
	json_time(&w, "created_at", user.created_at);
	return answer_finish(&w);
}
