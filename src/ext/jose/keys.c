/*
 * keys.c: see keys.h.
 *
 * The cache is invalidated through the relation cache: a row trigger on
 * jerry.signing_key announces a change, the announcement travels with the
 * commit to every session and every standby, and an aborted change is taken
 * back the same way.  Where that trigger does not fire, because somebody has
 * turned it off, the age of the cache bounds how long a retired key is trusted.
 */
#include "jose/keys.h"

#include "jose/key_life.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#define CACHE_SECONDS 60

/*
 * The headers that a key accepts, as the common libraries write them, with the
 * name of its algorithm and its kid; the first of each list is ours.  A key
 * that was imported also verifies the tokens of services that know the secret
 * but not our kid.
 */
static const char *const headers_with_kid[] = {
	"{\"alg\":\"%1$s\",\"typ\":\"JWT\",\"kid\":\"%2$s\"}",
	"{\"alg\":\"%1$s\",\"kid\":\"%2$s\",\"typ\":\"JWT\"}",
	"{\"typ\":\"JWT\",\"alg\":\"%1$s\",\"kid\":\"%2$s\"}",
	"{\"typ\":\"JWT\",\"kid\":\"%2$s\",\"alg\":\"%1$s\"}",
	"{\"kid\":\"%2$s\",\"alg\":\"%1$s\",\"typ\":\"JWT\"}",
	"{\"kid\":\"%2$s\",\"typ\":\"JWT\",\"alg\":\"%1$s\"}",
	"{\"alg\":\"%1$s\",\"kid\":\"%2$s\"}",
};
static const char *const headers_without_kid[] = {
	"{\"alg\":\"%1$s\",\"typ\":\"JWT\"}",
	"{\"typ\":\"JWT\",\"alg\":\"%1$s\"}",
	"{\"alg\":\"%1$s\"}",
};

StaticAssertDecl(lengthof(headers_with_kid) + lengthof(headers_without_kid) <= KEY_HEADERS_MAX,
				 "room for every header");

static SigningKey *cache = NULL;
static MemoryContext cache_context = NULL; /* all that belongs to it */
static int cache_size = 0;
static Oid cache_relation = InvalidOid;

/*
 * The cache is valid while no invalidation has arrived since just before it was
 * loaded.
 */
static uint64 changes_announced = 1;
static uint64 changes_read = 0;
static TimestampTz read_at = 0;

/* The server announces that a relation has changed. */
static void
keys_announced(Datum arg, Oid relation)
{
	if (relation == cache_relation || !OidIsValid(relation))
		changes_announced++;
}

/* One more header that the key accepts. */
static void
add_header(SigningKey *key, const char *format, const char *algorithm, const char *kid)
{
	char json[KEY_HEADER_LENGTH_MAX];
	KeyHeader *header = &key->headers[key->nheaders++];
	int n = snprintf(json, sizeof(json), format, algorithm, kid);

	Assert(BASE64URL_LENGTH(n) <= KEY_HEADER_LENGTH_MAX);
	header->length = base64url_encode((const uint8 *) json, n, header->text);
}

/* In the cache, as all of a key. */
static const SealedFor *
copy_reason(const SealedFor *reason)
{
	SealedFor *copy = palloc(sizeof(*copy));

	copy->code = reason->code;
	copy->detail = pstrdup(reason->detail);
	return copy;
}

/* Is there nothing of a key with which it could be used? */
static bool
is_shut(const StoredKey *key)
{
	return key->closed != NULL && key->public_key == NULL;
}

/* What of a key is in the cache. */
static void
fill_key(SigningKey *key, const StoredKey *stored)
{
	const char *algorithm = stored->algorithm;
	const KeyParts parts = { algorithm_by_name(algorithm), stored->secret, stored->secret_length,
							 stored->public_key, stored->public_length };

	memset(key, 0, sizeof(*key));
	key->kid = pstrdup(stored->kid);
	key->algorithm = parts.algorithm;
	if (stored->closed != NULL)
		key->closed = copy_reason(stored->closed);
	if (parts.algorithm != NULL && !is_shut(stored))
		key->object = algorithm_load(&parts);
	if (key->object == NULL && !is_shut(stored))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("signing key \"%s\" is no key of %s", stored->kid, algorithm)));
	key->active = stored->status == KEY_ACTIVE;
	key->imported = stored->imported;
	for (int i = 0; i < lengthof(headers_with_kid); i++)
		add_header(key, headers_with_kid[i], algorithm, stored->kid);
	for (int i = 0; stored->imported && i < lengthof(headers_without_kid); i++)
		add_header(key, headers_without_kid[i], algorithm, stored->kid);
}

static void
swap_keys(SigningKey *a, SigningKey *b)
{
	SigningKey other = *a;

	*a = *b;
	*b = other;
}

