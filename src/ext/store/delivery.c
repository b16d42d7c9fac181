/*
 * delivery.c: see delivery.h.
 */
#include "store/delivery.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "store/consumer.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/datum.h"

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

typedef struct Settled
{
	int64 n;
	Datum left; /* of bigint; 0: none */
} Settled;

/* RowReader */
static bool
read_settled(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Settled *settled = arg;
	bool none;
	Datum left = heap_getattr(row, 2, descriptor, &none);

	settled->n = row_int64(row, 1, descriptor);
	settled->left = none ? 0 : datumCopy(left, false, -1);
	return true;
}

/* Of a consumer ($1) the deliveries of events ($2), if a condition holds. */
#define SETTLED_HEAD(condition)                                                      \
	"WITH wanted AS MATERIALIZED"                                                    \
	" (SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1" \
	" AND event_id OPERATOR(pg_catalog.=) ANY ($2) AND " condition "),"              \
	" held AS MATERIALIZED"                                                          \
	" (SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1" \
	" AND event_id OPERATOR(pg_catalog.=) ANY ($2) AND " condition                   \
	" FOR UPDATE SKIP LOCKED),"
#define SETTLED_DELETED " settled AS (DELETE FROM jerry.delivery AS d USING held"
#define SETTLED_CHANGED                                              \
	" settled AS (UPDATE jerry.delivery AS d SET claimable_at = $4," \
	" attempts = GREATEST(0, attempts OPERATOR(pg_catalog.-) $5),"   \
	" rejected_at = $6, reason = COALESCE($7, reason) FROM held"
#define SETTLED_TAIL                                                             \
	" WHERE d.consumer OPERATOR(pg_catalog.=) $1"                                \
	" AND d.event_id OPERATOR(pg_catalog.=) held.event_id RETURNING d.event_id)" \
	" SELECT (SELECT pg_catalog.count(*) FROM settled),"                         \
	" (SELECT pg_catalog.array_agg(event_id) FROM wanted AS w WHERE NOT EXISTS"  \
	" (SELECT FROM held WHERE held.event_id OPERATOR(pg_catalog.=) w.event_id))"
#define IS_REJECTED "(rejected_at IS NOT NULL) OPERATOR(pg_catalog.=) $3"

int64
store_settle_deliveries(const char *consumer, Datum *event_ids, const DeliveryChange *change)
{
	static Statement delete = {
		SETTLED_HEAD("true") SETTLED_DELETED SETTLED_TAIL,
		2,
		{ TEXTOID, INT8ARRAYOID }
	};
	static Statement update = {
		SETTLED_HEAD(IS_REJECTED) SETTLED_CHANGED SETTLED_TAIL,
		7,
		{ TEXTOID, INT8ARRAYOID, BOOLOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum values[7] = { CStringGetTextDatum(consumer), *event_ids };
	char nulls[] = "       ";
	Settled settled = { 0 };

	if (change == NULL)
		statement_run(&delete, values, NULL, read_settled, &settled);
	else
	{
		values[2] = BoolGetDatum(change->rejected);
		values[3] = TimestampTzGetDatum(change->claimable_at);
		values[4] = Int32GetDatum(change->tries);
		values[5] = TimestampTzGetDatum(change->rejected_at);
		values[6] = text_datum(change->reason);
		nulls[5] = change->rejected_at == 0 ? 'n' : ' ';
		nulls[6] = null_flag(values[6]);
		statement_run(&update, values, nulls, read_settled, &settled);
	}
	*event_ids = settled.left;
	return settled.n;
}

bool
store_next_delivery(const char *consumer, TimestampTz now, TimestampTz *at)
{
	static Statement statement = {
		"SELECT least FROM (SELECT LEAST((SELECT pg_catalog.min(claimable_at) FROM jerry.delivery"
		" WHERE consumer OPERATOR(pg_catalog.=) $1 AND rejected_at IS NULL),"
		" (SELECT $2 FROM jerry.event WHERE NOT dispatched LIMIT 1)) AS least) AS next"
		" WHERE least IS NOT NULL",
		2,
		{ TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), TimestampTzGetDatum(now) };

	return statement_run(&statement, values, NULL, read_int64_column, at) == 1;
}

void
store_rejected_events(const char *consumer, int64 after, int max, struct ReturnSetInfo *result)
{
	static Statement statement = {
		"SELECT e.id, e.event_type, e.created_at, d.attempts, d.rejected_at, d.reason"
		" FROM jerry.delivery AS d JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $1 AND d.event_id OPERATOR(pg_catalog.>) $2"
		" AND d.rejected_at IS NOT NULL ORDER BY d.event_id LIMIT $3",
		3,
		{ TEXTOID, INT8OID, INT4OID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), Int64GetDatum(after), Int32GetDatum(max) };

	statement_fill(&statement, values, result);
}

int64
store_forget_rejected(TimestampTz before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.delivery WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT ctid FROM jerry.delivery WHERE rejected_at OPERATOR(pg_catalog.<) $1"
		" LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(batch) };

	return statement_count(&statement, values);
}

int64
store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now)
{
	static Statement reset = {
		"UPDATE jerry.delivery SET claimable_at = $3, attempts = 0, rejected_at = NULL"
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
