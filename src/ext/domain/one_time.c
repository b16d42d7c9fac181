/*
 * one_time.c: see one_time.h.
 */
#include "domain/one_time.h"

#include "base/settings.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/mail_limit.h"
#include "store/one_time_token.h"

#define TOKEN_BYTES	 32
#define TOKEN_LENGTH BASE64URL_LENGTH(TOKEN_BYTES)

/* What there is to know of a purpose. */
typedef struct Purpose
{
	const char *name; /* in the table */
	size_t ttl;		  /* the setting, by its place in Settings; 0: it is fixed */
	int fixed_ttl;
	/*
	 * Is a token that somebody asks for mailed to this user?  NULL: to
	 * everybody.  Never to who is banned.
	 */
	bool (*is_for)(const StoredUser *user);
	/* The event that carries it, if one_time_request() emits it. */
	Event (*requested)(const pg_uuid_t *user_id, const char *email, const char *token,
					   const char *locale);
	/* What is on record of a request. */
	AuditAction (*recorded)(void);
} Purpose;

static bool
is_not_verified(const StoredUser *user)
{
	return !user->is_email_verified;
}

/* Those that nobody can ask for by an address alone have no more than this. */
static const Purpose purposes[] = {
	[ONE_TIME_RESET_PASSWORD] = { "reset_password", offsetof(Settings, reset_ttl), 0, NULL,
								  event_user_password_reset_requested,
								  audit_account_request_reset },
	[ONE_TIME_VERIFY_EMAIL] = { "verify_email", offsetof(Settings, verification_ttl), 0,
								is_not_verified, event_user_verification_requested,
								audit_account_resend },
	[ONE_TIME_EMAIL_CHANGE_OLD] = { "email_change_old", offsetof(Settings, verification_ttl) },
	[ONE_TIME_EMAIL_CHANGE_NEW] = { "email_change_new", offsetof(Settings, verification_ttl) },
	[ONE_TIME_EMAIL_UNDO] = { "email_undo", 0, ONE_TIME_UNDO_TTL },
	[ONE_TIME_INVITE] = { "invite", 0, ONE_TIME_INVITE_TTL },
	[ONE_TIME_LOGIN_CODE] = { "login_code", 0, ONE_TIME_CODE_TTL, NULL, NULL,
							  audit_account_request_login_code },
	[ONE_TIME_SECOND_STEP] = { "mfa", 0, ONE_TIME_SECOND_STEP_TTL },
};

static int
ttl_of(const Purpose *purpose)
{
	return purpose->fixed_ttl > 0 ? purpose->fixed_ttl
								  : *(const int *) ((const char *) settings() + purpose->ttl);
}

void
one_time_put(OneTimePurpose purpose, const uint8 *hash, const pg_uuid_t *user_id,
			 const char *email, const char *data, TimestampTz now)
{
	const Purpose *p = &purposes[purpose];

	store_put_one_time_token(hash, p->name, user_id, email, data, now,
							 jerry_after(now, ttl_of(p)));
}

bool
one_time_try(OneTimePurpose purpose, const uint8 *hash, int max, TimestampTz now,
			 StoredOneTimeToken *found)
{
	return store_try_one_time_token(hash, purposes[purpose].name, max, now, found);
}

void
one_time_put_newcomer(OneTimePurpose purpose, const uint8 *hash, const char *email,
					  const char *data, TimestampTz now)
{
	store_put_newcomer(hash, purposes[purpose].name, email, data, now,
					   jerry_after(now, ttl_of(&purposes[purpose])));
}

bool
one_time_try_newcomer(OneTimePurpose purpose, const uint8 *hash, int max, TimestampTz now,
					  StoredOneTimeToken *found)
{
	return store_try_newcomer(hash, purposes[purpose].name, max, now, found);
}

bool
one_time_find(OneTimePurpose purpose, const uint8 *hash, StoredOneTimeToken *found)
{
	return store_find_one_time_token(hash, purposes[purpose].name, found);
}

char *
one_time_issue(OneTimePurpose purpose, const pg_uuid_t *user_id, const char *email,
			   const char *data, TimestampTz now)
{
	uint8 random[TOKEN_BYTES];
	uint8 hash[SHA256_LENGTH];
	char *token = palloc0(TOKEN_LENGTH + 1);

	random_bytes(random, sizeof(random));
	base64url_encode(random, sizeof(random), token);
	sha256(token, TOKEN_LENGTH, hash);
	one_time_put(purpose, hash, user_id, email, data, now);
	return token;
}

