/*
 * audit_seal.c: see audit_seal.h.
 */
#include "store/audit_seal.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "store/audit_hash.h"
#include "store/statement.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

bool
store_knows_seals(void)
{
	return OidIsValid(get_relname_relid("audit_seal", get_namespace_oid("jerry", false)));
}

bool
store_try_sealing(void)
{
	LOCKTAG lock;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, relation_by_name("audit_seal"), 0, 0);
	return LockAcquire(&lock, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

int64
store_last_audit_id(void)
{
	static Statement statement = {
		"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM jerry.audit_id_seq"
	};
	int64 id;

	statement_run(&statement, NULL, NULL, read_int64_column, &id);
	return id;
}

/*
 * Who puts something on record has this lock on a partition before it draws the
 * id, and until its rows can be seen, or never will be.  This transaction's own
 * rows can be seen.
 */
#define WRITERS                                                                                   \
	" FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'relation'"                  \
	" AND mode OPERATOR(pg_catalog.=) 'RowExclusiveLock' AND granted"                             \
	" AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()"                                       \
	" AND database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database"                \
	" WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"                        \
	" AND relation OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT inhrelid FROM pg_catalog.pg_inherits" \
	" WHERE inhparent OPERATOR(pg_catalog.=) 'jerry.audit'::pg_catalog.regclass::pg_catalog.oid))"

/* RowReader for an array, 0 where it is NULL. */
static bool
read_array(HeapTuple row, TupleDesc descriptor, void *arg)
{
	bool is_null;
	Datum array = heap_getattr(row, 1, descriptor, &is_null);

	*(Datum *) arg = is_null ? (Datum) 0 : datumCopy(array, false, -1);
	return true;
}

Datum
store_audit_writers(void)
{
	static Statement statement = {
		"SELECT pg_catalog.array_agg(DISTINCT virtualtransaction)" WRITERS
	};
	Datum writers;

	statement_run(&statement, NULL, NULL, read_array, &writers);
	return writers;
}

bool
store_audit_is_written(Datum writers)
{
	static Statement statement = {
		"SELECT 1" WRITERS " AND virtualtransaction OPERATOR(pg_catalog.=) ANY ($1) LIMIT 1",
		1,
		{ TEXTARRAYOID }
	};

	return statement_count(&statement, &writers) > 0;
}

DateADT
store_month_of(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;

	if (TIMESTAMP_IS_NOBEGIN(at))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(at) || timestamp2tm(at, NULL, &tm, &fraction, NULL, NULL) != 0)
		return DATEVAL_NOEND;
	return date2j(tm.tm_year, tm.tm_mon, 1) - POSTGRES_EPOCH_JDATE;
}

typedef struct EntryReader
{
	AuditEntries found;
	MemoryContext row_memory;
} EntryReader;

/* RowReader that adds to AuditEntries. */
static bool
read_entry(HeapTuple row, TupleDesc descriptor, void *arg)
{
	EntryReader *reader = arg;
	AuditEntries *found = &reader->found;
	AuditEntry *entry;
	MemoryContext caller;

	if (found->n == found->room)
	{
		found->room = Max(found->room * 2, 64);
		found->entries = found->entries == NULL
							 ? palloc(found->room * sizeof(AuditEntry))
							 : repalloc(found->entries, found->room * sizeof(AuditEntry));
	}
	entry = &found->entries[found->n++];
	caller = MemoryContextSwitchTo(reader->row_memory);
	entry->id = row_int64(row, 1, descriptor);
	entry->is_ok = strcmp(row_text(row, 4, descriptor), "OK") == 0;
	entry->month = store_month_of(row_time(row, 2, descriptor));
	audit_row_hash(row, descriptor, entry->hash);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_memory);
	entry->action = row_text(row, 3, descriptor);
	return true;
}

#define ROWS                                                                               \
	"SELECT id, at, action, outcome, actor, user_id, session_id, role, acting_role, ip,"   \
	" user_agent, request_id, details FROM jerry.audit WHERE id OPERATOR(pg_catalog.>) $1" \
	" AND id OPERATOR(pg_catalog.<=) $2 ORDER BY id LIMIT $3"

