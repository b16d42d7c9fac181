/*
 * one_time_token.c: see one_time_token.h.
 */
#include "store/one_time_token.h"

#include "base/bytes.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* One of 1.1.0 has no such column, nor data, until it is updated. */
static bool
has_address(void)
{
	return get_attnum(relation_by_name("one_time_token"), "email") != InvalidAttrNumber;
}

void
store_put_one_time_token(const uint8 *hash, const char *purpose, const pg_uuid_t *user_id,
						 const char *email, const char *data, TimestampTz now,
						 TimestampTz expires_at)
{
	static Statement plain = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5)",
		5,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	static Statement bound = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at,"
		" email, data) VALUES ($1, $2, $3, $4, $5, $6, $7::pg_catalog.jsonb)"
		" ON CONFLICT (user_id, purpose) WHERE purpose OPERATOR(pg_catalog.<>) 'mfa' DO UPDATE SET"
		" token_hash = excluded.token_hash, created_at = excluded.created_at,"
		" expires_at = excluded.expires_at, email = excluded.email, data = excluded.data,"
		" tries = 0",
		7,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID }
	};
	Datum json = text_datum(data);
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   UUIDPGetDatum(user_id), TimestampTzGetDatum(now),
					   TimestampTzGetDatum(expires_at), CStringGetTextDatum(email), json };
	char nulls[] = { ' ', ' ', ' ', ' ', ' ', ' ', null_flag(json) };

	(void) statement_run(has_address() ? &bound : &plain, values, nulls, NULL, NULL);
}

/* RowReader for a StoredOneTimeToken. */
static bool
read_token(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredOneTimeToken *token = arg;

	token->user_id = row_uuid(row, 1, descriptor);
	token->expires_at = row_time(row, 2, descriptor);
	token->email = row_text_or_null(row, 3, descriptor);
	token->data = row_text_or_null(row, 4, descriptor);
	token->tries = DatumGetInt16(row_attribute(row, 5, descriptor));
	return true;
}

/* What a StoredOneTimeToken is read from, of table t. */
#define PLAIN \
	"t.user_id, t.expires_at, NULL::pg_catalog.text, NULL::pg_catalog.text, 0::pg_catalog.int2"
#define BOUND "t.user_id, t.expires_at, t.email, t.data::pg_catalog.text, t.tries"

/* Of a token with its user: the user has the address. */
#define SAME_ADDRESS                                                                  \
	" AND (t.email IS NULL OR COALESCE(t.data OPERATOR(pg_catalog.->>) 'user_email'," \
	" t.email) OPERATOR(pg_catalog.=) u.email::pg_catalog.text)"

/*
 * Lock the user before the token, as a DELETE of the user with its cascade
 * does; the opposite order deadlocks.
 */
#define HOLD_OWNER(condition)                                                               \
	"WITH owner AS MATERIALIZED"                                                            \
	" (SELECT u.id FROM jerry.one_time_token AS t"                                          \
	" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id"                    \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2" \
	" AND t.expires_at OPERATOR(pg_catalog.>) $3" condition " FOR NO KEY UPDATE OF u)"
#define OF_OWNER                                    \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1" \
	" AND t.user_id OPERATOR(pg_catalog.=) owner.id"
#define TRY                                                                          \
	" UPDATE jerry.one_time_token AS t SET tries = t.tries OPERATOR(pg_catalog.+) 1" \
	" FROM owner" OF_OWNER " AND t.tries OPERATOR(pg_catalog.<) $4 RETURNING "
#define REDEEM " DELETE FROM jerry.one_time_token AS t USING owner" OF_OWNER " RETURNING "

bool
store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now,
							StoredOneTimeToken *token)
{
	static Statement plain = { HOLD_OWNER("") REDEEM PLAIN,
							   3,
							   { BYTEAOID, TEXTOID, TIMESTAMPTZOID } };
	static Statement bound = { HOLD_OWNER(SAME_ADDRESS) REDEEM BOUND,
							   3,
							   { BYTEAOID, TEXTOID, TIMESTAMPTZOID } };
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now) };

	return statement_run(has_address() ? &bound : &plain, values, NULL, read_token, token) == 1;
}

bool
store_try_one_time_token(const uint8 *hash, const char *purpose, int max, TimestampTz now,
						 StoredOneTimeToken *token)
{
	static Statement statement = {
		HOLD_OWNER(SAME_ADDRESS) TRY BOUND,
		4,
		{ BYTEAOID, TEXTOID, TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now), Int32GetDatum(max) };

	return statement_run(&statement, values, NULL, read_token, token) == 1;
}

#define FIND(columns)                                                    \
	"SELECT " columns " FROM jerry.one_time_token AS t"                  \
	" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id" \
	" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2"

bool
store_find_one_time_token(const uint8 *hash, const char *purpose, StoredOneTimeToken *token)
{
	static Statement plain = { FIND(PLAIN), 2, { BYTEAOID, TEXTOID } };
	static Statement bound = { FIND(BOUND) SAME_ADDRESS, 2, { BYTEAOID, TEXTOID } };
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose) };

	return statement_run(has_address() ? &bound : &plain, values, NULL, read_token, token) == 1;
}

