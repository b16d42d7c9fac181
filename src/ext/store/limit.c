/*
 * limit.c: see limit.h.
 */
#include "store/limit.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	LIMIT_NAME = 1,
	LIMIT_QUANTITY,
	LIMIT_SECONDS,
	LIMIT_BURST,
	LIMIT_CHANGED_AT
};

#define BUCKET_FULL_UNTIL 4

/* In ms: other work may be waiting behind who waits for a bucket. */
#define USE_WAIT_MS 500

static Oid
table(const char *name)
{
	return get_relname_relid(name, get_namespace_oid("jerry", true));
}

bool
store_knows_limits(void)
{
	return OidIsValid(table("rate_bucket"));
}

/* RowReader that adds to StoredLimits. */
static bool
read_limit(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredLimits *found = arg;
	StoredLimit *limit;

	if (found->n == found->room)
	{
		found->room = Max(found->room * 2, 16);
		found->limits = found->limits == NULL
							? palloc(found->room * sizeof(StoredLimit))
							: repalloc(found->limits, found->room * sizeof(StoredLimit));
	}
	limit = &found->limits[found->n++];
	limit->name = row_text(row, LIMIT_NAME, descriptor);
	limit->quantity = DatumGetInt32(row_attribute(row, LIMIT_QUANTITY, descriptor));
	limit->seconds = DatumGetInt32(row_attribute(row, LIMIT_SECONDS, descriptor));
	limit->burst = DatumGetInt32(row_attribute(row, LIMIT_BURST, descriptor));
	limit->changed_at = row_time(row, LIMIT_CHANGED_AT, descriptor);
	return true;
}

StoredLimits
store_load_limits(void)
{
	StoredLimits found = { 0 };

	scan_latest(table("rate_limit"), read_limit, &found);
	return found;
}

void
store_set_limit(const StoredLimit *limit)
{
	static Statement statement = {
		"INSERT INTO jerry.rate_limit (name, quantity, seconds, burst, changed_at)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE"
		" SET quantity = EXCLUDED.quantity, seconds = EXCLUDED.seconds,"
		" burst = EXCLUDED.burst, changed_at = EXCLUDED.changed_at",
		5,
		{ TEXTOID, INT4OID, INT4OID, INT4OID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(limit->name), Int32GetDatum(limit->quantity),
					   Int32GetDatum(limit->seconds), Int32GetDatum(limit->burst),
					   TimestampTzGetDatum(limit->changed_at) };

	statement_count(&statement, values);
}

void
store_delete_limit(const char *name)
{
	static Statement statement = {
		"DELETE FROM jerry.rate_limit WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name) };

	statement_count(&statement, values);
}

/* RowReader for a TimestampTz. */
static bool
read_full_until(HeapTuple row, TupleDesc descriptor, void *arg)
{
	*(TimestampTz *) arg = row_time(row, BUCKET_FULL_UNTIL, descriptor);
	return true;
}

bool
store_find_bucket(const pg_uuid_t *id, TimestampTz *full_until)
{
	return probe("rate_bucket", id, PROBE_LATEST, read_full_until, full_until);
}

/* RowReader for a TimestampTz in the first column. */
static bool
read_time_column(HeapTuple row, TupleDesc descriptor, void *arg)
{
	*(TimestampTz *) arg = row_time(row, 1, descriptor);
	return true;
}

/* How full a bucket that is there becomes. */
#define MORE_FULL                                                \
	"GREATEST(CASE WHEN b.full_until OPERATOR(pg_catalog.<=) $8" \
	" THEN b.full_until ELSE $4 END, $4)"                        \
	" OPERATOR(pg_catalog.+) ($5 OPERATOR(pg_catalog.-) $4)"

bool
store_use_bucket(const StoredBucket *bucket, TimestampTz now, int64 more, TimestampTz allowed,
				 TimestampTz most, TimestampTz believable, TimestampTz *full_until)
{
	/* $5 is how full an unused one would be. */
	static Statement statement = {
		"INSERT INTO jerry.rate_bucket AS b (id, account, network, full_until)"
		" VALUES ($1, $2, $3, $5) ON CONFLICT (id)"
		" DO UPDATE SET full_until = LEAST(" MORE_FULL ", $7)"
		" WHERE " MORE_FULL " OPERATOR(pg_catalog.<=) $6 RETURNING b.full_until",
		8,
		{ UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		  TIMESTAMPTZOID, TIMESTAMPTZOID },
		.latest = true,
		.wait_ms = USE_WAIT_MS
	};
	Datum values[] = { UUIDPGetDatum(&bucket->id), UUIDPGetDatum(&bucket->account),
					   UUIDPGetDatum(&bucket->network), TimestampTzGetDatum(now),
					   TimestampTzGetDatum(now + more), TimestampTzGetDatum(allowed),
					   TimestampTzGetDatum(most), TimestampTzGetDatum(believable) };
	char nulls[] = { ' ', bucket->has_account ? ' ' : 'n', bucket->has_network ? ' ' : 'n',
					 ' ', ' ', ' ', ' ', ' ' };

	return statement_run(&statement, values, nulls, read_time_column, full_until) == 1;
}

int64
store_delete_buckets_of(const pg_uuid_t *account, const pg_uuid_t *network)
{
	static Statement statement = {
		"DELETE FROM jerry.rate_bucket WHERE account OPERATOR(pg_catalog.=) $1"
		" OR network OPERATOR(pg_catalog.=) $2",
		2,
		{ UUIDOID, UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(account), UUIDPGetDatum(network) };
	char nulls[] = { account == NULL ? 'n' : ' ', network == NULL ? 'n' : ' ' };

	return statement_run(&statement, values, nulls, NULL, NULL);
}

int64
store_delete_buckets(TimestampTz now, int64 keep, int64 batch)
{
	static Statement unused = {
		"DELETE FROM jerry.rate_bucket WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT ctid FROM jerry.rate_bucket WHERE full_until OPERATOR(pg_catalog.<=) $1"
		" LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT8OID }
	};
	/* Of an attack from many networks, whose number nothing else bounds. */
	static Statement surplus = {
		"DELETE FROM jerry.rate_bucket WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT ctid FROM jerry.rate_bucket ORDER BY full_until LIMIT LEAST($2,"
		" (SELECT GREATEST(pg_catalog.count(*) OPERATOR(pg_catalog.-) $1, 0) FROM"
		" jerry.rate_bucket)) FOR UPDATE SKIP LOCKED))",
		2,
		{ INT8OID, INT8OID }
	};
	Datum values[] = { TimestampTzGetDatum(now), Int64GetDatum(batch) };
	Datum surplus_values[] = { Int64GetDatum(keep), Int64GetDatum(batch) };
	int64 deleted = statement_count(&unused, values);

	return deleted < batch ? deleted + statement_count(&surplus, surplus_values) : deleted;
}
