/*
 * probe.c: see probe.h.
 *
 * A token comes with every request of its client, so a row that was found is
 * soon wanted again.  Its place is kept, and the next probe reads one page
 * instead of the way there through the index.  A place is a guess: after a
 * vacuum, or in a table that was rewritten, anything may be there.  What the
 * snapshot sees there is taken only if it has the key; then it is the row that
 * the index leads to, because a key is unique.  Otherwise the index is asked.
 */
#include "store/probe.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define KEY_COLUMN 1
#define SETS	   2048
#define WAYS	   2 /* so that two keys of a set do not displace each other in turn */

#if PG_VERSION_NUM >= 160000
#define LOCATOR(rel) ((rel)->rd_locator)
#else
#define LOCATOR(rel) ((rel)->rd_node)
#endif

#if PG_VERSION_NUM >= 180000
#define PRIMARY_KEY_INDEX(rel) RelationGetPrimaryKeyIndex(rel, false)
#else
#define PRIMARY_KEY_INDEX(rel) RelationGetPrimaryKeyIndex(rel)
#endif

typedef struct Place
{
	pg_uuid_t key;
	ItemPointerData tid; /* of the version that was seen */
	Buffer buffer;		 /* that had its page */
} Place;

static Place (*places)[WAYS] = NULL; /* sets by key; the latest one first */

/* The places among which a key may be. */
static Place *
set_for(const pg_uuid_t *key)
{
	uint32 n;

	if (places == NULL)
		places = MemoryContextAllocZero(TopMemoryContext, SETS * sizeof(*places));
	/* The last bytes of a UUID are random in every version that we make. */
	memcpy(&n, key->data + UUID_LEN - sizeof(n), sizeof(n));
	return places[n % SETS];
}

/* Where the key was, or NULL. */
static const Place *
recall(const pg_uuid_t *key)
{
	const Place *set = set_for(key);

	for (int i = 0; i < WAYS; i++)
		if (BufferIsValid(set[i].buffer) && memcmp(&set[i].key, key, UUID_LEN) == 0)
			return &set[i];
	return NULL;
}

/*
 * The row where it was found before, and the buffer that holds it, for the
 * caller to release.
 */
static bool
look_again(Relation rel, const pg_uuid_t *key, Snapshot snapshot, HeapTuple row, Buffer *buffer)
{
	const Place *place = recall(key);

	if (place == NULL || rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		return false;
	/*
	 * The table has that page still, and will as long as it is locked:
	 * heap_fetch() raises an error for another.
	 */
	if (!ReadRecentBuffer(LOCATOR(rel), MAIN_FORKNUM, ItemPointerGetBlockNumber(&place->tid),
						  place->buffer))
		return false;
	ReleaseBuffer(place->buffer);
	row->t_self = place->tid;
	if (!heap_fetch(rel, snapshot, row, buffer, false))
		return false;
	if (memcmp(DatumGetUUIDP(row_attribute(row, KEY_COLUMN, RelationGetDescr(rel))), key,
			   UUID_LEN) == 0)
		return true;
	ReleaseBuffer(*buffer);
	return false;
}

/* Keeps the place of a row that the index has led to. */
static void
remember(const pg_uuid_t *key, HeapTuple row, SysScanDesc scan)
{
	Place *set = set_for(key);

	if (!TTS_IS_BUFFERTUPLE(scan->slot))
		return;
	/* One that has moved takes its own place. */
	if (memcmp(&set[0].key, key, UUID_LEN) != 0)
		set[1] = set[0];
	set[0].key = *key;
	set[0].tid = row->t_self;
	set[0].buffer = ((BufferHeapTupleTableSlot *) scan->slot)->buffer;
}

/* By its OID and not by its name, which is the administrator's to change. */
static Oid
primary_key_index(Relation rel)
{
	Oid index = PRIMARY_KEY_INDEX(rel);

	if (!OidIsValid(index))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"jerry.%s\" has no primary key", RelationGetRelationName(rel)),
				 errhint("Add one on its first column, not deferrable.")));
	return index;
}

/* By way of the index. */
static bool
search(Relation rel, const pg_uuid_t *key, Snapshot snapshot, RowReader read, void *arg)
{
	ScanKeyData condition;
	SysScanDesc scan;
	HeapTuple row;
	bool taken = false;

	ScanKeyInit(&condition, KEY_COLUMN, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(key));
	scan = systable_beginscan(rel, primary_key_index(rel), true, snapshot, 1, &condition);
	row = systable_getnext(scan);
	if (HeapTupleIsValid(row))
	{
		remember(key, row, scan);
		taken = read == NULL || read(row, RelationGetDescr(rel), arg);
	}
	systable_endscan(scan);
	return taken;
}

/*
 * To be taken behind the lock on the table, which may have waited for somebody
 * who revoked a session.
 */
static Snapshot
snapshot_for(ProbeView view)
{
	bool latest = view == PROBE_LATEST || !ActiveSnapshotSet();

	return RegisterSnapshot(latest ? GetLatestSnapshot() : GetActiveSnapshot());
}

bool
probe(const char *table, const pg_uuid_t *key, ProbeView view, RowReader read, void *arg)
{
	Relation rel = table_open(relation_by_name(table), AccessShareLock);
	Snapshot snapshot = snapshot_for(view);
	HeapTupleData row;
	Buffer buffer;
	bool taken;

	if (look_again(rel, key, snapshot, &row, &buffer))
	{
		taken = read == NULL || read(&row, RelationGetDescr(rel), arg);
		ReleaseBuffer(buffer);
	}
	else
		taken = search(rel, key, snapshot, read, arg);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return taken;
}

void
probe_all(Oid relation, Oid equal, Datum value, ProbeView view, RowReader read, void *arg)
{
	Relation rel = table_open(relation, AccessShareLock);
	Snapshot snapshot = snapshot_for(view);
	ScanKeyData condition;
	SysScanDesc scan;
	HeapTuple row;

	ScanKeyInit(&condition, KEY_COLUMN, BTEqualStrategyNumber, equal, value);
	scan = systable_beginscan(rel, primary_key_index(rel), true, snapshot, 1, &condition);
	while ((row = systable_getnext(scan)) != NULL)
		(void) read(row, RelationGetDescr(rel), arg);
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
}
