/*
 * signing_key.c: see signing_key.h.
 */
#include "store/signing_key.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "store/secret_form.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	KEY_KID = 1,
	KEY_ALGORITHM,
	KEY_SECRET,
	KEY_STATUS,
	KEY_IMPORTED,
	KEY_CREATED_AT,
	KEY_PUBLIC_KEY, /* this and what follows since 1.2.0 */
	KEY_STATUS_AT,
	KEY_SEALED_SECRET
};

static const char *const statuses[] = { [KEY_NEXT] = "next",
										[KEY_ACTIVE] = "active",
										[KEY_VERIFYING] = "verifying",
										[KEY_RETIRED] = "retired" };

bool
store_knows_key_states(void)
{
	return get_attnum(store_key_relation(), "status_at") != InvalidAttrNumber;
}

Oid
store_key_relation(void)
{
	return relation_by_name("signing_key");
}

const char *
key_status_name(KeyStatus status)
{
	return statuses[status];
}

static KeyStatus
status_by_name(const char *name)
{
	for (int i = 0; i < lengthof(statuses); i++)
		if (strcmp(name, statuses[i]) == 0)
			return i;
	elog(ERROR, "unexpected status of a signing key");
}

/* Bytes of a column, NULL where it is; palloc'd. */
static uint8 *
read_bytes(HeapTuple row, int n, TupleDesc descriptor, int *length)
{
	bytea *value;
	uint8 *bytes;

	*length = 0;
	if (heap_attisnull(row, n, descriptor))
		return NULL;
	value = DatumGetByteaPP(row_attribute(row, n, descriptor));
	*length = VARSIZE_ANY_EXHDR(value);
	bytes = palloc(*length);
	memcpy(bytes, VARDATA_ANY(value), *length);
	return bytes;
}

SealedPlace
store_key_place(const char *kid)
{
	return (SealedPlace){ "signing_key", kid, "secret" };
}

/* Of a row, what sealed secret there is, opened if that can be. */
static void
read_sealed_secret(StoredKey *key, HeapTuple row, TupleDesc descriptor, const KeyFiles *files)
{
	const SealedPlace place = store_key_place(key->kid);
	int n;
	uint8 *sealed = read_bytes(row, KEY_SEALED_SECRET, descriptor, &n);
	SealedFor why;

	if (sealed == NULL)
	{
		key->as_set = key->secret == NULL || !files->current.is_set;
		return;
	}
	key->as_set = key_file_has_sealed(&files->current, sealed, n);
	key->secret = open_secret(files, &place, sealed, n, &why);
	if (key->secret != NULL)
		key->secret_length = n - SEALING_OVERHEAD;
	else
	{
		key->closed = palloc(sizeof(*key->closed));
		*key->closed = why;
	}
}

/* RowReader that adds to a StoredKeys. */
static bool
read_key(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredKeys *keys = arg;
	StoredKey *key;

	if (keys->n == keys->room)
	{
		keys->room = Max(keys->room * 2, 8);
		keys->keys = keys->keys == NULL ? palloc(keys->room * sizeof(StoredKey))
										: repalloc(keys->keys, keys->room * sizeof(StoredKey));
	}
	key = &keys->keys[keys->n++];
	memset(key, 0, sizeof(*key));
	key->kid = row_text(row, KEY_KID, descriptor);
	key->algorithm = row_text(row, KEY_ALGORITHM, descriptor);
	key->has_secret = !heap_attisnull(row, KEY_SECRET, descriptor);
	if (keys->files != NULL)
		key->secret = read_bytes(row, KEY_SECRET, descriptor, &key->secret_length);
	key->status = status_by_name(row_text(row, KEY_STATUS, descriptor));
	key->imported = row_bool(row, KEY_IMPORTED, descriptor);
	key->created_at = row_time(row, KEY_CREATED_AT, descriptor);
	key->status_at = key->created_at;
	if (descriptor->natts >= KEY_STATUS_AT)
	{
		key->public_key = read_bytes(row, KEY_PUBLIC_KEY, descriptor, &key->public_length);
		key->status_at = row_time(row, KEY_STATUS_AT, descriptor);
		key->sealed = !heap_attisnull(row, KEY_SEALED_SECRET, descriptor);
		key->has_secret |= key->sealed;
		if (keys->files != NULL)
			read_sealed_secret(key, row, descriptor, keys->files);
	}
	return true;
}

StoredKeys
store_load_keys(void)
{
	StoredKeys keys = { .files = key_files_read() };

	scan_latest(store_key_relation(), read_key, &keys);
	return keys;
}

StoredKeys
store_list_keys(void)
{
	StoredKeys keys = { 0 };

	scan_latest(store_key_relation(), read_key, &keys);
	return keys;
}

void
store_wipe_keys(StoredKeys *keys)
{
	for (int i = 0; i < keys->n; i++)
		if (keys->keys[i].secret != NULL)
			explicit_bzero(keys->keys[i].secret, keys->keys[i].secret_length);
	key_files_wipe(keys->files);
}

