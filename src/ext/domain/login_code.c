/*
 * login_code.c: see login_code.h.
 */
#include "domain/login_code.h"

#include "base/settings.h"
#include "base/uuid.h"
#include "domain/event.h"
#include "domain/installation_secret.h"
#include "store/row.h"
#include "utils/builtins.h"

#define FLOW_BYTES		  18
#define SECRET_BYTES	  24
#define SECRET_LENGTH	  32
#define CODE_TOKEN_LENGTH (LOGIN_FLOW_LENGTH + SECRET_LENGTH)
#define CODE_LENGTH		  6
#define CODES			  1000000
#define CODE_TRIES_MAX	  5

/* What is mailed, terminated; the token begins with the flow. */
typedef struct LoginCode
{
	char token[CODE_TOKEN_LENGTH + 1];
	char code[CODE_LENGTH + 1];
} LoginCode;

/* A digest as it is stored, in base64url. */
typedef struct Digest
{
	char text[BASE64URL_LENGTH(SHA256_LENGTH) + 1];
} Digest;

_Static_assert(BASE64URL_LENGTH(FLOW_BYTES) == LOGIN_FLOW_LENGTH, "the length of a flow");
_Static_assert(BASE64URL_LENGTH(SECRET_BYTES) == SECRET_LENGTH, "the length of its secret");

static LoginCode
make_code(void)
{
	LoginCode made = { 0 };
	uint8 random[FLOW_BYTES + SECRET_BYTES];
	uint64 number;

	random_bytes(random, sizeof(random));
	base64url_encode(random, FLOW_BYTES, made.token);
	base64url_encode(random + FLOW_BYTES, SECRET_BYTES, made.token + LOGIN_FLOW_LENGTH);
	/* Of 64 bits nobody sees that some codes are a little more likely. */
	random_bytes((uint8 *) &number, sizeof(number));
	snprintf(made.code, sizeof(made.code), "%06d", (int) (number % CODES));
	return made;
}

static Digest
as_digest(const uint8 digest[SHA256_LENGTH])
{
	Digest result = { 0 };

	base64url_encode(digest, SHA256_LENGTH, result.text);
	return result;
}

/* A million codes are soon tried out by whoever has no secret to find. */
static Digest
code_digest(const char *flow, const char *code)
{
	/* Nothing else that is authenticated with this secret begins so. */
	char *named = psprintf("login code %.*s %.*s", LOGIN_FLOW_LENGTH, flow, CODE_LENGTH, code);
	uint8 mac[SHA256_LENGTH];

	hmac_sha256(installation_secret(), named, strlen(named), mac);
	return as_digest(mac);
}

static Digest
token_digest(const char *token)
{
	uint8 hash[SHA256_LENGTH];

	sha256(token, CODE_TOKEN_LENGTH, hash);
	return as_digest(hash);
}

/* new_id: of the account that the code is to make, or NULL. */
static const char *
code_data(const LoginCode *made, const pg_uuid_t *new_id)
{
	JsonWriter w;

	json_start(&w);
	json_text(&w, "code", code_digest(made->token, made->code).text);
	json_text(&w, "token", token_digest(made->token).text);
	if (new_id != NULL)
		json_uuid(&w, "user_id", new_id);
	json_end(&w);
	return w.buf.data;
}

/* A member of what a token remembers; NULL: there is none. */
static char *
code_member(const StoredOneTimeToken *found, const char *name)
{
	return found->data == NULL ? NULL : json_string_of(cstring_to_text(found->data), name);
}

/* Is a digest the one that a token remembers by this name? */
static bool
code_matches(const StoredOneTimeToken *found, const char *name, const Digest *digest)
{
	char *stored = code_member(found, name);

	return stored != NULL && strlen(stored) == strlen(digest->text) &&
		   bytes_equal(stored, digest->text, strlen(stored));
}

/* Codes make accounts; not before the update of the extension. */
static bool
codes_register(void)
{
	return settings()->code_registration && tables_are_updated();
}

/*
 * Is an address nobody's, so that it may get an account?  All of it is looked
 * for whatever is found, as the time tells.
 */
static bool
is_free(const char *email, TimestampTz now)
{
	static const pg_uuid_t nobody;
	StoredUser user;
	bool is_taken = store_find_user_by_email(email, HOLD_NOT, &user);
	bool is_kept = store_address_is_kept(email, &nobody, now);

	return !is_taken && !is_kept;
}

