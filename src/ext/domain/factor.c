/*
 * factor.c: see factor.h.
 */
#include "domain/factor.h"

#include "base/bytes.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/known_device.h"
#include "domain/limit.h"
#include "domain/session.h"
#include "store/recovery_code.h"
#include "store/totp.h"

void
factors_of(const pg_uuid_t *user_id, ProbeView view, Factors *factors)
{
	StoredTotp totp;

	memset(factors, 0, sizeof(*factors));
	if (store_find_totp(user_id, view, &totp) && !TIMESTAMP_IS_NOEND(totp.activated_at))
	{
		factors->has_totp = true;
		factors->totp_since = totp.activated_at;
	}
}

/* A try, and how often there may be one. */
typedef struct FactorTry
{
	const Token *caller; /* NULL: there is no session yet */
	StoredUser *user;
	const Client *client;
	AuditAction action;
	Limits limits;
} FactorTry;

/*
 * A device where the user has logged in has a count of its own: whoever knows
 * the password and guesses codes cannot lock the owner out there.
 */
static void
begin_try(FactorTry *try)
{
	const char *email = try->user->email;
	pg_uuid_t device;

	limits_begin(&try->limits);
	if (!try->limits.off && known_device_is(email, try->client->device_token, &device))
	{
		limit_add_device(&try->limits, LIMIT_SECOND_FACTOR_DEVICE, email, &device);
		return;
	}
	limit_add_account(&try->limits, LIMIT_SECOND_FACTOR_ACCOUNT, email);
	limit_add_account_network(&try->limits, LIMIT_SECOND_FACTOR_ACCOUNT_NETWORK, email,
							  try->client);
}

static bool
may_try(FactorTry *try, Datum *refusal)
{
	if (limits_allow(&try->limits))
		return true;
	*refusal = answer_wait(CODE_RATE_LIMITED, NULL, try->limits.retry_after);
	return false;
}

/*
 * Counts a wrong one.  With the first that is too many the owner is told, once
 * a day: somebody knows the password.
 */
static void
note_wrong(FactorTry *try, TimestampTz now)
{
	const StoredUser *user = try->user;
	Limits events = limits_of_same_call(&try->limits);

	audit_record(try->action, CODE_WRONG_CODE, &user->id,
				 try->caller != NULL && try->caller->has_session ? &try->caller->session_id : NULL,
				 try->client, now);
	limits_charge(&try->limits);
	if (limits_allow(&try->limits))
		return;
	limit_add_account(&events, LIMIT_SECOND_FACTOR_EVENT, user->email);
	if (limits_take(&events))
		event_emit(event_user_second_factor_lockout(&user->id, user->email,
													client_address(try->client), user->locale),
				   now);
}

/*
 * Holds the user, who is the one that the caller's session is of.
 */
static bool
hold(FactorTry *try, Datum *refusal)
{
	const Token *caller = try->caller;

	if (account_hold(&try->user->id, try->user) &&
		(caller == NULL || session_allows(caller, PROBE_LATEST)))
		return true;
	*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	return false;
}

static Datum
wrong_code(const char *field)
{
	return answer_error(CODE_WRONG_CODE, field, "Code is not correct");
}

/*
 * Is the code that of a user's app now, in a step that was not used?  An error
 * where the secret cannot be had: a recovery code helps then.
 */
static bool
app_shows(const pg_uuid_t *user_id, const text *typed, TimestampTz now, StoredTotp *totp,
		  int64 *step)
{
	FormedSecret secret;
	TotpVerdict verdict;

	if (!store_open_totp(user_id, totp, &secret))
		return false;
	if (secret.bytes == NULL)
		ereport(ERROR, (errcode(secret.why.code),
						errmsg("secret of an authenticator app cannot be opened"),
						errdetail("%s", secret.why.detail),
						errhint("Set jerry.key_file to the file that it is sealed with."),
						errhidestmt(true)));
	verdict = totp_check(secret.bytes, secret.n,
						 totp_read(VARDATA_ANY(typed), VARSIZE_ANY_EXHDR(typed)), unix_time(now),
						 totp->last_step, step);
	explicit_bzero(secret.bytes, secret.n);
	if (verdict == TOTP_FAILED)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute HMAC-SHA-1")));
	return verdict == TOTP_RIGHT;
}

