/*
 * key_life.c: see key_life.h.
 *
 * Whoever changes keys holds a lock on the table and looks again before it
 * acts.  Statuses are kept up to date in what was read, so that one step sees
 * what the step before it did.
 */
#include "jose/key_life.h"

#include "base/settings.h"
#include "jose/jwk.h"
#include "jose/token.h"
#include "utils/builtins.h"

bool
key_is_symmetric(const StoredKey *key)
{
	return strcmp(key->algorithm, algorithm_hs256.name) == 0;
}

/* What new keys are made for. */
static const Algorithm *
signing_algorithm(void)
{
	static const Algorithm *const of_setting[] = { [SIGN_HS256] = &algorithm_hs256,
												   [SIGN_ES256] = &algorithm_es256,
												   [SIGN_EDDSA] = &algorithm_eddsa,
												   [SIGN_RS256] = &algorithm_rs256 };

	return of_setting[settings()->signing_algorithm];
}

/* All keys without their secrets, which nothing here asks for. */
static StoredKeys
read_keys(void)
{
	StoredKeys keys = store_load_keys();

	store_wipe_keys(&keys);
	return keys;
}

static const StoredKey *
find_status(const StoredKeys *keys, KeyStatus status, bool symmetric)
{
	for (int i = 0; i < keys->n; i++)
		if (keys->keys[i].status == status && key_is_symmetric(&keys->keys[i]) == symmetric)
			return &keys->keys[i];
	return NULL;
}

/* The key that signs access tokens, or NULL. */
static const StoredKey *
access_key(const StoredKeys *keys)
{
	const StoredKey *key = find_status(keys, KEY_ACTIVE, false);

	return key != NULL ? key : find_status(keys, KEY_ACTIVE, true);
}

const char *
key_signs(const StoredKeys *keys, const StoredKey *key)
{
	if (key->status != KEY_ACTIVE)
		return NULL;
	if (!key_is_symmetric(key))
		return "access";
	return find_status(keys, KEY_ACTIVE, false) == NULL ? "access, refresh" : "refresh";
}

static void
set_status(StoredKey *key, KeyStatus status, TimestampTz now)
{
	store_set_key_status(key->kid, status, now);
	key->status = status;
	key->status_at = now;
}

/*
 * The active key of a kind, unless it is this one, only verifies from now on.
 */
static void
demote(StoredKeys *keys, bool symmetric, const char *except, TimestampTz now)
{
	for (int i = 0; i < keys->n; i++)
	{
		StoredKey *key = &keys->keys[i];

		if (key->status == KEY_ACTIVE && key_is_symmetric(key) == symmetric &&
			strcmp(key->kid, except) != 0)
			set_status(key, KEY_VERIFYING, now);
	}
}

/* No key but this one (NULL: none) waits to sign any longer. */
static void
end_waiting(StoredKeys *keys, const StoredKey *except, TimestampTz now)
{
	for (int i = 0; i < keys->n; i++)
		if (keys->keys[i].status == KEY_NEXT && &keys->keys[i] != except)
			set_status(&keys->keys[i], KEY_RETIRED, now);
}

/*
 * The key that waits to sign with this algorithm, or NULL; those of others, and
 * those that cannot be opened, wait in vain.
 */
static StoredKey *
waiting_key(StoredKeys *keys, const Algorithm *algorithm, TimestampTz now)
{
	StoredKey *found = NULL;

	for (int i = 0; i < keys->n; i++)
	{
		StoredKey *key = &keys->keys[i];

		if (key->status == KEY_NEXT && key->closed == NULL &&
			strcmp(key->algorithm, algorithm->name) == 0)
			found = key;
	}
	end_waiting(keys, found, now);
	return found;
}

static char *
secret_kid(const uint8 *id)
{
	char *kid = palloc(SECRET_KID_LENGTH + 1);

	kid[hex_encode((const char *) id, SECRET_KID_LENGTH / 2, kid)] = '\0';
	return kid;
}

/* A key as it is stored, from its parts. */
static StoredKey
stored_key(const KeyParts *parts, const char *kid, KeyStatus status, bool imported, TimestampTz now)
{
	return (StoredKey){ .kid = kid,
						.algorithm = parts->algorithm->name,
						.has_secret = parts->secret != NULL,
						.secret = unconstify(uint8 *, parts->secret),
						.secret_length = parts->secret_length,
						.public_key = unconstify(uint8 *, parts->public_key),
						.public_length = parts->public_length,
						.status = status,
						.imported = imported,
						.created_at = now,
						.status_at = now };
}

/* Makes and stores a key, and returns its kid. */
static const char *
make_key(StoredKeys *keys, const Algorithm *algorithm, KeyStatus status, TimestampTz now)
{
	NewKey made;
	uint8 id[SECRET_KID_LENGTH / 2];
	StoredKey key;

	random_bytes(id, sizeof(id));
	algorithm_generate(algorithm, &made);
	key = stored_key(&made.parts,
					 algorithm == &algorithm_hs256 ? secret_kid(id) : jwk_thumbprint(&made.parts),
					 status, false, now);
	if (status == KEY_ACTIVE)
		demote(keys, key_is_symmetric(&key), key.kid, now);
	store_insert_key(&key);
	explicit_bzero(&made, sizeof(made));
	return key.kid;
}

