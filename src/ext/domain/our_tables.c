/*
 * our_tables.c: see our_tables.h.
 */
#include "domain/our_tables.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

bool
is_member_table(Oid relation_id)
{
	Oid extension = getExtensionOfObject(RelationRelationId, relation_id);

	return OidIsValid(extension) && extension == get_extension_oid("jerry", true);
}

/*
 * Has it the columns of jerry.user, whatever their names are now, but for those
 * that were dropped?
 */
static bool
is_like_user_table(Oid relation_id)
{
	static const Oid types[] = { UUIDOID, VARCHAROID, VARCHAROID,
								 BOOLOID, TIMESTAMPTZOID, TIMESTAMPTZOID };

	for (int i = 0; i < lengthof(types); i++)
	{
		Oid type = get_atttype(relation_id, i + 1);

		if (type != types[i] && (i == 0 || OidIsValid(type)))
			return false;
	}
	return true;
}

/*
 * Does a table of the extension refer to this one?  Or did it: a CASCADE has
 * dropped the foreign key before it comes to the table, but the command's
 * snapshot is older.
 */
static bool
extension_refers_to(Oid extension, Oid relation_id)
{
	Relation rel = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan =
		systable_beginscan(rel, InvalidOid, false, ActiveSnapshotSet() ? GetActiveSnapshot() : NULL,
						   0, NULL);
	HeapTuple tuple;
	bool found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

		found = constraint->contype == CONSTRAINT_FOREIGN && constraint->confrelid == relation_id &&
				getExtensionOfObject(RelationRelationId, constraint->conrelid) == extension;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

bool
is_user_table(Oid relation_id)
{
	Oid extension = get_extension_oid("jerry", true);
	char *name = get_rel_name(relation_id);
	bool is_like;

	if (name == NULL || get_rel_relkind(relation_id) != RELKIND_RELATION)
		return false;
	if (strcmp(name, "user") == 0 &&
		get_rel_namespace(relation_id) == get_namespace_oid("jerry", true))
		return true;
	/*
	 * Renamed, in a schema that was, or taken out of the extension, it still
	 * holds the users.
	 */
	is_like = is_like_user_table(relation_id);
	if (OidIsValid(extension) && getExtensionOfObject(RelationRelationId, relation_id) == extension)
		return is_like || get_attnum(relation_id, "password_hash") > 0;
	return is_like && OidIsValid(extension) && extension_refers_to(extension, relation_id);
}

bool
table_has_rows(Oid relation_id)
{
	Relation rel = table_open(relation_id, AccessShareLock);
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	bool found = heap_getnext(scan, ForwardScanDirection) != NULL;

	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return found;
}