/* Both are 0 where there is no secret. */
static SecretForm
form_secret(const StoredKey *key)
{
	const SealedPlace place = store_key_place(key->kid);
	KeyFiles *files = key_files_read();
	SecretForm form = { 0 };

	if (key->secret != NULL && files->current.is_set && !store_knows_key_states())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("tables of version 1.1 have no place for a sealed secret"),
						errhint("ALTER EXTENSION jerry UPDATE; or reset jerry.key_file."),
						errhidestmt(true)));
	if (key->secret != NULL)
		form = secret_form(files, &place, key->secret, key->secret_length);
	key_files_wipe(files);
	return form;
}

/*
 * While others are sealed a secret is not to be stored open because a server
 * has lost its setting.
 */
static void
require_sealed_like_others(const char *kid, const SecretForm *secret)
{
	static Statement statement = {
		"SELECT FROM jerry.signing_key WHERE sealed_secret IS NOT NULL"
		" AND kid OPERATOR(pg_catalog.<>) $1 LIMIT 1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(kid) };

	if (secret->open != 0 && statement_count(&statement, values) > 0)
		secret_form_raise_open();
}

#define INSERT \
	"INSERT INTO jerry.signing_key (kid, algorithm, secret, status, imported, created_at"

void
store_insert_key(const StoredKey *key)
{
	static Statement statement = {
		INSERT ", public_key, status_at, sealed_secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
			   " ON CONFLICT DO NOTHING",
		9,
		{ TEXTOID, TEXTOID, BYTEAOID, TEXTOID, BOOLOID, TIMESTAMPTZOID, BYTEAOID, TIMESTAMPTZOID,
		  BYTEAOID }
	};
	static Statement of_1_1 = { INSERT ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
								6,
								{ TEXTOID, TEXTOID, BYTEAOID, TEXTOID, BOOLOID, TIMESTAMPTZOID } };
	bool knows_states = store_knows_key_states();
	SecretForm secret = form_secret(key);
	Datum public_key =
		key->public_key == NULL ? 0 : bytea_datum(key->public_key, key->public_length);
	Datum values[] = { CStringGetTextDatum(key->kid),
					   CStringGetTextDatum(key->algorithm),
					   secret.open,
					   CStringGetTextDatum(statuses[key->status]),
					   BoolGetDatum(key->imported),
					   TimestampTzGetDatum(key->created_at),
					   public_key,
					   TimestampTzGetDatum(key->status_at),
					   secret.sealed };
	char nulls[] = { ' ', ' ', null_flag(secret.open), ' ', ' ', ' ', null_flag(public_key), ' ',
					 null_flag(secret.sealed) };

	if (knows_states)
		require_sealed_like_others(key->kid, &secret);
	statement_run(knows_states ? &statement : &of_1_1, values, nulls, NULL, NULL);
	secret_form_wipe(&secret);
}

void
store_lock_keys(void)
{
	static Statement statement = { "LOCK TABLE jerry.signing_key IN SHARE ROW EXCLUSIVE MODE" };

	statement_count(&statement, NULL);
}

#define UPDATE "UPDATE jerry.signing_key SET "
#define BY_KID " WHERE kid OPERATOR(pg_catalog.=) $1"

/* One that is there gets a secret, or the same one in another form. */
static void
store_secret(const char *kid, const SecretForm *secret)
{
	static Statement statement = { UPDATE "secret = $2, sealed_secret = $3" BY_KID,
								   3,
								   { TEXTOID, BYTEAOID, BYTEAOID } };
	Datum values[] = { CStringGetTextDatum(kid), secret->open, secret->sealed };
	char nulls[] = { ' ', null_flag(secret->open), null_flag(secret->sealed) };

	statement_run(&statement, values, nulls, NULL, NULL);
}

void
store_set_key_secret(const StoredKey *key)
{
	SecretForm secret = form_secret(key);

	require_sealed_like_others(key->kid, &secret);
	store_secret(key->kid, &secret);
	secret_form_wipe(&secret);
}

void
store_convert_key(const StoredKey *key)
{
	SecretForm secret = form_secret(key);

	store_secret(key->kid, &secret);
	secret_form_wipe(&secret);
}

void
store_set_key_status(const char *kid, KeyStatus status, TimestampTz now)
{
	/* Of a key that is retired nothing is left that could sign. */
	static Statement statement = { UPDATE
								   "status = $2, status_at = $3, secret = CASE WHEN $2"
								   " OPERATOR(pg_catalog.<>) 'retired' THEN secret END,"
								   " sealed_secret = CASE WHEN $2 OPERATOR(pg_catalog.<>)"
								   " 'retired' THEN sealed_secret END" BY_KID,
								   3,
								   { TEXTOID, TEXTOID, TIMESTAMPTZOID },
								   .latest = true };
	static Statement of_1_1 = { UPDATE "status = $2" BY_KID, 2, { TEXTOID, TEXTOID } };
	Datum values[] = { CStringGetTextDatum(kid), CStringGetTextDatum(statuses[status]),
					   TimestampTzGetDatum(now) };

	statement_count(store_knows_key_states() ? &statement : &of_1_1, values);
}

void
store_set_key_imported(const char *kid)
{
	static Statement statement = { UPDATE "imported = true" BY_KID, 1, { TEXTOID } };
	Datum values[] = { CStringGetTextDatum(kid) };

	statement_count(&statement, values);
}
