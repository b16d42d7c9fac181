/*
 * keys.c
 *		See keys.h.
 *
 * The cache is invalidated through the relation cache: a row trigger on jerry.signing_key announces a change, the announcement travels with
 * the commit to every session and every standby, and an aborted change is taken back the same way.
 * Where that trigger does not fire, because somebody has turned it off, the
 * age of the cache bounds how long a retired key is trusted.
 */
#include "keys.h"

#include "commands/trigger.h"
#include "store.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define KID_LENGTH			16
#define FIRST_SECRET_LENGTH 32
#define CACHE_SECONDS		60

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
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("function was not called by a trigger")));
	CacheInvalidateRelcacheByRelid(RelationGetRelid(((TriggerData *) fcinfo->context)->tg_relation));
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(jerry_import_key);

/* import_key(secret text) RETURNS text */
Datum
jerry_import_key(PG_FUNCTION_ARGS)
{
	text *secret = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(secret);
	uint8 digest[SHA256_LENGTH];
	char kid[KID_LENGTH + 1];

	if (length < JERRY_SECRET_MIN || length > JERRY_SECRET_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret must have %d to %d bytes", JERRY_SECRET_MIN, JERRY_SECRET_MAX),
						errhint("Generate one with: openssl rand -base64 48"),
						errhidestmt(true)));
	/* the same secret has the same kid on every server, and is the same key when it is imported again */
	sha256(VARDATA_ANY(secret), length, digest);
	hex(digest, KID_LENGTH / 2, kid);
	if (!store_import_key(kid, (const uint8 *) VARDATA_ANY(secret), length, jerry_now()))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("this key was retired"),
						errhint("Import another secret; all tokens of this one would be valid again."),
						errhidestmt(true)));
	PG_RETURN_TEXT_P(cstring_to_text(kid));
}