AuditEntries
store_read_audit(int64 above, int64 up_to, int limit, bool steady)
{
	static Statement now = { ROWS, 3, { INT8OID, INT8OID, INT4OID } };
	static Statement as_before = { ROWS, 3, { INT8OID, INT8OID, INT4OID }, .steady = true };
	Datum values[] = { Int64GetDatum(above), Int64GetDatum(up_to), Int32GetDatum(limit) };
	EntryReader reader = { .row_memory = AllocSetContextCreate(CurrentMemoryContext, "jerry row",
															   ALLOCSET_DEFAULT_SIZES) };

	statement_run(steady ? &as_before : &now, values, NULL, read_entry, &reader);
	MemoryContextDelete(reader.row_memory);
	return reader.found;
}

void
store_hold_audit(void)
{
	(void) find_all_inheritors(relation_by_name("audit"), AccessShareLock, NULL);
	LockRelationOid(relation_by_name("audit"), AccessShareLock);
	LockRelationOid(relation_by_name("audit_seal"), AccessShareLock);
}

typedef struct FoundRow
{
	TimestampTz *at;
	char **action;
} FoundRow;

/* RowReader for a FoundRow. */
static bool
read_found(HeapTuple row, TupleDesc descriptor, void *arg)
{
	FoundRow *found = arg;

	*found->at = row_time(row, 1, descriptor);
	*found->action = row_text(row, 2, descriptor);
	return true;
}

bool
store_find_audit(int64 id, TimestampTz *at, char **action)
{
	static Statement statement = {
		"SELECT at, action FROM jerry.audit WHERE id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		1,
		{ INT8OID },
		.steady = true
	};
	Datum values[] = { Int64GetDatum(id) };
	FoundRow found = { at, action };

	return statement_run(&statement, values, NULL, read_found, &found) == 1;
}

typedef struct Drops
{
	AuditDrop *drops;
	int n;
} Drops;

/* RowReader that adds to Drops. */
static bool
read_drop(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Drops *found = arg;
	AuditDrop *drop;

	found->drops = found->drops == NULL
					   ? palloc(sizeof(AuditDrop))
					   : repalloc(found->drops, (found->n + 1) * sizeof(AuditDrop));
	drop = &found->drops[found->n++];
	drop->id = row_int64(row, 1, descriptor);
	drop->at = row_time(row, 2, descriptor);
	drop->partition = row_text_or_null(row, 3, descriptor);
	return true;
}

AuditDrop *
store_audit_drops(int *n)
{
	/* There is at most one for each month that is on record. */
	static Statement statement = {
		"SELECT id, at, pg_catalog.json_extract_path_text(details, 'partition') FROM jerry.audit"
		" WHERE action OPERATOR(pg_catalog.=) 'audit.drop' ORDER BY id DESC LIMIT 100",
		.steady = true
	};
	Drops found = { 0 };

	statement_run(&statement, NULL, NULL, read_drop, &found);
	*n = found.n;
	return found.drops;
}

int64
store_count_audit(int64 above)
{
	static Statement statement = {
		"SELECT pg_catalog.count(*) FROM jerry.audit WHERE id OPERATOR(pg_catalog.>) $1",
		1,
		{ INT8OID },
		.steady = true
	};
	Datum values[] = { Int64GetDatum(above) };
	int64 count;

	statement_run(&statement, values, NULL, read_int64_column, &count);
	return count;
}

#define SEALS                                                                            \
	"SELECT id, sealed_at, first_id, last_id, row_count, month, previous, hash, entries" \
	" FROM jerry.audit_seal"

/* Bytes of a hash that somebody may have cut; what is not there is zero. */
static void
read_hash(HeapTuple row, int n, TupleDesc descriptor, uint8 hash[SHA256_LENGTH])
{
	bytea *bytes = DatumGetByteaPP(row_attribute(row, n, descriptor));

	memset(hash, 0, SHA256_LENGTH);
	memcpy(hash, VARDATA_ANY(bytes), Min(VARSIZE_ANY_EXHDR(bytes), SHA256_LENGTH));
}

/* RowReader for a StoredSeal. */
static bool
read_seal(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredSeal *seal = arg;

	seal->id = row_int64(row, 1, descriptor);
	seal->sealed_at = row_time(row, 2, descriptor);
	seal->first_id = row_int64(row, 3, descriptor);
	seal->last_id = row_int64(row, 4, descriptor);
	seal->row_count = DatumGetInt32(row_attribute(row, 5, descriptor));
	seal->month = DatumGetDateADT(row_attribute(row, 6, descriptor));
	read_hash(row, 7, descriptor, seal->previous);
	read_hash(row, 8, descriptor, seal->hash);
	seal->entries = DatumGetByteaPCopy(row_attribute(row, 9, descriptor));
	return true;
}

