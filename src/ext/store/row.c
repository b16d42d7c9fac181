/*
 * row.c: see row.h.
 */
#include "store/row.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

bool
tables_are_updated(void)
{
	/* A name that nobody gives to a column of his own. */
	return get_attnum(relation_by_name("session"), "previous_suspect") != InvalidAttrNumber;
}

int
row_column(TupleDesc descriptor, const char *name, Oid type)
{
	int n = tables_are_updated() ? SPI_fnumber(descriptor, name) : 0;

	return n > 0 && SPI_gettypeid(descriptor, n) == type ? n : 0;
}

Datum
row_attribute(HeapTuple row, int n, TupleDesc descriptor)
{
	bool isnull;
	Datum value = heap_getattr(row, n, descriptor, &isnull);

	if (isnull)
		elog(ERROR, "unexpected null in column %d", n);
	return value;
}

pg_uuid_t
row_uuid(HeapTuple row, int n, TupleDesc descriptor)
{
	return *DatumGetUUIDP(row_attribute(row, n, descriptor));
}

TimestampTz
row_time(HeapTuple row, int n, TupleDesc descriptor)
{
	return DatumGetTimestampTz(row_attribute(row, n, descriptor));
}

bool
row_bool(HeapTuple row, int n, TupleDesc descriptor)
{
	return DatumGetBool(row_attribute(row, n, descriptor));
}

int64
row_int64(HeapTuple row, int n, TupleDesc descriptor)
{
	return DatumGetInt64(row_attribute(row, n, descriptor));
}

char *
row_text(HeapTuple row, int n, TupleDesc descriptor)
{
	return TextDatumGetCString(row_attribute(row, n, descriptor));
}

char *
row_text_or_null(HeapTuple row, int n, TupleDesc descriptor)
{
	return heap_attisnull(row, n, descriptor) ? NULL : row_text(row, n, descriptor);
}

List *
row_texts(HeapTuple row, int n, TupleDesc descriptor)
{
	ArrayType *array = DatumGetArrayTypeP(row_attribute(row, n, descriptor));
	List *texts = NIL;
	Datum *values;
	bool *nulls;
	int count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			texts = lappend(texts, TextDatumGetCString(values[i]));
	return texts;
}

bool
read_uuid_column(HeapTuple row, TupleDesc descriptor, void *id)
{
	*(pg_uuid_t *) id = row_uuid(row, 1, descriptor);
	return true;
}

bool
read_int64_column(HeapTuple row, TupleDesc descriptor, void *value)
{
	*(int64 *) value = row_int64(row, 1, descriptor);
	return true;
}

Oid
relation_by_name(const char *name)
{
	Oid id = get_relname_relid(name, get_namespace_oid("jerry", false));

	if (!OidIsValid(id))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation \"jerry.%s\" does not exist", name)));
	return id;
}

Oid
relation_owner(const char *name)
{
	Relation rel = table_open(relation_by_name(name), AccessShareLock);
	Oid owner = rel->rd_rel->relowner;

	table_close(rel, AccessShareLock);
	return owner;
}

void
scan_latest(Oid relation, RowReader read, void *arg)
{
	Relation rel = OidIsValid(relation) ? try_table_open(relation, AccessShareLock) : NULL;
	SysScanDesc scan;
	HeapTuple row;

	if (rel == NULL)
		return;
	/*
	 * Without a snapshot: the latest, which GetLatestSnapshot refuses to a
	 * parallel query.
	 */
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while ((row = systable_getnext(scan)) != NULL)
		(void) read(row, RelationGetDescr(rel), arg);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}
