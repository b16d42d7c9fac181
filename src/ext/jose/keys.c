/*
 * keys.c
 *		See keys.h.
 *
 * The cache is invalidated through the relation cache: a row trigger on jerry.signing_key announces a change, the announcement travels with
 * the commit to every session and every standby, and an aborted change is taken back the same way.
 * Where that trigger does not fire, because somebody has turned it off, the
 * age of the cache bounds how long a retired key is trusted.
 */
#include "jose/keys.h"

#include <ctype.h>

#include "store/store.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#define KID_LENGTH			16
#define FIRST_SECRET_LENGTH 32
#define CACHE_SECONDS		60
#define DIFFERENT_BYTES_MIN 6  /* a random key of 32 decimal digits has as many */
#define PERIOD_MIN			16 /* a secret that repeats fewer bytes than that is as good as those */

/*
 * The headers that a key accepts, as the common libraries write them; the first of each list is ours.  A key that was imported also verifies the
 * tokens of services that know the secret but not our kid.
 */
static const char *const headers_with_kid[] = {
	"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
	"{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	"{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"%s\"}",
	"{\"typ\":\"JWT\",\"kid\":\"%s\",\"alg\":\"HS256\"}",
	"{\"kid\":\"%s\",\"alg\":\"HS256\",\"typ\":\"JWT\"}",
	"{\"kid\":\"%s\",\"typ\":\"JWT\",\"alg\":\"HS256\"}",
	"{\"alg\":\"HS256\",\"kid\":\"%s\"}",
};
static const char *const headers_without_kid[] = {
	"{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
	"{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
	"{\"alg\":\"HS256\"}",
};

StaticAssertDecl(lengthof(headers_with_kid) + lengthof(headers_without_kid) <= KEY_HEADERS_MAX, "room for every header");

static SigningKey *cache = NULL;
static MemoryContext cache_context = NULL; /* all that belongs to it */
static int cache_size = 0;
static Oid cache_relation = InvalidOid;

/* the cache is right as long as no change was announced since before it was read */
static uint64 changes_announced = 1;
static uint64 changes_read = 0;
static TimestampTz read_at = 0;

static void
announce(Datum arg, Oid relation)
{
	if (relation == cache_relation || !OidIsValid(relation))
		changes_announced++;
}

static void
add_header(SigningKey *key, const char *format, const char *kid)
{
	char json[KEY_HEADER_LENGTH_MAX];
	KeyHeader *header = &key->headers[key->nheaders++];
	int n = snprintf(json, sizeof(json), format, kid);

	Assert(BASE64URL_LENGTH(n) <= KEY_HEADER_LENGTH_MAX);
	header->length = base64url_encode((const uint8 *) json, n, header->text);
}

static void
fill(SigningKey *key, const StoredKey *stored)
{
	memset(key, 0, sizeof(*key));
	key->hmac = hmac_key(stored->secret, stored->secret_length);
	key->active = stored->active;
	key->imported = stored->imported;
	for (int i = 0; i < lengthof(headers_with_kid); i++)
		add_header(key, headers_with_kid[i], stored->kid);
	for (int i = 0; stored->imported && i < lengthof(headers_without_kid); i++)
		add_header(key, headers_without_kid[i], NULL);
}

static void
load(TimestampTz now)
{
	static bool registered = false;
	StoredKey *stored;
	SigningKey *keys;
	MemoryContext context;
	MemoryContext old;
	uint64 changes;
	int n;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(announce, (Datum) 0);
		registered = true;
	}
	cache_relation = store_key_relation();
	changes = changes_announced; /* one that is announced while the keys are read is not among those read */
	stored = store_load_keys(&n);
	context = AllocSetContextCreate(CurrentMemoryContext, "jerry signing keys", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	keys = palloc(Max(n, 1) * sizeof(SigningKey));
	for (int i = 0; i < n; i++)
	{
		fill(&keys[i], &stored[i]);
		explicit_bzero(stored[i].secret, stored[i].secret_length);
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, TopMemoryContext);
	if (cache_context != NULL)
		MemoryContextDelete(cache_context);
	cache_context = context;
	cache = keys;
	cache_size = n;
	changes_read = changes;
	read_at = now;
}

static void
make_current(TimestampTz now)
{
	AcceptInvalidationMessages();
	/* a clock that was set back must not make the cache young again */
	if (changes_read != changes_announced || now < read_at ||
		now >= jerry_after(read_at, CACHE_SECONDS))
		load(now);
}

static void
hex(const uint8 *bytes, int n, char *out)
{
	for (int i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void
key_make_first(TimestampTz now)
{
	uint8 random[KID_LENGTH / 2];
	char kid[KID_LENGTH + 1];
	uint8 secret[FIRST_SECRET_LENGTH];

	make_current(now);
	if (cache_size > 0)
		return;
	random_bytes(random, sizeof(random));
	hex(random, sizeof(random), kid);
	random_bytes(secret, sizeof(secret));
	/* of several sessions that find no key one gets its own in; all go on with that one */
	store_insert_first_key(kid, secret, sizeof(secret), now);
	explicit_bzero(secret, sizeof(secret));
	changes_announced++;
}

const SigningKey *
key_for_signing(TimestampTz now)
{
	make_current(now);
	for (int i = 0; i < cache_size; i++)
		if (cache[i].active)
			return &cache[i];
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("there is no active signing key"),
					errhint("Make one key of jerry.signing_key active.")));
}

const SigningKey *
key_for_token(const char *token, int length, const SigningKey *after, TimestampTz now,
			  int *header_length)
{
	if (after == NULL)
		make_current(now);
	for (const SigningKey *key = after == NULL ? cache : after + 1; key < cache + cache_size; key++)
		for (int i = 0; i < key->nheaders; i++)
		{
			const KeyHeader *header = &key->headers[i];

			if (length > header->length && token[header->length] == '.' && memcmp(token, header->text, header->length) == 0)
			{
				*header_length = header->length;
				return key;
			}
		}
	return NULL;
}

PG_FUNCTION_INFO_V1(jerry_signing_key_changed);

/* signing_key_changed() RETURNS trigger */
Datum
jerry_signing_key_changed(PG_FUNCTION_ARGS)
{
	return store_announce_change(fcinfo);
}

/* does a secret begin again after a few bytes? */
static bool
repeats(const uint8 *secret, int length)
{
	for (int n = 1; n < Min(length, PERIOD_MIN); n++)
		if (memcmp(secret, secret + n, length - n) == 0)
			return true;
	return false;
}

/* why somebody may guess a secret, as a sentence; NULL when nothing is seen */
static const char *
weakness(const uint8 *secret, int length)
{
	/* RFC 7515, A.1 */
	static const char rfc_example[] =
		"\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f"
		"\x5a\xb3\x28\xe6\xf0\x54\xc9\x28\xa9\x0f\x84\xb2\xd2\x50\x2e\xbf"
		"\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62\x3d\x22"
		"\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3";
	static const char *const examples[] = {
		"your-super-secret-jwt-key-change-this-in-production",
		"generate-long-random-key-use-openssl",
		"test-secret-key-for-testing",
		"a-string-secret-at-least-256-bits-long",
		"super-secret-jwt-token-with-at-least-32-characters-long",
		"your-super-secret-jwt-token-with-at-least-32-characters-long",
		"reallyreallyreallyreallyverysafe",
	};
	bool seen[256] = { false };
	int different = 0;

	for (int i = 0; i < lengthof(examples); i++)
	{
		int n = strlen(examples[i]);

		/* with something behind it, it is known no less */
		if (length >= n && memcmp(secret, examples[i], n) == 0)
			return "It is a published example.";
	}
	if (length == sizeof(rfc_example) - 1 && memcmp(secret, rfc_example, length) == 0)
		return "It is a published example.";
	for (int i = 0; i < length; i++)
	{
		different += !seen[secret[i]];
		seen[secret[i]] = true;
	}
	if (different < DIFFERENT_BYTES_MIN)
		return "It has hardly any different bytes.";
	if (repeats(secret, length))
		return "It repeats a few bytes.";
	return NULL;
}

static text *
import(const uint8 *secret, int length, bool allow_weak)
{
	uint8 digest[SHA256_LENGTH];
	char kid[KID_LENGTH + 1];
	const char *reason;

	if (length < JERRY_SECRET_MIN || length > JERRY_SECRET_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret must have %d to %d bytes", JERRY_SECRET_MIN, JERRY_SECRET_MAX),
						errhint("Generate one with: openssl rand -base64 48"),
						errhidestmt(true)));
	reason = allow_weak ? NULL : weakness(secret, length);
	if (reason != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret can be guessed"),
						errdetail("%s", reason),
						errhint("Generate one with: openssl rand -base64 48"),
						errhidestmt(true)));
	/* the same secret has the same kid on every server, and is the same key when it is imported again */
	sha256(secret, length, digest);
	hex(digest, KID_LENGTH / 2, kid);
	if (!store_import_key(kid, secret, length, jerry_now()))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("this key was retired"),
						errhint("Import another secret; all tokens of this one would be valid again."),
						errhidestmt(true)));
	return cstring_to_text(kid);
}