bool
store_newest_seal(StoredSeal *seal)
{
	static Statement statement = { SEALS " ORDER BY id DESC LIMIT 1" };

	return statement_run(&statement, NULL, NULL, read_seal, seal) == 1;
}

bool
store_next_seal(int64 above, StoredSeal *seal)
{
	static Statement statement = {
		SEALS " WHERE id OPERATOR(pg_catalog.>) $1 ORDER BY id LIMIT 1",
		1,
		{ INT8OID },
		.steady = true
	};
	Datum values[] = { Int64GetDatum(above) };

	return statement_run(&statement, values, NULL, read_seal, seal) == 1;
}

bool
store_seal_of(int64 row, StoredSeal *seal)
{
	static Statement statement = {
		SEALS " WHERE last_id OPERATOR(pg_catalog.>=) $1 ORDER BY id LIMIT 1",
		1,
		{ INT8OID },
		.steady = true
	};
	Datum values[] = { Int64GetDatum(row) };

	return statement_run(&statement, values, NULL, read_seal, seal) == 1;
}

void
store_insert_seal(const StoredSeal *seal)
{
	static Statement statement = {
		"INSERT INTO jerry.audit_seal (id, sealed_at, first_id, last_id, row_count, month,"
		" previous, hash, entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		9,
		{ INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID, INT4OID, DATEOID, BYTEAOID, BYTEAOID,
		  BYTEAOID }
	};
	Datum values[] = { Int64GetDatum(seal->id),
					   TimestampTzGetDatum(seal->sealed_at),
					   Int64GetDatum(seal->first_id),
					   Int64GetDatum(seal->last_id),
					   Int32GetDatum(seal->row_count),
					   DateADTGetDatum(seal->month),
					   bytea_datum(seal->previous, SHA256_LENGTH),
					   bytea_datum(seal->hash, SHA256_LENGTH),
					   PointerGetDatum(seal->entries) };

	statement_count(&statement, values);
}

static bool shortening;

bool
store_shortens_seals(void)
{
	return shortening;
}

void
store_shorten_seals(int most)
{
	/* With no row on record at all nothing is known to be old. */
	static Statement statement = {
		"UPDATE jerry.audit_seal SET entries = pg_catalog.sha256(entries)"
		" WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT id FROM jerry.audit_seal"
		" WHERE pg_catalog.length(entries) OPERATOR(pg_catalog.<>) 32"
		" AND last_id OPERATOR(pg_catalog.<)"
		" (SELECT id FROM jerry.audit ORDER BY id LIMIT 1)"
		" ORDER BY last_id LIMIT $1))",
		1,
		{ INT4OID }
	};
	Datum values[] = { Int32GetDatum(most) };

	PG_TRY();
	{
		shortening = true;
		(void) statement_count(&statement, values);
	}
	PG_FINALLY();
	{
		shortening = false;
	}
	PG_END_TRY();
}

void
store_count_actions(const ActionCount *counts, int n)
{
	static Statement statement = {
		"INSERT INTO jerry.audit_count AS c (action, ok, refused)"
		" SELECT action, ok, refused FROM ROWS FROM (pg_catalog.unnest($1),"
		" pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (action, ok, refused)"
		" ON CONFLICT (action) DO UPDATE SET ok = c.ok OPERATOR(pg_catalog.+) excluded.ok,"
		" refused = c.refused OPERATOR(pg_catalog.+) excluded.refused"
		" WHERE excluded.ok OPERATOR(pg_catalog.+) excluded.refused OPERATOR(pg_catalog.>) 0",
		3,
		{ TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID }
	};
	Datum *actions = palloc(3 * n * sizeof(Datum));
	Datum *ok = actions + n;
	Datum *refused = ok + n;
	Datum values[3];

	for (int i = 0; i < n; i++)
	{
		actions[i] = CStringGetTextDatum(counts[i].action);
		ok[i] = Int64GetDatum(counts[i].ok);
		refused[i] = Int64GetDatum(counts[i].refused);
	}
	values[0] = PointerGetDatum(construct_array(actions, n, TEXTOID, -1, false, TYPALIGN_INT));
	values[1] = PointerGetDatum(
		construct_array(ok, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[2] = PointerGetDatum(
		construct_array(refused, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	statement_count(&statement, values);
}
