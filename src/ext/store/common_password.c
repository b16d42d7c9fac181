/*
 * common_password.c: see common_password.h.
 */
#include "store/common_password.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "port/pg_bswap.h"
#include "storage/lmgr.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define REST_LENGTH 6 /* bytes of a mark behind its bucket */

/* The bytes of a mark in the order in which they are compared. */
static void
write_rest(uint64 mark, uint8 rest[REST_LENGTH])
{
	uint64 bytes = pg_hton64(mark);

	memcpy(rest, (uint8 *) &bytes + sizeof(bytes) - REST_LENGTH, REST_LENGTH);
}

/* Where a rest is, or would have to be, among n that are in order. */
static int
place_of(const uint8 *rests, int n, const uint8 rest[REST_LENGTH])
{
	int low = 0;
	int high = n;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (memcmp(rests + middle * REST_LENGTH, rest, REST_LENGTH) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_among(const uint8 *rests, int n, const uint8 rest[REST_LENGTH])
{
	int place = place_of(rests, n, rest);

	return place < n && memcmp(rests + place * REST_LENGTH, rest, REST_LENGTH) == 0;
}

/* What is looked for in a row, and whether it is there. */
typedef struct Wanted
{
	uint8 rest[REST_LENGTH];
	bool is_there;
} Wanted;

/* RowReader for a Wanted. */
static bool
look_for_rest(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Wanted *wanted = arg;
	bytea *hashes = DatumGetByteaPP(row_attribute(row, 1, descriptor));

	wanted->is_there = is_among((const uint8 *) VARDATA_ANY(hashes),
								VARSIZE_ANY_EXHDR(hashes) / REST_LENGTH, wanted->rest);
	return true;
}

/* RowReader for a copy of the first column. */
static bool
read_hashes(HeapTuple row, TupleDesc descriptor, void *arg)
{
	*(bytea **) arg = DatumGetByteaPCopy(row_attribute(row, 1, descriptor));
	return true;
}

/* Has the reader read the hashes of a bucket, if there are any. */
static void
find_bucket(int bucket, RowReader read, void *arg)
{
	static Statement statement = {
		"SELECT hashes FROM jerry.common_password WHERE bucket OPERATOR(pg_catalog.=) $1",
		1,
		{ INT4OID }
	};
	Datum values[] = { Int32GetDatum(bucket) };

	statement_run(&statement, values, NULL, read, arg);
}

bool
store_has_common_password(uint64 mark)
{
	Wanted wanted = { .is_there = false };

	if (!OidIsValid(get_relname_relid("common_password", get_namespace_oid("jerry", true))))
		return false;
	write_rest(mark, wanted.rest);
	find_bucket(COMMON_PASSWORD_BUCKET(mark), look_for_rest, &wanted);
	return wanted.is_there;
}

bool
store_has_common_passwords(void)
{
	static Statement statement = { "SELECT FROM jerry.common_password LIMIT 1" };

	return statement_count(&statement, NULL) > 0;
}

void
store_lock_common_passwords(void)
{
	LockRelationOid(relation_by_name("common_password"), ShareUpdateExclusiveLock);
}

/*
 * The rests of n marks merged into those of a row (NULL: there is none); how
 * many are new to *added.
 */
static bytea *
merge(const bytea *old, const uint64 *marks, int n, int64 *added)
{
	const uint8 *there = (const uint8 *) (old == NULL ? "" : VARDATA(old));
	int left = old == NULL ? 0 : (VARSIZE(old) - VARHDRSZ) / REST_LENGTH;
	bytea *merged = palloc(VARHDRSZ + ((Size) left + n) * REST_LENGTH);
	uint8 *out = (uint8 *) VARDATA(merged);

	*added = 0;
	for (int i = 0; i < n; i++)
	{
		uint8 rest[REST_LENGTH];
		int before;

		write_rest(marks[i], rest);
		before = place_of(there, left, rest);
		memcpy(out, there, (Size) before * REST_LENGTH);
		out += (Size) before * REST_LENGTH;
		there += (Size) before * REST_LENGTH;
		left -= before;
		if (left > 0 && memcmp(there, rest, REST_LENGTH) == 0)
			continue;
		memcpy(out, rest, REST_LENGTH);
		out += REST_LENGTH;
		(*added)++;
	}
	memcpy(out, there, (Size) left * REST_LENGTH);
	out += (Size) left * REST_LENGTH;
	SET_VARSIZE(merged, out - (uint8 *) merged);
	return merged;
}

int64
store_add_common_passwords(const uint64 *marks, int n)
{
	static Statement statement = {
		"INSERT INTO jerry.common_password (bucket, hashes) VALUES ($1, $2)"
		" ON CONFLICT (bucket) DO UPDATE SET hashes = EXCLUDED.hashes",
		2,
		{ INT4OID, BYTEAOID }
	};
	int bucket = COMMON_PASSWORD_BUCKET(marks[0]);
	bytea *old = NULL;
	bytea *merged;
	int64 added;

	find_bucket(bucket, read_hashes, &old);
	merged = merge(old, marks, n, &added);
	if (added > 0)
	{
		Datum values[] = { Int32GetDatum(bucket), PointerGetDatum(merged) };

		statement_count(&statement, values);
	}
	pfree(merged);
	if (old != NULL)
		pfree(old);
	return added;
}

void
store_add_common_password_source(const CommonPasswordSource *source)
{
	static Statement statement = {
		"INSERT INTO jerry.common_password_source AS s"
		" (source, form, min_count, passwords, skipped, loaded_at, loaded_by)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (source) DO UPDATE SET"
		" form = EXCLUDED.form, min_count = EXCLUDED.min_count,"
		" passwords = s.passwords OPERATOR(pg_catalog.+) EXCLUDED.passwords,"
		" skipped = EXCLUDED.skipped, loaded_at = EXCLUDED.loaded_at,"
		" loaded_by = EXCLUDED.loaded_by",
		7,
		{ TEXTOID, TEXTOID, INT4OID, INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(source->path),
					   CStringGetTextDatum(source->form),
					   Int32GetDatum(source->min_count),
					   Int64GetDatum(source->passwords),
					   Int64GetDatum(source->skipped),
					   TimestampTzGetDatum(source->loaded_at),
					   CStringGetTextDatum(source->loaded_by) };

	statement_count(&statement, values);
}

int64
store_clear_common_passwords(void)
{
	static Statement forget = { "DELETE FROM jerry.common_password_source" };
	static Statement clear = {
		"WITH gone AS (DELETE FROM jerry.common_password RETURNING pg_catalog.length(hashes) AS n)"
		" SELECT COALESCE(pg_catalog.sum(n) OPERATOR(pg_catalog./) 6, 0)::pg_catalog.int8 FROM gone"
	};
	int64 passwords;

	statement_count(&forget, NULL);
	statement_run(&clear, NULL, NULL, read_int64_column, &passwords);
	return passwords;
}

void
store_show_common_passwords(struct ReturnSetInfo *result)
{
	static Statement statement = {
		"SELECT source, form, min_count, passwords, skipped, loaded_at, loaded_by,"
		" EXISTS (SELECT FROM jerry.common_password)"
		" FROM jerry.common_password_source ORDER BY loaded_at, source COLLATE pg_catalog.\"C\""
	};

	statement_fill(&statement, NULL, result);
}
