/*
 * hook.c: hooks: add_hook, remove_hook.
 */
#include "domain/hook.h"

#include "access/xact.h"
#include "domain/audit.h"
#include "store/hook.h"
#include "store/owner.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jerry_add_hook);

/*
 * add_hook(event text, hook regprocedure, "position" integer DEFAULT 0) RETURNS
 * boolean
 */
Datum
jerry_add_hook(PG_FUNCTION_ARGS)
{
	StoredHook hook;
	HookEvent event;
	Owner owner;
	TimestampTz now;
	bool is_new;

	PreventCommandDuringRecovery("jerry.add_hook()");
	PreventCommandIfReadOnly("jerry.add_hook()");
	PreventCommandIfParallelMode("jerry.add_hook()");
	event = hook_event_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	hook.event = unconstify(char *, hook_event_name(event));
	hook.function = hook_signature(PG_GETARG_OID(1), &hook.owner);
	hook.position = PG_GETARG_INT32(2);
	now = jerry_now();
	owner_become(&owner, "hook");
	is_new = store_add_hook(&hook, now);
	if (list_length(store_hooks_of(hook.event)) > HOOKS_PER_EVENT_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("an event can have at most %d hooks", HOOKS_PER_EVENT_MAX)));
	audit_record(audit_hook_add(hook.event, hook.function, hook.position, hook.owner), AUDIT_OK,
				 NULL, NULL, NULL, now);
	owner_end(&owner);
	PG_RETURN_BOOL(is_new);
}

PG_FUNCTION_INFO_V1(jerry_remove_hook);

/* remove_hook(event text, hook text) RETURNS boolean */
Datum
jerry_remove_hook(PG_FUNCTION_ARGS)
{
	char *event = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *function = text_to_cstring(PG_GETARG_TEXT_PP(1));

	PreventCommandDuringRecovery("jerry.remove_hook()");
	PreventCommandIfReadOnly("jerry.remove_hook()");
	if (!store_delete_hook(event, function))
		PG_RETURN_BOOL(false);
	audit_record(audit_hook_remove(event, function), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_BOOL(true);
}