/* Of a user who is held; used up if it is good. */
static bool
take_code(const StoredUser *user, const text *typed, TimestampTz now)
{
	StoredTotp totp;
	int64 step;

	return app_shows(&user->id, typed, now, &totp, &step) &&
		   !TIMESTAMP_IS_NOEND(totp.activated_at) && store_use_totp(&totp, step);
}

/* The same for what a recovery code is stored as. */
static bool
take_recovery_code(const FactorTry *try, const char *hash, TimestampTz now)
{
	const StoredUser *user = try->user;

	if (hash == NULL || !store_use_recovery_code(&user->id, hash))
		return false;
	event_emit(event_user_recovery_code_used(&user->id, user->email,
											 store_count_recovery_codes(&user->id),
											 client_address(try->client), user->locale),
			   now);
	return true;
}

bool
factor_check(const Token *caller, StoredUser *user, const FactorProof *proof, const Client *client,
			 AuditAction action, Datum *refusal)
{
	FactorTry try = { caller, user, client, action };
	const char *hash = NULL;
	TimestampTz now;

	if (proof->code == NULL && proof->recovery_code == NULL)
	{
		*refusal = answer_required("code");
		return false;
	}
	begin_try(&try);
	if (!may_try(&try, refusal))
		return false;
	if (proof->code == NULL)
		hash = recovery_hash(&user->id, proof->recovery_code);
	/* Those before it are counted by then. */
	if (!hold(&try, refusal) || !may_try(&try, refusal))
		return false;
	now = jerry_now();
	if (proof->code != NULL ? take_code(user, proof->code, now)
							: take_recovery_code(&try, hash, now))
		return true;
	note_wrong(&try, now);
	*refusal = wrong_code(proof->code != NULL ? "code" : "recovery_code");
	return false;
}

bool
factor_setup_totp(const pg_uuid_t *user_id, pg_uuid_t *id, uint8 secret[TOTP_SECRET_LENGTH],
				  TimestampTz now)
{
	*id = uuid_random();
	random_bytes(secret, TOTP_SECRET_LENGTH);
	return store_put_totp(user_id, id, secret, TOTP_SECRET_LENGTH, now);
}

/* Is there something that a user can still activate? */
static bool
is_pending(const pg_uuid_t *user_id, StoredTotp *totp, Datum *refusal)
{
	if (store_find_totp(user_id, PROBE_LATEST, totp))
	{
		if (!TIMESTAMP_IS_NOEND(totp->activated_at))
		{
			*refusal = answer_error(CODE_FACTOR_EXISTS, NULL, NULL);
			return false;
		}
		if (jerry_after(totp->created_at, FACTOR_SETUP_TTL) > jerry_now())
			return true;
	}
	*refusal = answer_error(CODE_FACTOR_NOT_FOUND, NULL, NULL);
	return false;
}

bool
factor_activate_totp(const Token *caller, StoredUser *user, const text *code, const Client *client,
					 RecoverySet **codes, Datum *refusal)
{
	FactorTry try = { caller, user, client, audit_factor_add(FACTOR_TOTP) };
	TimestampTz now = jerry_now();
	StoredTotp totp;
	StoredTotp shown;
	int64 step;

	if (!is_pending(&user->id, &totp, refusal))
		return false;
	begin_try(&try);
	if (!may_try(&try, refusal))
		return false;
	if (!app_shows(&user->id, code, now, &shown, &step))
	{
		note_wrong(&try, now);
		*refusal = wrong_code("code");
		return false;
	}
	*codes = recovery_set_make();
	if (!hold(&try, refusal))
		return false;
	/* Another call has activated it, or set up another one. */
	if (!store_activate_totp(&shown, step, now))
	{
		if (is_pending(&user->id, &totp, refusal))
			*refusal = wrong_code("code");
		return false;
	}
	recovery_set_store(*codes, &user->id, now);
	return true;
}

bool
factor_remove_totp(const pg_uuid_t *user_id)
{
	Factors left;

	if (!store_delete_totp(user_id))
		return false;
	factors_of(user_id, PROBE_LATEST, &left);
	if (!factors_enrolled(&left))
		store_delete_recovery_codes(user_id);
	return true;
}

void
factors_changed(const Token *caller, const Client *client, TimestampTz now)
{
	/* The id in a token without a session is zero, which no session has. */
	(void) session_end_all_of(&caller->user_id, &caller->session_id, ENDED_FACTOR, client, now);
}
