/*
 * audit.c: what is on record is looked at: export_audit, list_activity.
 */
#include "domain/audit.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "domain/audit_seal.h"
#include "domain/caller.h"
#include "domain/device.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "store/audit.h"

#define EXPORT_MAX		10000
#define EXPORT_PATIENCE 10000 /* ms */
#define LIST_MAX		100
#define LIST_DEFAULT	50

PG_FUNCTION_INFO_V1(jerry_export_audit);

/*
 * export_audit(since bigint DEFAULT 0, max integer DEFAULT 1000) RETURNS TABLE
 * (id bigint, line text)
 *
 * Rows come to be seen in another order than that of their ids.  So it looks
 * how far the ids are, and waits for those who are writing at that moment: then
 * no row up to there is still to come.
 */
Datum
jerry_export_audit(PG_FUNCTION_ARGS)
{
	int max = count_argument(fcinfo, 1, "max", EXPORT_MAX);
	int64 last;

	PreventCommandDuringRecovery("jerry.export_audit()");
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("what is on record is exported only in isolation level READ COMMITTED")));
	InitMaterializedSRF(fcinfo, 0);
	if (!audit_settle(EXPORT_PATIENCE, &last))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("a transaction that has put something on record does not end"),
				 errhint("Look in pg_stat_activity for sessions that are idle in transaction;"
						 " idle_in_transaction_session_timeout ends them.")));
	store_export_audit(PG_GETARG_INT64(0), last, max, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_list_activity);

/*
 * list_activity(access_token text, before bigint DEFAULT NULL, max bigint
 * DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_list_activity(PG_FUNCTION_ARGS)
{
	int64 before = PG_ARGISNULL(1) ? PG_INT64_MAX : PG_GETARG_INT64(1);
	int64 max = PG_ARGISNULL(2) ? LIST_DEFAULT : PG_GETARG_INT64(2);
	Token token;
	TokenVerdict verdict;
	List *activity = NIL;
	ListCell *cell;
	bool more;
	int64 last = 0;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	if (max < 1 || max > LIST_MAX)
		return answer_error(CODE_VALIDATION_ERROR, "max", "Number must be between 1 and 100");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	/* One more than wanted tells whether there is a next page. */
	if (store_knows_audit())
		activity = store_list_audit(&token.user_id, &token.session_id, before, max + 1);
	more = list_length(activity) > max;
	if (more)
		activity = list_delete_last(activity);

	answer_start(&w);
	json_open_list(&w, "activity");
	foreach(cell, activity)
	{
		ListedAudit *row = lfirst(cell);

		last = row->id;
		json_open_item(&w);
		json_int(&w, "id", row->id);
		json_time(&w, "at", row->at);
		json_text(&w, "action", row->action);
		json_text(&w, "outcome", row->outcome);
		json_text(&w, "actor", row->actor);
		json_text(&w, "session_id", row->session_id);
		json_bool(&w, "current", row->is_current);
		json_text(&w, "ip", row->ip);
		json_text(&w, "user_agent", row->user_agent);
		json_text(&w, "label", device_label(row->user_agent));
		json_text(&w, "reason", row->reason);
		json_end(&w);
	}
	json_end_list(&w);
	if (more)
		json_int(&w, "next", last);
	else
		json_text(&w, "next", NULL);
	return answer_finish(&w);
}
