/*
 * delivery.c: see delivery.h.
 */
#include "store/delivery.h"

#include "catalog/pg_type.h"
#include "store/consumer.h"
#include "store/statement.h"
#include "utils/builtins.h"

void
store_dispatch_events(int batch, TimestampTz now)
{
	static Statement statement = {
		"WITH batch AS MATERIALIZED"
		" (SELECT id FROM jerry.event WHERE NOT dispatched ORDER BY id LIMIT $1"
		" FOR NO KEY UPDATE SKIP LOCKED),"
		" marked AS"
		" (UPDATE jerry.event AS e SET dispatched = true, consumers = $3 FROM batch"
		" WHERE e.id OPERATOR(pg_catalog.=) batch.id)"
		" INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT c.name, batch.id, $2, 0 FROM pg_catalog.unnest($3) AS c (name) CROSS JOIN batch"
		" ON CONFLICT DO NOTHING",
		3,
		{ INT4OID, TIMESTAMPTZOID, TEXTARRAYOID }
	};
	Datum values[] = { Int32GetDatum(batch), TimestampTzGetDatum(now), store_consumer_names() };

	statement_count(&statement, values);
}

void
store_claim_events(const char *consumer, int max, TimestampTz now, TimestampTz lease_end,
				   struct ReturnSetInfo *result)
{
	static Statement statement = {
		"WITH due AS MATERIALIZED"
		" (SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1"
		" AND claimable_at OPERATOR(pg_catalog.<=) $3"
		" ORDER BY event_id LIMIT $2 FOR UPDATE SKIP LOCKED),"
		" claimed AS"
		" (UPDATE jerry.delivery AS d SET claimable_at = $4,"
		" attempts = attempts OPERATOR(pg_catalog.+) 1 FROM due"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $1"
		" AND d.event_id OPERATOR(pg_catalog.=) due.event_id RETURNING d.event_id, d.attempts)"
		" SELECT e.id, e.event_type, e.payload, claimed.attempts FROM claimed"
		" JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) claimed.event_id"
		" ORDER BY e.id",
		4,
		{ TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), Int32GetDatum(max), TimestampTzGetDatum(now),
					   TimestampTzGetDatum(lease_end) };

	statement_fill(&statement, values, result);
}

int64
store_delete_deliveries(const char *consumer, Datum event_ids, bool *left)
{
	static Statement delete = {
		"DELETE FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1"
		" AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1"
		" AND event_id OPERATOR(pg_catalog.=) ANY ($2) FOR UPDATE SKIP LOCKED))",
		2,
		{ TEXTOID, INT8ARRAYOID }
	};
	static Statement look = {
		"SELECT FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1"
		" AND event_id OPERATOR(pg_catalog.=) ANY ($2) LIMIT 1",
		2,
		{ TEXTOID, INT8ARRAYOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), event_ids };
	int64 n = statement_count(&delete, values);

	*left = statement_count(&look, values) > 0;
	return n;
}

int64
store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now)
{
	static Statement reset = {
		"UPDATE jerry.delivery SET claimable_at = $3, attempts = 0"
		" WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.event_id FROM jerry.delivery AS d"
		" JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $1 AND e.created_at OPERATOR(pg_catalog.>=) $2"
		" FOR UPDATE OF d SKIP LOCKED))",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	/*
	 * What is not dispatched yet comes anyway; what is being deleted stays as
	 * it is.
	 */
	static Statement insert = {
		"INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT $1, e.id, $3, 0 FROM"
		" (SELECT id FROM jerry.event AS e WHERE dispatched"
		" AND created_at OPERATOR(pg_catalog.>=) $2 AND NOT EXISTS"
		" (SELECT FROM jerry.delivery AS d WHERE d.consumer OPERATOR(pg_catalog.=) $1"
		" AND d.event_id OPERATOR(pg_catalog.=) e.id)"
		" FOR KEY SHARE OF e SKIP LOCKED) AS e"
		" ON CONFLICT DO NOTHING",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), TimestampTzGetDatum(since),
					   TimestampTzGetDatum(now) };

	return statement_count(&reset, values) + statement_count(&insert, values);
}