bool
one_time_ask(OneTimePurpose purpose, const char *email, const Client *client, MailRequest *asked,
			 Datum *refusal)
{
	const Purpose *p = &purposes[purpose];
	Limits network;
	bool known;

	if (!limit_allows_network(&network, LIMIT_MAIL_NETWORK, client) || !limits_take(&network))
	{
		*refusal = limits_refusal(&network);
		return false;
	}
	asked->may_mail = mail_limit_takes(&network, email);
	asked->now = jerry_now();
	known = store_find_user_by_email(email, HOLD_ALONE, &asked->user);
	asked->is_due = known && asked->may_mail && !account_is_banned(&asked->user, asked->now) &&
					(p->is_for == NULL || p->is_for(&asked->user));
	audit_record(p->recorded(), AUDIT_OK, known ? &asked->user.id : NULL, NULL, client,
				 asked->now);
	return true;
}

bool
one_time_request(OneTimePurpose purpose, const char *email, const Client *client, Datum *refusal)
{
	const Purpose *p = &purposes[purpose];
	MailRequest asked;

	if (!one_time_ask(purpose, email, client, &asked, refusal))
		return false;
	if (asked.is_due)
	{
		char *token = one_time_issue(purpose, &asked.user.id, asked.user.email, NULL, asked.now);

		event_emit(p->requested(&asked.user.id, asked.user.email, token, asked.user.locale),
				   asked.now);
	}
	else
	{
		static const pg_uuid_t nobody;
		char token[TOKEN_LENGTH + 1] = { 0 };

		memset(token, '-', TOKEN_LENGTH);
		event_rehearse(p->requested(&nobody, email, token, NULL), asked.now);
	}
	return true;
}

bool
one_time_hash(const text *token, uint8 hash[SHA256_LENGTH])
{
	if (token == NULL || VARSIZE_ANY_EXHDR(token) != TOKEN_LENGTH)
		return false;
	sha256(VARDATA_ANY(token), TOKEN_LENGTH, hash);
	return true;
}

OneTimeVerdict
one_time_look(const text *token, OneTimePurpose purpose, TimestampTz now,
			  StoredOneTimeToken *found)
{
	uint8 hash[SHA256_LENGTH];

	if (!one_time_hash(token, hash) ||
		!store_find_one_time_token(hash, purposes[purpose].name, found))
		return ONE_TIME_UNKNOWN;
	return found->expires_at > now ? ONE_TIME_GOOD : ONE_TIME_EXPIRED;
}

OneTimeVerdict
one_time_redeem(const text *token, OneTimePurpose purpose, TimestampTz now,
				StoredOneTimeToken *found)
{
	const char *name = purposes[purpose].name;
	uint8 hash[SHA256_LENGTH];

	if (!one_time_hash(token, hash))
		return ONE_TIME_UNKNOWN;
	if (store_redeem_one_time_token(hash, name, now, found))
		return ONE_TIME_GOOD;
	return store_find_one_time_token(hash, name, found) ? ONE_TIME_EXPIRED : ONE_TIME_UNKNOWN;
}

void
one_time_end(const uint8 *hash)
{
	store_delete_one_time_token(hash);
}

TimestampTz
one_time_pending_until(OneTimePurpose purpose, const pg_uuid_t *user_id)
{
	StoredOneTimeToken found;

	return store_find_one_time_token_of(user_id, purposes[purpose].name, &found) ? found.expires_at
																				 : DT_NOBEGIN;
}

bool
one_time_remember(OneTimePurpose purpose, const pg_uuid_t *user_id, const char *data)
{
	return store_set_one_time_data(user_id, purposes[purpose].name, data);
}

void
one_time_forget(OneTimePurpose purpose, const pg_uuid_t *user_id)
{
	store_delete_one_time_token_of(user_id, purposes[purpose].name);
}

void
one_time_forget_all(const pg_uuid_t *user_id)
{
	store_delete_other_one_time_tokens_of(user_id, purposes[ONE_TIME_EMAIL_UNDO].name);
}

Datum
one_time_refuse(OneTimeVerdict verdict, const Client *client, ErrorCode *code)
{
	ErrorCode why = verdict == ONE_TIME_EXPIRED ? CODE_EXPIRED_TOKEN : CODE_INVALID_TOKEN;
	Limits guesses;
	bool too_many = verdict == ONE_TIME_UNKNOWN &&
					(!limit_allows_network(&guesses, LIMIT_MAIL_TOKEN_NETWORK, client) ||
					 !limits_take(&guesses));

	if (code != NULL)
		*code = too_many ? CODE_RATE_LIMITED : why;
	return too_many ? limits_refusal(&guesses) : answer_error(why, NULL, NULL);
}
