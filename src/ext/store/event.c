/*
 * event.c: see event.h.
 */
#include "store/event.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "store/consumer.h"
#include "store/ids.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/datum.h"

static IdSource event_ids = ID_SOURCE("event");

#define EVENT_COLUMNS "INSERT INTO jerry.event (event_type, payload, created_at"
/* An id that is taken already is no error: it is drawn again. */
#define EVENT_VALUES  "$1, $2::pg_catalog.json, $3"
#define EVENT_ID	  " ON CONFLICT (id) DO NOTHING RETURNING id"

int64
store_insert_event(const char *type, const char *payload, TimestampTz now)
{
	static Statement insert = {
		EVENT_COLUMNS ") VALUES (" EVENT_VALUES ")" EVENT_ID,
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	static Statement insert_and_give = {
		"WITH event AS (" EVENT_COLUMNS ", dispatched, consumers)"
		" VALUES (" EVENT_VALUES ", true, $4)" EVENT_ID "),"
		" given AS (INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT name, event.id, $3, 0 FROM event CROSS JOIN pg_catalog.unnest($4) AS c (name)"
		" ON CONFLICT DO NOTHING)"
		" SELECT id FROM event",
		4,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTARRAYOID }
	};
	bool give = store_knows_consumers();
	Datum values[] = { CStringGetTextDatum(type), CStringGetTextDatum(payload),
					   TimestampTzGetDatum(now), give ? store_consumer_names() : (Datum) 0 };

	for (int i = 0; i < ID_TRIES; i++)
	{
		int64 id;

		if (statement_run(give ? &insert_and_give : &insert, values, NULL, read_int64_column,
						  &id) == 1)
			return id;
		ids_advance(&event_ids);
	}
	ids_not_found(&event_ids);
}

void
store_delete_event(int64 id)
{
	static Statement deliveries = {
		"DELETE FROM jerry.delivery WHERE event_id OPERATOR(pg_catalog.=) $1",
		1,
		{ INT8OID }
	};
	static Statement event = {
		"DELETE FROM jerry.event WHERE id OPERATOR(pg_catalog.=) $1",
		1,
		{ INT8OID }
	};
	Datum values[] = { Int64GetDatum(id) };

	statement_count(&deliveries, values);
	statement_count(&event, values);
}

/*
 * Neither a consumer that has it, nor one that is still to be given what it
 * missed.
 */
#define NOBODY_WAITS                                                              \
	"NOT EXISTS (SELECT FROM jerry.consumer AS c"                                 \
	" WHERE EXISTS (SELECT FROM jerry.delivery AS d"                              \
	" WHERE d.consumer OPERATOR(pg_catalog.=) c.name"                             \
	" AND d.event_id OPERATOR(pg_catalog.=) e.id)"                                \
	" OR NOT (c.complete OR COALESCE(c.seen OPERATOR(pg_catalog.@>) e.id, false)" \
	" OR COALESCE(c.name OPERATOR(pg_catalog.=) ANY (e.consumers), false)))"

typedef struct Ids
{
	Datum array; /* of bigint */
	bool none;
} Ids;

/* RowReader for an array_agg of ids. */
static bool
read_ids(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Ids *ids = arg;
	Datum array = heap_getattr(row, 1, descriptor, &ids->none);

	if (!ids->none)
		ids->array = datumCopy(array, false, -1);
	return true;
}

int64
store_delete_events(TimestampTz before, int batch)
{
	/*
	 * Separate statements: the lock keeps those who make deliveries off these
	 * events, and the DELETE sees deliveries that were added before the lock.
	 */
	static Statement lock = {
		"SELECT pg_catalog.array_agg(locked.id) FROM"
		" (SELECT e.id FROM jerry.event AS e"
		" WHERE e.dispatched AND e.created_at OPERATOR(pg_catalog.<) $1"
		" AND " NOBODY_WAITS
		" ORDER BY e.id LIMIT $2 FOR UPDATE OF e SKIP LOCKED) AS locked",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	/* Of consumers that were removed. */
	static Statement delete_deliveries = {
		"DELETE FROM jerry.delivery WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.ctid FROM jerry.delivery AS d WHERE d.event_id OPERATOR(pg_catalog.=) ANY ($1)"
		" AND NOT EXISTS (SELECT FROM jerry.consumer AS c"
		" WHERE c.name OPERATOR(pg_catalog.=) d.consumer) FOR UPDATE OF d SKIP LOCKED))",
		1,
		{ INT8ARRAYOID }
	};
	static Statement delete = {
		"DELETE FROM jerry.event AS e WHERE e.id OPERATOR(pg_catalog.=) ANY ($1) AND " NOBODY_WAITS
		" AND NOT EXISTS (SELECT FROM jerry.delivery AS d"
		" WHERE d.event_id OPERATOR(pg_catalog.=) e.id)",
		1,
		{ INT8ARRAYOID }
	};
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(batch) };
	Ids ids;

	statement_run(&lock, values, NULL, read_ids, &ids);
	if (ids.none)
		return 0;
	statement_count(&delete_deliveries, &ids.array);
	return statement_count(&delete, &ids.array);
}
