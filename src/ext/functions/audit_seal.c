/*
 * audit_seal.c: seals of what is on record: seal_audit, verify_audit.
 */
#include "base/jerry.h"

#include "base/envelope.h"
#include "domain/audit_check.h"
#include "domain/consumer.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

/* As the member problem has it. */
static const char *const problem_names[] = {
	[AUDIT_ROW_CHANGED] = "row_changed",
	[AUDIT_ROW_REMOVED] = "row_removed",
	[AUDIT_ROW_ADDED] = "row_added",
	[AUDIT_SEAL_CHANGED] = "seal_changed",
	[AUDIT_SEAL_REMOVED] = "seal_removed",
	[AUDIT_SEAL_REPLACED] = "seal_replaced",
};

/* An error where the tables are older than the library. */
static void
require_seals(void)
{
	if (!store_knows_seals())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the tables of extension \"jerry\" are older than its library"),
						errhint("ALTER EXTENSION jerry UPDATE;")));
}

PG_FUNCTION_INFO_V1(jerry_seal_audit);

/* seal_audit() RETURNS json */
Datum
jerry_seal_audit(PG_FUNCTION_ARGS)
{
	StoredSeal newest;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.seal_audit()");
	require_seals();
	consumer_require_read_committed();
	answer_start(&w);
	json_int(&w, "rows", audit_seal(PG_INT64_MAX, jerry_now()));
	json_text(&w, "seal", store_newest_seal(&newest) ? audit_seal_text(&newest) : NULL);
	return answer_finish(&w);
}

/* The finding of a verdict that is not AUDIT_INTACT. */
static void
write_finding(JsonWriter *w, const AuditVerdict *verdict)
{
	bool is_row = verdict->problem <= AUDIT_ROW_ADDED;

	json_open(w, "finding");
	json_text(w, "problem", problem_names[verdict->problem]);
	json_int(w, "seal", verdict->seal);
	if (is_row)
		json_int(w, "id", verdict->row);
	else
		json_text(w, "id", NULL);
	if (verdict->row_is_there && !TIMESTAMP_NOT_FINITE(verdict->at))
		json_time(w, "at", verdict->at);
	else
		json_text(w, "at", NULL);
	json_text(w, "action", verdict->row_is_there ? verdict->action : NULL);
	json_end(w);
}

/* A month as 2026-01, NULL for none. */
static char *
month_text(DateADT first_day)
{
	int year;
	int month;
	int day;

	if (first_day == DATEVAL_NOBEGIN)
		return NULL;
	j2date(first_day + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return psprintf("%04d-%02d", year, month);
}

PG_FUNCTION_INFO_V1(jerry_verify_audit);

/*
 * verify_audit(since timestamptz DEFAULT NULL, kept text DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_verify_audit(PG_FUNCTION_ARGS)
{
	TimestampTz since = PG_ARGISNULL(0) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(0);
	char *kept = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	AuditVerdict verdict;
	JsonWriter w;

	if (kept != NULL && !audit_is_seal(kept))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("kept must be a seal: its id, a colon, and %d hexadecimal digits",
							   2 * SHA256_LENGTH)));
	require_seals();
	verdict = audit_check(since, kept);
	answer_start(&w);
	json_bool(&w, "intact", verdict.problem == AUDIT_INTACT);
	json_int(&w, "seals", verdict.seals);
	json_int(&w, "rows", verdict.rows);
	json_int(&w, "not_sealed", verdict.not_sealed);
	json_text(&w, "seal", verdict.newest);
	json_text(&w, "dropped", month_text(verdict.dropped));
	if (verdict.problem == AUDIT_INTACT)
		json_text(&w, "finding", NULL);
	else
		write_finding(&w, &verdict);
	return answer_finish(&w);
}
