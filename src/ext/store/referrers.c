/*
 * referrers.c: see referrers.h.
 */
#include "store/referrers.h"

#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "store/owner.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 180000

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/acl.h"

/* What the tables say that refer to one of ours. */
typedef struct Referrers
{
	Oid us;
	Oid role; /* who owns them; InvalidOid: nobody but us */
	bool are_of_several;
} Referrers;

/* RowReader for Referrers. */
static bool
add_referrer(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Referrers *referrers = arg;
	Oid owner = DatumGetObjectId(row_attribute(row, 2, descriptor));

	/* No other table begins to refer to it until this is over. */
	LockRelationOid(DatumGetObjectId(row_attribute(row, 1, descriptor)), RowExclusiveLock);
	if (owner == referrers->us || owner == referrers->role)
		return true;
	referrers->are_of_several = OidIsValid(referrers->role);
	referrers->role = owner;
	return true;
}

/* The role that the triggers are fired as. */
static Oid
role_for_triggers(const char *table)
{
	static Statement statement = {
		"WITH RECURSIVE referrer (id) AS ("
		"SELECT k.conrelid FROM pg_catalog.pg_constraint AS k"
		" WHERE k.confrelid OPERATOR(pg_catalog.=) $1 AND k.contype OPERATOR(pg_catalog.=) 'f'"
		" UNION SELECT k.conrelid FROM pg_catalog.pg_constraint AS k JOIN referrer AS r"
		" ON k.confrelid OPERATOR(pg_catalog.=) r.id WHERE k.contype OPERATOR(pg_catalog.=) 'f')"
		" SELECT c.oid, c.relowner FROM referrer AS r"
		" JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.id",
		1,
		{ OIDOID },
		.latest = true
	};
	Datum values[] = { ObjectIdGetDatum(relation_by_name(table)) };
	int64 locked = -1;
	Referrers referrers;

	/* Until all there are were locked when they were listed. */
	for (;;)
	{
		int64 found;

		referrers = (Referrers){ .us = relation_owner(table) };
		found = statement_run(&statement, values, NULL, add_referrer, &referrers);
		if (found == locked)
			break;
		locked = found;
	}
	if (referrers.are_of_several)
		return get_role_oid("jerry_api", false);
	return OidIsValid(referrers.role) ? referrers.role : referrers.us;
}

/* Runs the statement, and fires what it queues as the role for that. */
static int64
run_and_fire(Statement *statement, Datum *values, const char *table)
{
	EState *state;
	Owner owner;
	int64 rows;
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	/* What it queues is fired below, and not by itself or by our caller. */
	statement->leaves_triggers = true;
	AfterTriggerBeginQuery();
	rows = statement_count(statement, values);
	/* Now that the table is locked against other references. */
	error_context_stack = &hide;
	owner_become_role(&owner, role_for_triggers(table));
	state = CreateExecutorState();
	AfterTriggerEndQuery(state);
	ExecCloseResultRelations(state);
	ExecResetTupleTable(state->es_tupleTable, false);
	FreeExecutorState(state);
	owner_end(&owner);
	error_context_stack = hide.previous;
	return rows;
}

#else

/* The server fires triggers as whoever has changed the rows. */
static int64
run_and_fire(Statement *statement, Datum *values, const char *table)
{
	return statement_count(statement, values);
}

#endif

/*
 * What is deferred would run at the commit, unrestricted, as whoever commits.
 * What our caller has deferred before runs now, as the same role.
 */
static void
defer_nothing(Oid us, int context)
{
	ConstraintsSetStmt immediate = { .type = T_ConstraintsSetStmt };

	SetUserIdAndSecContext(GetOuterUserId(), context | SECURITY_LOCAL_USERID_CHANGE);
	AfterTriggerSetState(&immediate);
	SetUserIdAndSecContext(us, context);
}

int64
delete_referred(Statement *statement, Datum *values, const char *table)
{
	Oid us;
	int context;
	int64 rows;
	int nest = NewGUCNestLevel();

	GetUserIdAndSecContext(&us, &context);
	defer_nothing(us, context);
	SetUserIdAndSecContext(us, context | SECURITY_RESTRICTED_OPERATION);
	rows = run_and_fire(statement, values, table);
	SetUserIdAndSecContext(us, context);
	AtEOXact_GUC(false, nest);
	return rows;
}
