/*
 * hook.c: see hook.h.
 */
#include "store/hook.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	HOOK_EVENT = 1,
	HOOK_FUNCTION,
	HOOK_POSITION,
	HOOK_OWNER
};

typedef struct HooksOfEvent
{
	const char *event;
	List *hooks;
} HooksOfEvent;

/* RowReader that adds the hooks of an event. */
static bool
read_hook(HeapTuple row, TupleDesc descriptor, void *arg)
{
	HooksOfEvent *found = arg;
	char *event = row_text(row, HOOK_EVENT, descriptor);
	StoredHook *hook;

	if (strcmp(event, found->event) != 0)
		return false;
	hook = palloc(sizeof(*hook));
	hook->event = event;
	hook->function = row_text(row, HOOK_FUNCTION, descriptor);
	hook->position = DatumGetInt32(row_attribute(row, HOOK_POSITION, descriptor));
	hook->owner = row_text(row, HOOK_OWNER, descriptor);
	found->hooks = lappend(found->hooks, hook);
	return true;
}

static int
compare_hooks(const ListCell *a, const ListCell *b)
{
	const StoredHook *first = lfirst(a);
	const StoredHook *second = lfirst(b);

	if (first->position != second->position)
		return first->position < second->position ? -1 : 1;
	return strcmp(first->function, second->function);
}

List *
store_hooks_of(const char *event)
{
	HooksOfEvent found = { .event = event };

	scan_latest(get_relname_relid("hook", get_namespace_oid("jerry", true)), read_hook, &found);
	list_sort(found.hooks, compare_hooks);
	return found.hooks;
}

/* RowReader for a bool in the first column. */
static bool
read_bool_column(HeapTuple row, TupleDesc descriptor, void *value)
{
	*(bool *) value = row_bool(row, 1, descriptor);
	return true;
}

bool
store_add_hook(const StoredHook *hook, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.hook AS h (event, function, position, owner, created_at)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (event, function)"
		" DO UPDATE SET position = EXCLUDED.position, owner = EXCLUDED.owner"
		" RETURNING h.created_at OPERATOR(pg_catalog.=) $5",
		5,
		{ TEXTOID, TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(hook->event), CStringGetTextDatum(hook->function),
					   Int32GetDatum(hook->position), CStringGetTextDatum(hook->owner),
					   TimestampTzGetDatum(now) };
	bool is_new = false;

	(void) statement_run(&statement, values, NULL, read_bool_column, &is_new);
	return is_new;
}

bool
store_delete_hook(const char *event, const char *function)
{
	static Statement statement = {
		"DELETE FROM jerry.hook WHERE event OPERATOR(pg_catalog.=) $1"
		" AND function OPERATOR(pg_catalog.=) $2",
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(event), CStringGetTextDatum(function) };

	return statement_count(&statement, values) == 1;
}