bool
store_find_one_time_token_of(const pg_uuid_t *user_id, const char *purpose,
							 StoredOneTimeToken *token)
{
	static Statement statement = {
		"SELECT " BOUND " FROM jerry.one_time_token AS t"
		" JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id"
		" WHERE t.user_id OPERATOR(pg_catalog.=) $1"
		" AND t.purpose OPERATOR(pg_catalog.=) $2" SAME_ADDRESS,
		2,
		{ UUIDOID, TEXTOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose) };

	return statement_run(&statement, values, NULL, read_token, token) == 1;
}

bool
store_set_one_time_data(const pg_uuid_t *user_id, const char *purpose, const char *data)
{
	static Statement statement = {
		"UPDATE jerry.one_time_token SET data = $3::pg_catalog.jsonb"
		" WHERE user_id OPERATOR(pg_catalog.=) $1 AND purpose OPERATOR(pg_catalog.=) $2",
		3,
		{ UUIDOID, TEXTOID, TEXTOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose),
					   CStringGetTextDatum(data) };

	return statement_count(&statement, values) == 1;
}

void
store_put_newcomer(const uint8 *hash, const char *purpose, const char *email, const char *data,
				   TimestampTz now, TimestampTz expires_at)
{
	static Statement statement = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, created_at, expires_at, email,"
		" data) VALUES ($1, $2, $3, $4, $5, $6::pg_catalog.jsonb)"
		" ON CONFLICT (pg_catalog.lower(email COLLATE pg_catalog.\"C\")) WHERE user_id IS NULL"
		" DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at,"
		" expires_at = excluded.expires_at, email = excluded.email, data = excluded.data,"
		" tries = 0",
		6,
		{ BYTEAOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now), TimestampTzGetDatum(expires_at),
					   CStringGetTextDatum(email), CStringGetTextDatum(data) };

	(void) statement_count(&statement, values);
}

bool
store_try_newcomer(const uint8 *hash, const char *purpose, int max, TimestampTz now,
				   StoredOneTimeToken *token)
{
	static Statement statement = {
		"UPDATE jerry.one_time_token AS t SET tries = t.tries OPERATOR(pg_catalog.+) 1"
		" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.user_id IS NULL"
		" AND t.purpose OPERATOR(pg_catalog.=) $2 AND t.expires_at OPERATOR(pg_catalog.>) $3"
		" AND t.tries OPERATOR(pg_catalog.<) $4 RETURNING"
		" '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid, t.expires_at, t.email,"
		" t.data::pg_catalog.text, t.tries",
		4,
		{ BYTEAOID, TEXTOID, TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(now), Int32GetDatum(max) };

	return statement_run(&statement, values, NULL, read_token, token) == 1;
}

void
store_delete_newcomer(const uint8 *hash)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) $1"
		" AND user_id IS NULL",
		1,
		{ BYTEAOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH) };

	(void) statement_count(&statement, values);
}

void
store_delete_one_time_token(const uint8 *hash)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) $1",
		1,
		{ BYTEAOID }
	};
	Datum values[] = { bytea_datum(hash, SHA256_LENGTH) };

	(void) statement_count(&statement, values);
}

int64
store_delete_short_lived(TimestampTz expired_before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT token_hash FROM jerry.one_time_token"
		" WHERE (user_id IS NULL OR purpose OPERATOR(pg_catalog.=) 'mfa')"
		" AND expires_at OPERATOR(pg_catalog.<) $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(expired_before), Int32GetDatum(batch) };

	return has_address() ? statement_count(&statement, values) : 0;
}

bool
store_address_is_kept(const char *email, const pg_uuid_t *user_id, TimestampTz now)
{
	static Statement statement = {
		"SELECT FROM jerry.one_time_token WHERE purpose OPERATOR(pg_catalog.=) 'email_undo'"
		" AND pg_catalog.lower(email COLLATE pg_catalog.\"C\")"
		" OPERATOR(pg_catalog.=) pg_catalog.lower($1 COLLATE pg_catalog.\"C\")"
		" AND user_id OPERATOR(pg_catalog.<>) $2 AND expires_at OPERATOR(pg_catalog.>) $3",
		3,
		{ TEXTOID, UUIDOID, TIMESTAMPTZOID },
		.latest = true
	};
	Datum values[] = { CStringGetTextDatum(email), UUIDPGetDatum(user_id),
					   TimestampTzGetDatum(now) };

	return has_address() && statement_count(&statement, values) > 0;
}

#define DELETE_OF(operator)                                                    \
	"DELETE FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1" \
	" AND purpose OPERATOR(pg_catalog."                                        \
	operator") $2"

void
store_delete_one_time_token_of(const pg_uuid_t *user_id, const char *purpose)
{
	static Statement statement = { DELETE_OF("="), 2, { UUIDOID, TEXTOID }, .latest = true };
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose) };

	statement_count(&statement, values);
}

void
store_delete_other_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose)
{
	static Statement statement = { DELETE_OF("<>"), 2, { UUIDOID, TEXTOID }, .latest = true };
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