void
keys_make_first(bool access, TimestampTz now)
{
	StoredKeys none = { 0 };

	make_key(&none, &algorithm_hs256, KEY_ACTIVE, now);
	if (access && signing_algorithm() != &algorithm_hs256 && store_knows_key_states())
		make_key(&none, signing_algorithm(), KEY_ACTIVE, now);
}

/* Are their public parts the same?  Keys of HS256 have none. */
static bool
same_public_key(const StoredKey *a, const StoredKey *b)
{
	return a->public_key != NULL && a->public_length == b->public_length &&
		   memcmp(a->public_key, b->public_key, a->public_length) == 0;
}

/* The key, as it is stored; NULL: it is not. */
static StoredKey *
find_stored(const StoredKeys *keys, const StoredKey *key)
{
	StoredKey *found = NULL;

	for (int i = 0; i < keys->n; i++)
	{
		StoredKey *other = &keys->keys[i];
		bool same_kid = strcmp(other->kid, key->kid) == 0;
		bool same_key = key->public_key != NULL ? same_public_key(key, other)
												: same_kid && other->public_key == NULL;

		if (same_kid != same_key)
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_OBJECT),
							same_kid ? errmsg("another key has the kid \"%s\"", key->kid)
									 : errmsg("this key is there, with the kid \"%s\"", other->kid),
							errhidestmt(true)));
		if (same_kid)
			found = other;
	}
	return found;
}

/*
 * Adds a key, or makes one that is there as good as this one: its status is
 * active, or, when it only verifies, verifying.  False: it was retired.
 */
static bool
add_key(const StoredKey *key, TimestampTz now)
{
	StoredKeys keys;
	StoredKey *there;

	store_lock_keys();
	keys = read_keys();
	there = find_stored(&keys, key);
	if (there != NULL && there->status == KEY_RETIRED)
		return false;
	if (key->status == KEY_ACTIVE)
	{
		end_waiting(&keys, there, now);
		demote(&keys, key_is_symmetric(key), key->kid, now);
		if (key_is_symmetric(key))
			demote(&keys, false, key->kid, now);
	}
	if (there == NULL)
	{
		store_insert_key(key);
		return true;
	}
	if (there->secret == NULL && key->secret != NULL)
		store_set_key_secret(key);
	if (there->status != KEY_ACTIVE && key->status == KEY_ACTIVE)
		set_status(there, KEY_ACTIVE, now);
	/* Who knows the public part of ours alone cannot sign with it. */
	if (key->secret != NULL && key->imported && !there->imported)
		store_set_key_imported(key->kid);
	return true;
}

const char *
key_import_secret(const uint8 *secret, int length, TimestampTz now)
{
	const KeyParts parts = { &algorithm_hs256, secret, length };
	uint8 digest[SHA256_LENGTH];
	StoredKey key;

	sha256(secret, length, digest);
	key = stored_key(&parts, secret_kid(digest), KEY_ACTIVE, true, now);
	return add_key(&key, now) ? key.kid : NULL;
}

const char *
key_import(const KeyParts *parts, const char *kid, TimestampTz now)
{
	const StoredKey key =
		stored_key(parts, kid != NULL ? kid : jwk_thumbprint(parts),
				   parts->secret != NULL ? KEY_ACTIVE : KEY_VERIFYING, true, now);

	if (!store_knows_key_states())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the tables of extension \"jerry\" are older than its library"),
						errhint("ALTER EXTENSION jerry UPDATE;"), errhidestmt(true)));
	return add_key(&key, now) ? key.kid : NULL;
}

TimestampTz
key_due_at(const StoredKey *key)
{
	const Settings *set = settings();

	switch (key->status)
	{
		case KEY_NEXT:
			return jerry_after(key->status_at, set->key_publish_time);
		case KEY_ACTIVE:
			if (key->imported || set->key_rotation_interval == 0)
				return DT_NOEND;
			return jerry_after(key->status_at, set->key_rotation_interval);
		case KEY_VERIFYING:
			if (key->imported)
				return DT_NOEND;
			return jerry_after(key->status_at,
							   TOKEN_CLOCK_LEEWAY +
								   (key_is_symmetric(key)
										? Max(set->access_token_ttl, set->refresh_token_ttl)
										: set->access_token_ttl)) +
				   (int64) set->key_grace * USECS_PER_SEC;
		case KEY_RETIRED:
			break;
	}
	/* One that somebody has retired by hand still has its secret. */
	return key->has_secret ? key->status_at : DT_NOEND;
}

/*
 * Begins to replace an active key.  What signs only refresh tokens stays HS256.
 */
