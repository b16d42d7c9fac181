/*
 * one_time_token.c: see one_time_token.h.
 */
#include "store/one_time_token.h"

#include "base/bytes.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"

void
store_insert_one_time_token(const uint8 *hash, const char *purpose, const pg_uuid_t *user_id,
							TimestampTz now, TimestampTz expires_at)
{
	static Statement statement = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5)",
		5,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   UUIDPGetDatum(user_id), TimestampTzGetDatum(now),
					   TimestampTzGetDatum(expires_at) };

	statement_count(&statement, values);
}

bool
store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now,
							pg_uuid_t *user_id)
{
	static Statement statement = {
		/*
		 * Lock the user before the token, as a DELETE of the user with its
		 * cascade does; the opposite order deadlocks.
		 */
		"WITH owner AS MATERIALIZED"
		" (SELECT u.id FROM jerry.one_time_token AS t"
		" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id"
		" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2"
		" AND t.expires_at OPERATOR(pg_catalog.>) $3"
		" FOR NO KEY UPDATE OF u)"
		" DELETE FROM jerry.one_time_token AS t USING owner"
		" WHERE t.token_hash OPERATOR(pg_catalog.=) $1"
		" AND t.user_id OPERATOR(pg_catalog.=) owner.id RETURNING t.user_id",
		3,
		{ BYTEAOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now) };

	return statement_run(&statement, values, NULL, read_uuid_column, user_id) == 1;
}

bool
store_one_time_token_exists(const uint8 *hash, const char *purpose)
{
	static Statement statement = {
		"SELECT FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) $1"
		" AND purpose OPERATOR(pg_catalog.=) $2",
		2,
		{ BYTEAOID, TEXTOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose) };

	return statement_count(&statement, values) == 1;
}

bool
store_one_time_token_made_since(const pg_uuid_t *user_id, const char *purpose, TimestampTz since)
{
	static Statement statement = {
		"SELECT FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND purpose OPERATOR(pg_catalog.=) $2 AND created_at OPERATOR(pg_catalog.>) $3",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(since) };

	return statement_count(&statement, values) > 0;
}

void
store_delete_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND purpose OPERATOR(pg_catalog.=) $2",
		2,
		{ UUIDOID, TEXTOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose) };

	statement_count(&statement, values);
}

int64
store_delete_one_time_tokens(TimestampTz expired_before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT token_hash FROM jerry.one_time_token WHERE expires_at OPERATOR(pg_catalog.<) $1"
		" ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(expired_before), Int32GetDatum(batch) };

	return statement_count(&statement, values);
}
