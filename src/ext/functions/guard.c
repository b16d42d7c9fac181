/*
 * guard.c: the triggers that refuse: guard_users, guard_tables, guard_audit.
 */
#include "base/jerry.h"

#include "base/settings.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "domain/change_guard.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "store/audit.h"
#include "store/audit_seal.h"
#include "utils/lsyscache.h"

/* An error unless it is an event trigger that calls. */
static void
require_event_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("function was not called by an event trigger")));
}

PG_FUNCTION_INFO_V1(jerry_guard_users);

/*
 * guard_users() RETURNS event_trigger: loads the library, whose drop guard then
 * sees the command
 */
Datum
jerry_guard_users(PG_FUNCTION_ARGS)
{
	require_event_trigger(fcinfo);
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(jerry_guard_tables);

/* guard_tables() RETURNS event_trigger */
Datum
jerry_guard_tables(PG_FUNCTION_ARGS)
{
	Oid table;

	require_event_trigger(fcinfo);
	/* Scripts of ours, and pg_upgrade, which makes the tables as they were. */
	if (jerry_allow_changes || IsBinaryUpgrade ||
		(creating_extension && CurrentExtensionObject == get_extension_oid("jerry", true)))
		PG_RETURN_NULL();
	table = changed_table(((EventTriggerData *) fcinfo->context)->parsetree);
	if (OidIsValid(table))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot change %s jerry.%s, which belongs to extension jerry",
					get_rel_relkind(table) == RELKIND_SEQUENCE ? "sequence" : "table",
					get_rel_name(table)),
			 errdetail(
				 "A dump would lack the change, and could not be restored with an extra column."),
			 errhint(
				 "Use a table of your own with a foreign key to jerry.user (id), and"
				 " jerry.claim_events() instead of a trigger."
				 " If you must change it anyway, set jerry.allow_changes to on.")));
	PG_RETURN_NULL();
}

PG_FUNCTION_INFO_V1(jerry_guard_audit);

/* guard_audit() RETURNS trigger */
Datum
jerry_guard_audit(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("function was not called by a trigger")));
	/* Of what is too old, and by logical replication, as on its original. */
	if (TRIGGER_FIRED_BY_TRUNCATE(((TriggerData *) fcinfo->context)->tg_event) &&
		(store_drops_audit() || IsLogicalWorker()))
		return PointerGetDatum(NULL); /* unlike an SQL NULL that is no error */
	if (TRIGGER_FIRED_BY_UPDATE(((TriggerData *) fcinfo->context)->tg_event) &&
		store_shortens_seals())
		return PointerGetDatum(NULL); /* unlike an SQL NULL that is no error */
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("cannot change or remove what is on record")));
	PG_RETURN_NULL();
}
