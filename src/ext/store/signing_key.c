/*
 * signing_key.c: see signing_key.h.
 */
#include "store/signing_key.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
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
	KEY_STATUS_AT
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
	key->secret = read_bytes(row, KEY_SECRET, descriptor, &key->secret_length);
	key->status = status_by_name(row_text(row, KEY_STATUS, descriptor));
	key->imported = row_bool(row, KEY_IMPORTED, descriptor);
	key->created_at = row_time(row, KEY_CREATED_AT, descriptor);
	key->status_at = key->created_at;
	if (descriptor->natts >= KEY_STATUS_AT)
	{
		key->public_key = read_bytes(row, KEY_PUBLIC_KEY, descriptor, &key->public_length);
		key->status_at = row_time(row, KEY_STATUS_AT, descriptor);
	}
	return true;
}

StoredKeys
store_load_keys(void)
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
}

#define INSERT \
	"INSERT INTO jerry.signing_key (kid, algorithm, secret, status, imported, created_at"

void
store_insert_key(const StoredKey *key)
{
	static Statement statement = {
		INSERT ", public_key, status_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
			   " ON CONFLICT DO NOTHING",
		8,
		{ TEXTOID, TEXTOID, BYTEAOID, TEXTOID, BOOLOID, TIMESTAMPTZOID, BYTEAOID, TIMESTAMPTZOID }
	};
	static Statement of_1_1 = { INSERT ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
								6,
								{ TEXTOID, TEXTOID, BYTEAOID, TEXTOID, BOOLOID, TIMESTAMPTZOID } };
	bool no_secret = key->secret == NULL;
	bool no_public = key->public_key == NULL;
	Datum secret = no_secret ? (Datum) 0 : bytea_datum(key->secret, key->secret_length);
	Datum values[] = { CStringGetTextDatum(key->kid),
					   CStringGetTextDatum(key->algorithm),
					   secret,
					   CStringGetTextDatum(statuses[key->status]),
					   BoolGetDatum(key->imported),
					   TimestampTzGetDatum(key->created_at),
					   no_public ? (Datum) 0 : bytea_datum(key->public_key, key->public_length),
					   TimestampTzGetDatum(key->status_at) };
	char nulls[] = { ' ', ' ', no_secret ? 'n' : ' ', ' ', ' ', ' ', no_public ? 'n' : ' ', ' ' };

	statement_run(store_knows_key_states() ? &statement : &of_1_1, values, nulls, NULL, NULL);
	if (!no_secret)
		explicit_bzero(DatumGetPointer(secret), VARHDRSZ + key->secret_length);
}

void
store_lock_keys(void)
{
	static Statement statement = { "LOCK TABLE jerry.signing_key IN SHARE ROW EXCLUSIVE MODE" };

	statement_count(&statement, NULL);
}

#define UPDATE "UPDATE jerry.signing_key SET "
#define BY_KID " WHERE kid OPERATOR(pg_catalog.=) $1"

void
store_set_key_status(const char *kid, KeyStatus status, TimestampTz now)
{
	/* Of a key that is retired nothing is left that could sign. */
	static Statement statement = { UPDATE
								   "status = $2, status_at = $3, secret = CASE WHEN $2"
								   " OPERATOR(pg_catalog.<>) 'retired' THEN secret END" BY_KID,
								   3,
								   { TEXTOID, TEXTOID, TIMESTAMPTZOID } };
	static Statement of_1_1 = { UPDATE "status = $2" BY_KID, 2, { TEXTOID, TEXTOID } };
	Datum values[] = { CStringGetTextDatum(kid), CStringGetTextDatum(statuses[status]),
					   TimestampTzGetDatum(now) };

	statement_count(store_knows_key_states() ? &statement : &of_1_1, values);
}

void
store_set_key_secret(const char *kid, const uint8 *secret, int length)
{
	static Statement statement = { UPDATE "secret = $2" BY_KID, 2, { TEXTOID, BYTEAOID } };
	Datum values[] = { CStringGetTextDatum(kid), bytea_datum(secret, length) };

	statement_count(&statement, values);
	explicit_bzero(DatumGetPointer(values[1]), VARHDRSZ + length);
}

void
store_set_key_imported(const char *kid)
{
	static Statement statement = { UPDATE "imported = true" BY_KID, 1, { TEXTOID } };
	Datum values[] = { CStringGetTextDatum(kid) };

	statement_count(&statement, values);
}
