/*
 * change_guard.c: refuses to change the definition of Jerry's tables.
 *
 * A dump has the rows of an extension's tables, not what somebody added to
 * them: a trigger, policy, index or setting of the table is gone after a
 * restore, and the rows of a table with a column more cannot be restored at
 * all.  Of a sequence a dump has no more than where it stands; and with a cache
 * jerry.audit would get ids of before a seal.  An event trigger hands over each
 * command that could do such a thing before it runs; whether it is about a
 * table of ours, its parse tree tells.
 */
#include "domain/change_guard.h"

#include "access/relation.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "domain/our_tables.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#if PG_VERSION_NUM >= 160000
#define OWNS(relation) object_ownercheck(RelationRelationId, relation, GetUserId())
#else
#define OWNS(relation) pg_class_ownercheck(relation, GetUserId())
#endif

/* Would the server let this role change it? */
static bool
may_change(Oid relation)
{
	return OWNS(relation) || pg_class_aclcheck(relation, GetUserId(), ACL_TRIGGER) == ACLCHECK_OK;
}

/*
 * The table that a command is about, by itself or as that of an index;
 * InvalidOid: none of ours, or one that the server refuses to this role anyway.
 */
static Oid
our_table(Oid relation)
{
	if (OidIsValid(relation) && get_rel_relkind(relation) == RELKIND_INDEX)
		relation = IndexGetRelation(relation, true);
	return OidIsValid(relation) && is_member_table(relation) && may_change(relation) ? relation
																					 : InvalidOid;
}

/* The same, for a name of a parse tree. */
static Oid
our_table_by_name(const RangeVar *name)
{
	return name == NULL ? InvalidOid : our_table(RangeVarGetRelid(name, NoLock, true));
}

/* Of some names the first that is one of ours. */
static Oid
one_of_ours(List *names)
{
	ListCell *cell;

	foreach(cell, names)
	{
		Oid table = our_table_by_name(lfirst(cell));

		if (OidIsValid(table))
			return table;
	}
	return InvalidOid;
}

/*
 * The commands within CREATE SCHEMA are not handed over; only INHERITS can name
 * what is in another schema.
 */
static Oid
inherited_in_schema(const CreateSchemaStmt *statement)
{
	ListCell *cell;

	foreach(cell, statement->schemaElts)
	{
		Oid table = IsA(lfirst(cell), CreateStmt)
						? one_of_ours(((CreateStmt *) lfirst(cell))->inhRelations)
						: InvalidOid;

		if (OidIsValid(table))
			return table;
	}
	return InvalidOid;
}

/* ALTER TABLE, and what goes by that name. */
static Oid
altered(const AlterTableStmt *statement)
{
	Oid table = our_table_by_name(statement->relation);
	ListCell *cell;

	foreach(cell, statement->cmds)
	{
		const AlterTableCmd *command = lfirst(cell);

		switch (command->subtype)
		{
			case AT_EnableTrig:
			case AT_EnableAlwaysTrig:
			case AT_EnableReplicaTrig:
			case AT_EnableTrigAll:
			case AT_EnableTrigUser:
			case AT_DisableTrig:
			case AT_DisableTrigAll:
			case AT_DisableTrigUser:
				continue; /* pg_restore --disable-triggers; jerry.doctor() looks after it */
			case AT_AddInherit:
				if (!OidIsValid(table))
					table = our_table_by_name((const RangeVar *) command->def);
				break;
			case AT_AttachPartition:
				if (!OidIsValid(table))
					table = our_table_by_name(((const PartitionCmd *) command->def)->name);
				break;
			default:
				break;
		}
		if (OidIsValid(table))
			return table;
	}
	return InvalidOid;
}

/*
 * DROP INDEX, TRIGGER, RULE and POLICY; a table that goes takes all of them
 * along and is another guard's business.
 */
static Oid
dropped_from(const DropStmt *statement)
{
	ListCell *cell;

	foreach(cell, statement->objects)
	{
		List *names = castNode(List, lfirst(cell));
		Oid table = InvalidOid;

		if (statement->removeType == OBJECT_INDEX)
			table = our_table_by_name(makeRangeVarFromNameList(names));
		else if (list_length(names) > 1)
			table = our_table_by_name(
				makeRangeVarFromNameList(list_copy_head(names, list_length(names) - 1)));
		if (OidIsValid(table))
			return table;
	}
	return InvalidOid;
}

/* COMMENT and SECURITY LABEL. */
static Oid
labelled(ObjectType type, Node *object)
{
	Relation rel = NULL;
	ObjectAddress address;
	Oid relation;

	switch (type)
	{
		case OBJECT_TABLE:
		case OBJECT_COLUMN:
		case OBJECT_INDEX:
		case OBJECT_TABCONSTRAINT:
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
			break;
		default:
			return InvalidOid;
	}
	address = get_object_address(type, object, &rel, AccessShareLock, true);
	if (rel == NULL)
		return InvalidOid;
	relation = RelationGetRelid(rel);
	relation_close(rel, AccessShareLock);
	return OidIsValid(address.objectId) ? our_table(relation) : InvalidOid;
}

Oid
changed_table(Node *command)
{
	switch (nodeTag(command))
	{
		case T_AlterTableStmt:
			return altered((AlterTableStmt *) command);
		case T_AlterObjectDependsStmt:
			return our_table_by_name(((AlterObjectDependsStmt *) command)->relation);
		case T_AlterObjectSchemaStmt:
			return our_table_by_name(((AlterObjectSchemaStmt *) command)->relation);
		case T_AlterPolicyStmt:
			return our_table_by_name(((AlterPolicyStmt *) command)->table);
		case T_AlterSeqStmt:
			return our_table_by_name(((AlterSeqStmt *) command)->sequence);
		case T_CommentStmt:
			return labelled(((CommentStmt *) command)->objtype, ((CommentStmt *) command)->object);
		case T_CreateForeignTableStmt:
		case T_CreateStmt:
			return one_of_ours(((CreateStmt *) command)->inhRelations);
		case T_CreatePolicyStmt:
			return our_table_by_name(((CreatePolicyStmt *) command)->table);
		case T_CreateSchemaStmt:
			return inherited_in_schema((CreateSchemaStmt *) command);
		case T_CreateTrigStmt:
			return our_table_by_name(((CreateTrigStmt *) command)->relation);
		case T_DropStmt:
			return dropped_from((DropStmt *) command);
		case T_IndexStmt:
			return our_table_by_name(((IndexStmt *) command)->relation);
		case T_RenameStmt:
			return our_table_by_name(((RenameStmt *) command)->relation);
		case T_RuleStmt:
			return our_table_by_name(((RuleStmt *) command)->relation);
		case T_SecLabelStmt:
			return labelled(((SecLabelStmt *) command)->objtype,
							((SecLabelStmt *) command)->object);
		default:
			return InvalidOid;
	}
}
