/*
 * recovery_code.c: see recovery_code.h.
 */
#include "store/recovery_code.h"

#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"

#define OF_USER " FROM jerry.recovery_code WHERE user_id OPERATOR(pg_catalog.=) $1"

/* RowReader of a text. */
static bool
read_code_hash(HeapTuple row, TupleDesc descriptor, void *hash)
{
	*(char **) hash = row_text(row, 1, descriptor);
	return true;
}

char *
store_recovery_hash(const pg_uuid_t *user_id)
{
	static Statement statement = { "SELECT code_hash" OF_USER " LIMIT 1", 1, { UUIDOID } };
	Datum values[] = { UUIDPGetDatum(user_id) };
	char *hash = NULL;

	statement_run(&statement, values, NULL, read_code_hash, &hash);
	return hash;
}

int64
store_count_recovery_codes(const pg_uuid_t *user_id)
{
	static Statement statement = { "SELECT" OF_USER, 1, { UUIDOID } };
	Datum values[] = { UUIDPGetDatum(user_id) };

	return statement_count(&statement, values);
}

void
store_put_recovery_codes(const pg_uuid_t *user_id, const char *const *hashes, int n,
						 TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.recovery_code (user_id, code_hash, created_at) VALUES ($1, $2, $3)",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};

	store_delete_recovery_codes(user_id);
	for (int i = 0; i < n; i++)
	{
		Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(hashes[i]),
						   TimestampTzGetDatum(now) };

		statement_count(&statement, values);
	}
}

bool
store_use_recovery_code(const pg_uuid_t *user_id, const char *hash)
{
	static Statement statement = { "DELETE" OF_USER " AND code_hash OPERATOR(pg_catalog.=) $2",
								   2,
								   { UUIDOID, TEXTOID } };
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(hash) };

	return statement_count(&statement, values) == 1;
}

void
store_delete_recovery_codes(const pg_uuid_t *user_id)
{
	static Statement statement = { "DELETE" OF_USER, 1, { UUIDOID } };
	Datum values[] = { UUIDPGetDatum(user_id) };

	statement_count(&statement, values);
}
