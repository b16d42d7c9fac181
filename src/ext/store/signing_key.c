/*
 * signing_key.c: see signing_key.h.
 */
#include "store/signing_key.h"

#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	KEY_KID = 1,
	KEY_ALGORITHM,
	KEY_SECRET,
	KEY_STATUS,
	KEY_IMPORTED
};

Oid
store_key_relation(void)
{
	return relation_by_name("signing_key");
}

/* RowReader that adds to a StoredKeys. */
static bool
read_key(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredKeys *keys = arg;
	char *status = row_text(row, KEY_STATUS, descriptor);
	bytea *secret = DatumGetByteaPP(row_attribute(row, KEY_SECRET, descriptor));
	StoredKey *key;

	if (keys->n == keys->room)
	{
		keys->room = Max(keys->room * 2, 8);
		keys->keys = keys->keys == NULL ? palloc(keys->room * sizeof(StoredKey))
										: repalloc(keys->keys, keys->room * sizeof(StoredKey));
	}
	key = &keys->keys[keys->n++];
	key->kid = row_text(row, KEY_KID, descriptor);
	key->secret_length = VARSIZE_ANY_EXHDR(secret);
	key->secret = palloc(key->secret_length);
	memcpy(key->secret, VARDATA_ANY(secret), key->secret_length);
	key->active = strcmp(status, "active") == 0;
	key->retired = strcmp(status, "retired") == 0;
	key->imported = row_bool(row, KEY_IMPORTED, descriptor);
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
store_insert_key(const char *kid, const uint8 *secret, int length, bool imported, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.signing_key (kid, algorithm, secret, status, imported, created_at)"
		" VALUES ($1, 'HS256', $2, 'active', $3, $4)"
		" ON CONFLICT DO NOTHING",
		4,
		{ TEXTOID, BYTEAOID, BOOLOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(kid), bytea_datum(secret, length),
					   BoolGetDatum(imported), TimestampTzGetDatum(now) };

	statement_count(&statement, values);
	explicit_bzero(DatumGetPointer(values[1]), VARHDRSZ + length);
}

void
store_lock_keys(void)
{
	static Statement statement = { "LOCK TABLE jerry.signing_key IN SHARE ROW EXCLUSIVE MODE" };

	statement_count(&statement, NULL);
}

bool
store_key_is_retired(const char *kid)
{
	static Statement statement = {
		"SELECT FROM jerry.signing_key WHERE kid OPERATOR(pg_catalog.=) $1"
		" AND status OPERATOR(pg_catalog.=) 'retired'",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(kid) };

	return statement_count(&statement, values) > 0;
}

void
store_demote_other_keys(const char *kid)
{
	static Statement statement = {
		"UPDATE jerry.signing_key SET status = 'verifying'"
		" WHERE status OPERATOR(pg_catalog.=) 'active' AND kid OPERATOR(pg_catalog.<>) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(kid) };

	statement_count(&statement, values);
}

void
store_promote_key(const char *kid)
{
	static Statement statement = {
		"UPDATE jerry.signing_key SET status = 'active', imported = true"
		" WHERE kid OPERATOR(pg_catalog.=) $1"
		" AND (status OPERATOR(pg_catalog.<>) 'active' OR NOT imported)",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(kid) };

	statement_count(&statement, values);
}
