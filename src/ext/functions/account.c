/*
 * account.c: accounts: register, verify_email, me.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/mail_limit.h"
#include "domain/one_time.h"
#include "domain/password.h"
#include "domain/profile.h"
#include "store/user.h"

/*
 * Somebody has registered the address of an account.  What is written is the
 * same whether or not its owner may be told.
 */
static void
tell_owner_of_attempt(const char *email, bool may_mail, const Client *client, TimestampTz now)
{
	StoredUser user;
	bool known = store_find_user_by_email(email, HOLD_NOT, &user);

	audit_record(audit_account_register(), CODE_DUPLICATE_EMAIL, known ? &user.id : NULL, NULL,
				 client, now);
	if (known && may_mail && !account_is_banned(&user, now))
		event_emit(event_user_registration_attempted(&user.id, user.email, user.locale), now);
	else
	{
		static const pg_uuid_t nobody;

		event_rehearse(event_user_registration_attempted(&nobody, email, NULL), now);
	}
}

/* An address and a password that are as they have to be. */
typedef struct Registration
{
	const char *email;
	const char *hash;
	Limits *limits;
} Registration;

/* HookedBody: makes the account. */
static Datum
register_hooked(HookRun *run, void *arg)
{
	const char *email = ((Registration *) arg)->email;
	const char *hash = ((Registration *) arg)->hash;
	const Client *client = run->client;
	Limits *limits = ((Registration *) arg)->limits;
	TimestampTz now = jerry_now();
	pg_uuid_t user_id;
	JsonWriter w;

	if (store_insert_user(email, hash, now, &user_id))
	{
		char *token = one_time_issue(ONE_TIME_VERIFY_EMAIL, &user_id, email, NULL, now);

		/* Sent in any case: it counts for those that are asked for later. */
		(void) mail_limit_takes(limits, email);
		event_emit(event_user_registered(&user_id, email, token), now);
		audit_record(audit_account_register(), AUDIT_OK, &user_id, NULL, client, now);
		run->more = MADE_BY("register");
		if (!hooks_allow(run, &user_id, email, NULL))
			return (Datum) 0;
	}
	else if (settings()->hide_accounts)
	{
		/* An id as a new user has it, and that nobody has. */
		user_id = uuid_random();
		tell_owner_of_attempt(email, mail_limit_takes(limits, email), client, now);
	}
	else
	{
		audit_record(audit_account_register(), CODE_DUPLICATE_EMAIL, NULL, NULL, client, now);
		return answer_error(CODE_DUPLICATE_EMAIL, "email", "Email is already registered");
	}

	answer_start(&w);
	json_uuid(&w, "user_id", &user_id);
	json_text(&w, "email", email);
	json_text(&w, "message", "Registration successful. Please verify your email.");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_register);

/*
 * register(email text, password text, password_confirmation text, client
 * jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_register(PG_FUNCTION_ARGS)
{
	static const char *const required[] = { "email", "password", "password_confirmation" };
	Client client = client_argument(fcinfo, 3);
	Password password;
	Password confirmation;
	const char *weakness;
	Limits limits;
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	char *hash;
	Registration registration;

	jerry_require_primary("jerry.register()");
	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(i))
			return answer_required(required[i]);
	password = password_read(PG_GETARG_TEXT_PP(1));
	confirmation = password_read(PG_GETARG_TEXT_PP(2));

	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID)
		return address_refusal("email", verdict);
	if (!password_equal(&password, &confirmation))
		return answer_error(CODE_PASSWORD_MISMATCH, "password_confirmation",
							"Passwords do not match");
	weakness = password_weakness(&password, email);
	if (weakness != NULL)
		return answer_error(CODE_WEAK_PASSWORD, "password", weakness);

	if (!limit_allows_network(&limits, LIMIT_REGISTER_NETWORK, &client))
		return limits_refusal(&limits);

	/*
	 * The hash comes first: no lock is held while it is computed, and a taken
	 * address takes as long as a free one, and counts as much.
	 */
	hash = password_hash(&password);
	if (!limits_take(&limits))
		return limits_refusal(&limits);
	registration = (Registration){ email, hash, &limits };
	return hooks_around(HOOK_REGISTER, audit_account_register(), &client, register_hooked,
						&registration);
}

/*
 * The answer to a verification token that is not good, which is on record
 * unless there were too many.
 */
static Datum
refuse_verification(OneTimeVerdict verdict, const Client *client, TimestampTz now)
{
	ErrorCode code;
	Datum refusal = one_time_refuse(verdict, client, &code);

	if (code != CODE_RATE_LIMITED)
		audit_record(audit_account_verify(), code, NULL, NULL, client, now);
	return refusal;
}

PG_FUNCTION_INFO_V1(jerry_verify_email);

/* verify_email(token text, client jerry.client DEFAULT NULL) RETURNS json */
Datum
jerry_verify_email(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	OneTimeVerdict redeemed;
	Client client = client_argument(fcinfo, 1);
	StoredOneTimeToken token;
	StoredUser user;
	JsonWriter w;

	jerry_require_primary("jerry.verify_email()");
	if (PG_ARGISNULL(0))
		return answer_required("token");
	redeemed = one_time_redeem(token_argument(fcinfo, 0), ONE_TIME_VERIFY_EMAIL, now, &token);
	if (redeemed != ONE_TIME_GOOD)
		return refuse_verification(redeemed, &client, now);
	/*
	 * The user, and with it the token, may have been deleted before the row was
	 * held.
	 */
	if (!store_find_user(&token.user_id, PROBE_LATEST, &user))
		return refuse_verification(ONE_TIME_UNKNOWN, &client, now);
	account_verify(&user, &client, now);

	answer_start(&w);
	json_text(&w, "message", "Email verified successfully");
	json_uuid(&w, "user_id", &user.id);
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
	StoredProfile profile;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_ACCESS, &token);
	if (verdict != TOKEN_VALID)
	{
		Client client = client_argument(fcinfo, 1);

		return token_refusal_uncounted(verdict, &client);
	}
	if (!token.has_user)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!store_find_profile(&token.user_id, PROBE_STATEMENT, &user, &profile))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	if (!session_allows(&token, PROBE_STATEMENT))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);

	answer_start(&w);
	profile_write(&w, &user, &profile);
	return answer_finish(&w);
}
