/*
 * ids.c: see ids.h.
 */
#include "store/ids.h"

#include "miscadmin.h"
#include "storage/lock.h"

#define GAP_MAX 1000

/*
 * One session at a time, whose lock ends at once: it is not the transaction's.
 * A short way is gone by drawing ids, which cannot take back what others draw
 * meanwhile; for a long one the sequence is set, and nobody else gets as far in
 * that moment.
 */
void
ids_advance(IdSource *ids)
{
	LOCKTAG lock;
	int64 gap;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, relation_by_name(ids->table), 0, 0);
	(void) LockAcquire(&lock, ExclusiveLock, false, false);
	statement_run(&ids->measure, NULL, NULL, read_int64_column, &gap);
	if (gap > GAP_MAX)
		statement_count(&ids->set, NULL);
	else if (gap > 0)
	{
		Datum values[] = { Int64GetDatum(gap) };

		statement_count(&ids->draw, values);
	}
	(void) LockRelease(&lock, ExclusiveLock, false);
}

void
ids_not_found(const IdSource *ids)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("could not find an id: sequence \"jerry.%s_id_seq\" is behind its table",
						   ids->table)));
}
