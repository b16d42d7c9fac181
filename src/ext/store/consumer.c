/*
 * consumer.c: see consumer.h.
 */
#include "store/consumer.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "store/statement.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/xid8.h"

bool
store_knows_consumers(void)
{
	Oid relation = get_relname_relid("consumer", get_namespace_oid("jerry", false));

	return OidIsValid(relation) && get_attnum(relation, "complete") != InvalidAttrNumber;
}

typedef struct Names
{
	Datum *names; /* text */
	int n;
	int room;
} Names;

/* RowReader that adds the name of a consumer. */
static bool
read_name(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Names *found = arg;

	if (found->n == found->room)
		found->names = repalloc(found->names, (found->room *= 2) * sizeof(Datum));
	found->names[found->n++] =
		PointerGetDatum(DatumGetTextPCopy(row_attribute(row, 1, descriptor)));
	return true;
}

Datum
store_consumer_names(void)
{
	Names found = { palloc(8 * sizeof(Datum)), 0, 8 };

	/*
	 * The transaction has its number before it looks: whoever makes a consumer
	 * and cannot be seen here can see that number, and wait for what is written
	 * with it.
	 */
	(void) GetCurrentTransactionId();
	scan_latest(relation_by_name("consumer"), read_name, &found);
	return PointerGetDatum(construct_array(found.names, found.n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* RowReader for a StoredConsumer. */
static bool
read_consumer(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredConsumer *consumer = arg;

	consumer->owner = heap_attisnull(row, 1, descriptor) ? NULL : row_text(row, 1, descriptor);
	consumer->complete = row_bool(row, 2, descriptor);
	consumer->written_here = TransactionIdIsCurrentTransactionId(
		DatumGetTransactionId(row_attribute(row, 3, descriptor)));
	consumer->has_horizon = row_bool(row, 4, descriptor);
	consumer->horizon_has_passed = row_bool(row, 5, descriptor);
	/* Read after the horizon, which somebody may have set a moment ago. */
	if (consumer->has_horizon &&
		U64FromFullTransactionId(DatumGetFullTransactionId(row_attribute(row, 6, descriptor))) >
			U64FromFullTransactionId(ReadNextFullTransactionId()))
		consumer->horizon_has_passed = true;
	return true;
}

bool
store_find_consumer(const char *name, StoredConsumer *consumer)
{
	/*
	 * A horizon from the future came with the rows of another server, where
	 * nothing is under way any more.
	 */
	static Statement statement = {
		"SELECT owner, complete, xmin, horizon IS NOT NULL, COALESCE("
		"pg_catalog.pg_snapshot_xmax(horizon) OPERATOR(pg_catalog.<=)"
		" pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()), false),"
		" pg_catalog.pg_snapshot_xmax(horizon)"
		" FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name) };

	return statement_run(&statement, values, NULL, read_consumer, consumer) == 1;
}

/* Held by who makes or removes a consumer of this name. */
static LOCKTAG
name_lock(const char *name)
{
	LOCKTAG lock;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, relation_by_name("consumer"),
					   DatumGetUInt32(hash_any((const unsigned char *) name, strlen(name))), 1);
	return lock;
}

bool
store_try_making_consumer(const char *name, Oid owner)
{
	LOCKTAG by_name = name_lock(name);
	LOCKTAG by_owner;

	SET_LOCKTAG_OBJECT(by_owner, MyDatabaseId, relation_by_name("consumer"), owner, 2);
	return LockAcquire(&by_name, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL &&
		   LockAcquire(&by_owner, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* RowReader for two numbers. */
static bool
read_counts(HeapTuple row, TupleDesc descriptor, void *arg)
{
	int64 *counts = arg;

	counts[0] = row_int64(row, 1, descriptor);
	counts[1] = row_int64(row, 2, descriptor);
	return true;
}

void
store_count_consumers(const char *owner, int64 *all, int64 *owned)
{
	static Statement statement = {
		"SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE owner OPERATOR(pg_catalog.=)"
		" $1) FROM jerry.consumer",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(owner) };
	int64 counts[2];

	statement_run(&statement, values, NULL, read_counts, counts);
	*all = counts[0];
	*owned = counts[1];
}

bool
store_insert_consumer(const char *name, const char *owner, TimestampTz now)
{
	static Statement insert = {
		"INSERT INTO jerry.consumer (name, created_at, owner, complete) VALUES ($1, $2, $3, false)"
		" ON CONFLICT DO NOTHING",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TEXTOID }
	};
	/*
	 * What is being deleted it need not have; should it stay after all, it was
	 * not seen.
	 */
	static Statement deliver = {
		"WITH kept AS MATERIALIZED (SELECT id FROM jerry.event WHERE dispatched"
		" FOR KEY SHARE SKIP LOCKED),"
		" given AS (INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT $1, id, $2, 0 FROM kept ON CONFLICT DO NOTHING)"
		" UPDATE jerry.consumer SET seen = (SELECT pg_catalog.range_agg(pg_catalog.int8range(id,"
		" id, '[]')) FROM kept)"
		" WHERE name OPERATOR(pg_catalog.=) $1",
		2,
		{ TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(name), TimestampTzGetDatum(now),
					   CStringGetTextDatum(owner) };

	/*
	 * Only if we created the consumer; otherwise events that another worker has
	 * already acknowledged would be delivered again.
	 */
	return statement_count(&insert, values) > 0 && statement_count(&deliver, values) > 0;
}

/* The row of a consumer, unless somebody is changing it. */
#define UNLESS_LOCKED(condition)                                          \
	" WHERE name OPERATOR(pg_catalog.=) (SELECT name FROM jerry.consumer" \
	" WHERE name OPERATOR(pg_catalog.=) $1 AND " condition " FOR NO KEY UPDATE SKIP LOCKED)"

void
store_adopt_consumer(const char *name, const char *owner)
{
	static Statement statement = {
		"UPDATE jerry.consumer SET owner = $2" UNLESS_LOCKED("owner IS NULL"),
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(owner) };

	statement_count(&statement, values);
}

bool
store_assign_consumer(const char *name, const char *owner)
{
	static Statement statement = {
		"UPDATE jerry.consumer SET owner = $2 WHERE name OPERATOR(pg_catalog.=) $1",
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(owner) };

	return statement_count(&statement, values) > 0;
}

void
store_set_horizon(const char *name)
{
	/*
	 * The consumer can be seen by now: who has no number yet will see it as
	 * well.  A snapshot of now would not do: it ends behind the last number
	 * that has ended, and leaves out those in progress above.
	 */
	static Statement statement = {
		"UPDATE jerry.consumer SET horizon ="
		" pg_catalog.concat($2, ':', $2, ':')::pg_catalog.pg_snapshot" UNLESS_LOCKED(
			"horizon IS NULL AND NOT complete"),
		2,
		{ TEXTOID, TEXTOID }
	};
	char *next = psprintf(UINT64_FORMAT, U64FromFullTransactionId(ReadNextFullTransactionId()));
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(next) };

	statement_count(&statement, values);
}

void
store_complete_consumer(const char *name, TimestampTz now)
{
	static Statement mark = {
		"UPDATE jerry.consumer SET complete = true, horizon = NULL" UNLESS_LOCKED("NOT complete"),
		1,
		{ TEXTOID }
	};
	static Statement deliver = {
		"INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT $1, missed.id, $2, 0 FROM"
		" (SELECT e.id FROM jerry.event AS e JOIN jerry.consumer AS c ON c.name"
		" OPERATOR(pg_catalog.=) $1"
		" WHERE e.dispatched AND NOT COALESCE(c.seen OPERATOR(pg_catalog.@>) e.id, false)"
		" AND NOT COALESCE(c.name OPERATOR(pg_catalog.=) ANY (e.consumers), false)"
		" FOR KEY SHARE OF e SKIP LOCKED) AS missed"
		" ON CONFLICT DO NOTHING",
		2,
		{ TEXTOID, TIMESTAMPTZOID }
	};
	static Statement forget = {
		"UPDATE jerry.consumer SET seen = NULL WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), TimestampTzGetDatum(now) };

	if (statement_count(&mark, values) == 0)
		return;
	statement_count(&deliver, values);
	statement_count(&forget, values);
}

bool
store_delete_consumer(const char *name)
{
	static Statement forget = {
		"DELETE FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	/*
	 * What is claimed or written at this moment stays and goes with its event,
	 * or comes to the next consumer of that name.
	 */
	static Statement forget_deliveries = {
		"DELETE FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1"
		" AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 FOR"
		" UPDATE SKIP LOCKED))",
		1,
		{ TEXTOID }
	};
	LOCKTAG lock = name_lock(name);
	Datum values[] = { CStringGetTextDatum(name) };

	(void) LockAcquire(&lock, ExclusiveLock, false, false);
	if (statement_count(&forget, values) == 0)
		return false;
	statement_count(&forget_deliveries, values);
	return true;
}