static void
renew(StoredKeys *keys, const StoredKey *key, TimestampTz now)
{
	const Algorithm *algorithm = signing_algorithm();

	if (key != access_key(keys))
		make_key(keys, &algorithm_hs256, KEY_ACTIVE, now);
	else if (algorithm == &algorithm_hs256)
	{
		end_waiting(keys, NULL, now);
		demote(keys, false, "", now);
		make_key(keys, algorithm, KEY_ACTIVE, now);
	}
	else if (waiting_key(keys, algorithm, now) == NULL)
		make_key(keys, algorithm, KEY_NEXT, now);
}

/* What is due about a key. */
static void
advance(StoredKeys *keys, StoredKey *key, TimestampTz now)
{
	switch (key->status)
	{
		case KEY_NEXT:
			demote(keys, key_is_symmetric(key), key->kid, now);
			set_status(key, KEY_ACTIVE, now);
			break;
		case KEY_ACTIVE:
			renew(keys, key, now);
			break;
		case KEY_VERIFYING:
		case KEY_RETIRED:
			set_status(key, KEY_RETIRED, now);
			break;
	}
}

/* Was the key among these, in the same state? */
static bool
is_unchanged(const StoredKeys *before, const StoredKey *key)
{
	for (int i = 0; i < before->n; i++)
		if (strcmp(before->keys[i].kid, key->kid) == 0)
			return before->keys[i].status == key->status &&
				   before->keys[i].has_secret == key->has_secret;
	return false;
}

List *
keys_maintain(TimestampTz now)
{
	StoredKeys before;
	StoredKeys keys;
	List *changed = NIL;
	int i = 0;

	if (!store_knows_key_states())
		return NIL;
	keys = read_keys();
	while (i < keys.n && key_due_at(&keys.keys[i]) > now)
		i++;
	if (i == keys.n)
		return NIL;
	store_lock_keys();
	before = store_list_keys();
	keys = read_keys();
	for (i = 0; i < keys.n; i++)
		if (key_due_at(&keys.keys[i]) <= now)
			advance(&keys, &keys.keys[i], now);
	keys = store_list_keys();
	for (i = 0; i < keys.n; i++)
		if (!is_unchanged(&before, &keys.keys[i]))
			changed = lappend(changed, &keys.keys[i]);
	return changed;
}

/* Has somebody else made a key active, or one that will be? */
static bool
others_have_rotated(const StoredKeys *before, const StoredKeys *keys)
{
	for (int i = 0; i < keys->n; i++)
	{
		const StoredKey *key = &keys->keys[i];

		if ((key->status == KEY_NEXT || key->status == KEY_ACTIVE) && !is_unchanged(before, key))
			return true;
	}
	return false;
}

/* Is it one that is not to be trusted any more once it may be stolen? */
static bool
can_be_stolen(const StoredKey *key)
{
	return key->status == KEY_ACTIVE || (key->status == KEY_VERIFYING && key->has_secret);
}

/* Has somebody else retired all that could be stolen before? */
static bool
others_have_replaced_all(const StoredKeys *before, const StoredKeys *keys)
{
	bool any = false;

	for (int i = 0; i < before->n; i++)
	{
		const StoredKey *key = &before->keys[i];

		if (!can_be_stolen(key))
			continue;
		any = true;
		for (int k = 0; k < keys->n; k++)
			if (strcmp(keys->keys[k].kid, key->kid) == 0 && keys->keys[k].status != KEY_RETIRED)
				return false;
	}
	return any;
}

/* Begins to replace what Jerry signs with. */
static void
renew_all(StoredKeys *keys, TimestampTz now)
{
	const StoredKey *access = access_key(keys);
	const StoredKey *refresh = find_status(keys, KEY_ACTIVE, true);

	if (access == NULL)
	{
		keys_make_first(true, now);
		return;
	}
	renew(keys, access, now);
	/* Others may still check access tokens with an imported one. */
	if (refresh != NULL && refresh != access && refresh->status == KEY_ACTIVE && !refresh->imported)
		renew(keys, refresh, now);
}

/*
 * Nothing that was signed so far is valid any more, except by who has only
 * given us a public key.
 */
static void
replace_all(StoredKeys *keys, TimestampTz now)
{
	const Algorithm *algorithm = signing_algorithm();
	StoredKey *next = waiting_key(keys, algorithm, now);

	for (int i = 0; i < keys->n; i++)
	{
		StoredKey *key = &keys->keys[i];

		if (can_be_stolen(key))
			set_status(key, KEY_RETIRED, now);
	}
	if (next != NULL)
		set_status(next, KEY_ACTIVE, now);
	keys_make_first(next == NULL, now);
}

const char *
keys_rotate(bool at_once)
{
	StoredKeys before = read_keys();
	StoredKeys keys;
	const StoredKey *key;

	store_lock_keys();
	keys = read_keys();
	/* Two that want the same get it once. */
	if (at_once ? !others_have_replaced_all(&before, &keys) : !others_have_rotated(&before, &keys))
	{
		if (at_once)
			replace_all(&keys, jerry_now());
		else
			renew_all(&keys, jerry_now());
		keys = read_keys();
	}
	key = find_status(&keys, KEY_NEXT, false);
	return key != NULL ? key->kid : access_key(&keys)->kid;
}