char *
login_code_request(const char *email, bool may_register, const Client *client, Datum *refusal)
{
	LoginCode made = make_code();
	pg_uuid_t new_id = uuid_random();
	const char *data;
	uint8 hash[SHA256_LENGTH];
	MailRequest asked;
	bool is_newcomer;

	if (!one_time_ask(ONE_TIME_LOGIN_CODE, email, client, &asked, refusal))
		return NULL;
	is_newcomer = may_register && codes_register() && is_free(email, asked.now) && asked.may_mail;
	data = code_data(&made, is_newcomer ? &new_id : NULL);
	sha256(made.token, LOGIN_FLOW_LENGTH, hash);
	if (asked.is_due)
	{
		const StoredUser *user = &asked.user;

		one_time_put(ONE_TIME_LOGIN_CODE, hash, &user->id, user->email, data, asked.now);
		event_emit(event_user_login_code_requested(&user->id, user->email, made.code, made.token,
												   user->locale),
				   asked.now);
	}
	else if (is_newcomer)
	{
		one_time_put_newcomer(ONE_TIME_LOGIN_CODE, hash, email, data, asked.now);
		event_emit(event_user_login_code_requested(&new_id, email, made.code, made.token, NULL),
				   asked.now);
	}
	else
	{
		static const pg_uuid_t nobody;

		event_rehearse(event_user_login_code_requested(&nobody, email, made.code, made.token, NULL),
					   asked.now);
	}
	return pnstrdup(made.token, LOGIN_FLOW_LENGTH);
}

/* Whoever has a token may know that it was good once. */
static OneTimeVerdict
verdict_of_late(const uint8 *hash, const Digest *digest, TimestampTz now)
{
	StoredOneTimeToken found;

	return one_time_find(ONE_TIME_LOGIN_CODE, hash, &found) && found.expires_at <= now &&
				   code_matches(&found, "token", digest)
			   ? ONE_TIME_EXPIRED
			   : ONE_TIME_UNKNOWN;
}

OneTimeVerdict
login_code_redeem(const text *flow, const text *code, const text *token, TimestampTz now,
				  CodeHolder *holder)
{
	static const pg_uuid_t nobody;
	const text *key = token != NULL ? token : flow;
	Digest digest;
	StoredOneTimeToken found;
	StoredOneTimeToken newcomer;
	bool is_newcomer;

	memset(holder, 0, sizeof(*holder));
	if (VARSIZE_ANY_EXHDR(key) != (token != NULL ? CODE_TOKEN_LENGTH : LOGIN_FLOW_LENGTH) ||
		(token == NULL && VARSIZE_ANY_EXHDR(code) != CODE_LENGTH))
		return ONE_TIME_UNKNOWN;
	sha256(VARDATA_ANY(key), LOGIN_FLOW_LENGTH, holder->hash);
	digest = token != NULL ? token_digest(VARDATA_ANY(token))
						   : code_digest(VARDATA_ANY(flow), VARDATA_ANY(code));
	holder->known = one_time_try(ONE_TIME_LOGIN_CODE, holder->hash, CODE_TRIES_MAX, now, &found);
	/* In any case, as the time tells. */
	is_newcomer = codes_register() && one_time_try_newcomer(ONE_TIME_LOGIN_CODE, holder->hash,
															CODE_TRIES_MAX, now, &newcomer);
	if (is_newcomer)
		found = newcomer;
	if (!holder->known && !is_newcomer)
	{
		/* As much is written as for a try. */
		event_rehearse(event_user_login_code_requested(&nobody, "", "", "", NULL), now);
		return token != NULL ? verdict_of_late(holder->hash, &digest, now) : ONE_TIME_UNKNOWN;
	}
	holder->user.id = found.user_id;
	if (!code_matches(&found, token != NULL ? "token" : "code", &digest))
		return ONE_TIME_UNKNOWN;
	if (is_newcomer)
	{
		char *id = code_member(&found, "user_id");

		if (id == NULL || !uuid_read(id, &holder->newcomer_id))
			return ONE_TIME_UNKNOWN;
		holder->newcomer = found.email;
		return ONE_TIME_GOOD;
	}
	if (!store_find_user(&found.user_id, PROBE_LATEST, &holder->user))
		return ONE_TIME_UNKNOWN;
	one_time_forget(ONE_TIME_LOGIN_CODE, &holder->user.id);
	return ONE_TIME_GOOD;
}

void
login_code_forget(const CodeHolder *holder)
{
	store_delete_newcomer(holder->hash);
}