/*
 * Reads all keys that are not retired into a new cache, the active ones first
 * and those that are of no use last.
 * One that will sign verifies already: a standby may hear of its first token
 * before it hears that it is active.
 */
static void
load_keys(TimestampTz now)
{
	static bool registered = false;
	StoredKeys stored;
	SigningKey *keys;
	MemoryContext context;
	MemoryContext old;
	uint64 changes;
	int n = 0;
	int active = 0;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(keys_announced, (Datum) 0);
		registered = true;
	}
	cache_relation = store_key_relation();
	/* One that is announced while the keys are read is not among those read. */
	changes = changes_announced;
	stored = store_load_keys();
	context =
		AllocSetContextCreate(CurrentMemoryContext, "jerry signing keys", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	keys = palloc(Max(stored.n, 1) * sizeof(SigningKey));
	for (int i = 0; i < 2 * stored.n; i++)
	{
		const StoredKey *key = &stored.keys[i % stored.n];

		if (key->status == KEY_RETIRED || is_shut(key) != (i >= stored.n))
			continue;
		fill_key(&keys[n++], key);
		if (key->status == KEY_ACTIVE && !is_shut(key))
			swap_keys(&keys[active++], &keys[n - 1]);
	}
	store_wipe_keys(&stored);
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

/* The cache, as it should be now. */
static void
make_current(TimestampTz now)
{
	AcceptInvalidationMessages();
	/* A clock that was set back must not make the cache young again. */
	if (changes_read != changes_announced || now < read_at ||
		now >= jerry_after(read_at, CACHE_SECONDS))
		load_keys(now);
}

/*
 * The key file may have come since the keys were read: true if they are read
 * again, for the first time in this call.
 */
static bool
look_again(TimestampTz now)
{
	if (read_at == now)
		return false;
	load_keys(now);
	return true;
}

static void
raise_closed(const char *kid, const SealedFor *reason)
{
	ereport(ERROR, (errcode(reason->code), errmsg("signing key \"%s\" cannot be opened", kid),
					errdetail("%s", reason->detail),
					errhint("Set jerry.key_file to the file that it is sealed with."),
					errhidestmt(true)));
}

/* The key, unless its secret is needed and sealed: then an error. */
static const SigningKey *
require_open(const SigningKey *key)
{
	if (key->closed != NULL)
		raise_closed(key->kid, key->closed);
	return key;
}

/* The key in the cache that is of this kind, and active if it has to be. */
static const SigningKey *
cached_key(bool symmetric, bool active)
{
	for (int i = 0; i < cache_size; i++)
		if ((cache[i].algorithm == &algorithm_hs256) == symmetric &&
			(cache[i].active || !active))
			return &cache[i];
	return NULL;
}

static void
make_first(bool access, TimestampTz now)
{
	keys_make_first(access, now);
	changes_announced++;
	make_current(now);
}

const SigningKey *
key_for_refresh(TimestampTz now)
{
	const SigningKey *key;

	make_current(now);
	if (cached_key(true, false) == NULL)
		make_first(cached_key(false, true) == NULL, now);
	key = cached_key(true, true);
	if (key == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("there is no active signing key"),
						errhint("Make one key of jerry.signing_key active.")));
	if (key->closed != NULL && look_again(now))
		return key_for_refresh(now);
	return require_open(key);
}

const SigningKey *
key_for_access(TimestampTz now)
{
	const SigningKey *key;

	make_current(now);
	key = cached_key(false, true);
	if (key == NULL && cached_key(true, false) == NULL)
	{
		make_first(true, now);
		key = cached_key(false, true);
	}
	if (key == NULL)
		return key_for_refresh(now);
	if (key->closed != NULL && look_again(now))
		return key_for_access(now);
	return require_open(key);
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

			if (length > header->length && token[header->length] == '.' &&
				memcmp(token, header->text, header->length) == 0)
			{
				*header_length = header->length;
				if (key->object == NULL && look_again(now))
					return key_for_token(token, length, NULL, now, header_length);
				return key->object != NULL ? key : require_open(key);
			}
		}
	return NULL;
}

int
keys_convert(int batch)
{
	StoredKeys stored;
	const StoredKey *closed = NULL;
	int n = 0;

	store_lock_keys();
	stored = store_load_keys();
	for (int i = 0; i < stored.n && n < batch; i++)
	{
		const StoredKey *key = &stored.keys[i];

		if (key->closed != NULL)
			closed = key;
		else if (!key->as_set)
		{
			store_convert_key(key);
			n++;
		}
	}
	store_wipe_keys(&stored);
	if (n == 0 && closed != NULL)
		raise_closed(closed->kid, closed->closed);
	return n;
}
