/*
 * one_time_token.c: see one_time_token.h.
 */
#include "store/one_time_token.h"

#include "base/bytes.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* An installation of 1.1.0 has no such column until it is updated. */
static bool
has_address(void)
{
	return get_attnum(relation_by_name("one_time_token"), "email") != InvalidAttrNumber;
}

void
store_put_one_time_token(const uint8 *hash, const char *purpose, const pg_uuid_t *user_id,
						 const char *email, TimestampTz now, TimestampTz expires_at)
{
	static Statement plain = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5)",
		5,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	static Statement bound = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at,"
		" email) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, purpose) DO UPDATE SET"
		" token_hash = excluded.token_hash, created_at = excluded.created_at,"
		" expires_at = excluded.expires_at, email = excluded.email",
		6,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   UUIDPGetDatum(user_id), TimestampTzGetDatum(now),
					   TimestampTzGetDatum(expires_at), CStringGetTextDatum(email) };

	statement_count(has_address() ? &bound : &plain, values);
}

/* Of a token with its user: the user still has the address. */
#define SAME_ADDRESS                                            \
	" AND (t.email IS NULL OR t.email OPERATOR(pg_catalog.=) u" \
	".email::pg_catalog.text)"

/*
 * Lock the user before the token, as a DELETE of the user with its cascade
 * does; the opposite order deadlocks.
 */
#define REDEEM_BEGIN                                                                        \
	"WITH owner AS MATERIALIZED"                                                            \
	" (SELECT u.id FROM jerry.one_time_token AS t"                                          \
	" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id"                    \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2" \
	" AND t.expires_at OPERATOR(pg_catalog.>) $3"
#define REDEEM_END                                       \
	" FOR NO KEY UPDATE OF u)"                           \
	" DELETE FROM jerry.one_time_token AS t USING owner" \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1"      \
	" AND t.user_id OPERATOR(pg_catalog.=) owner.id RETURNING t.user_id"

bool
store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now,
							pg_uuid_t *user_id)
{
	static Statement plain = { REDEEM_BEGIN REDEEM_END, 3, { BYTEAOID, TEXTOID, TIMESTAMPTZOID } };
	static Statement bound = { REDEEM_BEGIN SAME_ADDRESS REDEEM_END,
							   3,
							   { BYTEAOID, TEXTOID, TIMESTAMPTZOID } };
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now) };

	return statement_run(has_address() ? &bound : &plain, values, NULL, read_uuid_column,
						 user_id) == 1;
}

/* RowReader for a StoredOneTimeToken. */
static bool
read_token(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredOneTimeToken *token = arg;

	token->user_id = row_uuid(row, 1, descriptor);
	token->expires_at = row_time(row, 2, descriptor);
	return true;
}

#define FIND                                                             \
	"SELECT t.user_id, t.expires_at FROM jerry.one_time_token AS t"      \
	" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id" \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2"

bool
store_find_one_time_token(const uint8 *hash, const char *purpose, StoredOneTimeToken *token)
{
	static Statement plain = { FIND, 2, { BYTEAOID, TEXTOID } };
	static Statement bound = { FIND SAME_ADDRESS, 2, { BYTEAOID, TEXTOID } };
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose) };

	return statement_run(has_address() ? &bound : &plain, values, NULL, read_token, token) == 1;
}

void
store_delete_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND ($2 IS NULL OR purpose OPERATOR(pg_catalog.=) $2)",
		2,
		{ UUIDOID, TEXTOID },
		.latest = true
	};
	Datum name = purpose == NULL ? 0 : CStringGetTextDatum(purpose);
	Datum values[] = { UUIDPGetDatum(user_id), name };
	char nulls[] = { ' ', null_flag(name) };

	(void) statement_run(&statement, values, nulls, NULL, NULL);
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