/* version 1.1 of the SQL has no second argument */
static bool
allow_weak_argument(FunctionCallInfo fcinfo)
{
	return PG_NARGS() > 1 && PG_GETARG_BOOL(1);
}

/* what psql and psycopg send for bytes, when nobody says that they are */
static bool
is_bytea_literal(const char *secret, int length)
{
	if (length % 2 != 0 || secret[0] != '\\' || secret[1] != 'x')
		return false;
	for (int i = 2; i < length; i++)
		if (!isxdigit((unsigned char) secret[i]))
			return false;
	return true;
}

PG_FUNCTION_INFO_V1(jerry_import_key);

/* import_key(secret text, allow_weak boolean DEFAULT false) RETURNS text */
Datum
jerry_import_key(PG_FUNCTION_ARGS)
{
	text *secret = PG_GETARG_TEXT_PP(0);
	const char *bytes = VARDATA_ANY(secret);
	int length = VARSIZE_ANY_EXHDR(secret);

	if (length >= JERRY_SECRET_MIN && is_bytea_literal(bytes, length))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret is the text of a bytea"),
						errhint("Cast it to bytea."),
						errhidestmt(true)));
	PG_RETURN_TEXT_P(import((const uint8 *) bytes, length, allow_weak_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_import_key_bytes);

/* import_key(secret bytea, allow_weak boolean DEFAULT false) RETURNS text */
Datum
jerry_import_key_bytes(PG_FUNCTION_ARGS)
{
	bytea *secret = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_TEXT_P(import((const uint8 *) VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret),
							allow_weak_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_key_weakness);

/* key_weakness(secret bytea) RETURNS text */
Datum
jerry_key_weakness(PG_FUNCTION_ARGS)
{
	bytea *secret = PG_GETARG_BYTEA_PP(0);
	const char *reason = weakness((const uint8 *) VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret));

	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}
