/*
 * statement.c: see statement.h.
 */
#include "store/statement.h"

#include "base/local_setting.h"
#include "executor/spi.h"
#include "jit/jit.h"
#include "store/attempt.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

/*
 * The values of our statements are hashes, keys and tokens.  A custom plan
 * embeds them, and the caller can log plans with debug_print_plan: force the
 * generic one.  Extensions that log parameters log those of nested statements
 * too.  Lasts until the caller leaves its nest level.
 */
static void
hide_values(void)
{
	static const char *const quiet[][2] = {
		{ "plan_cache_mode", "force_generic_plan" },
		{ "pgaudit.log_parameter", "off" },
		{ "auto_explain.log_parameter_max_length", "0" },
	};

	for (int i = 0; i < lengthof(quiet); i++)
	{
		/*
		 * Of an extension that is not there, or too old to have it, nothing is
		 * to be set.
		 */
		const char *now = GetConfigOption(quiet[i][0], true, false);

		if (now != NULL && strcmp(now, quiet[i][1]) != 0)
			set_locally(quiet[i][0], quiet[i][1]);
	}
}

/* The plan of a statement, which this session keeps from its first use on. */
static SPIPlanPtr
plan_of(Statement *statement)
{
	if (statement->plan == NULL)
	{
		SPIPlanPtr plan = SPI_prepare(statement->sql, statement->nparameters, statement->types);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
		statement->plan = plan;
	}
	return statement->plan;
}

/*
 * To compile a statement that runs once in a while takes longer than the
 * statement, and leaves memory behind in a session that lasts.  The planner
 * decides, so that a plan which is there and good has to be looked at only.
 */
static void
run_uncompiled(SPIPlanPtr plan)
{
	const CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));
	const CachedPlan *generic = source->gplan;

	if (jit_enabled && (generic == NULL || !generic->is_valid ||
						linitial_node(PlannedStmt, generic->stmt_list)->jitFlags != PGJIT_NONE))
		set_locally("jit", "off");
}

/* Invalid: a new one, as any statement of the session would have. */
static Snapshot
snapshot_of(const Statement *statement)
{
	if (statement->steady)
		return GetActiveSnapshot();
	return statement->latest ? GetLatestSnapshot() : InvalidSnapshot;
}

int64
statement_run(Statement *statement, Datum *values, const char *nulls, RowReader read, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	SPIPlanPtr plan;
	int result;
	int nest;
	int64 rows;
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	error_context_stack = &hide;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = plan_of(statement);
	nest = NewGUCNestLevel();
	hide_values();
	run_uncompiled(plan);
	if (statement->wait_ms > 0)
		attempt_limit_wait(statement->wait_ms);
	result = SPI_execute_snapshot(plan, values, nulls, snapshot_of(statement), InvalidSnapshot,
								  false, !statement->leaves_triggers, 0);
	AtEOXact_GUC(true, nest);
	if (result < 0)
		elog(ERROR, "could not execute a statement: %s", SPI_result_code_string(result));
	rows = SPI_processed;
	/* What a reader makes outlives SPI_finish. */
	MemoryContextSwitchTo(context);
	for (int64 i = 0; read != NULL && i < rows; i++)
		(void) read(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, arg);
	SPI_finish();
	error_context_stack = hide.previous;
	return rows;
}

int64
statement_count(Statement *statement, Datum *values)
{
	return statement_run(statement, values, NULL, NULL, NULL);
}

/* RowReader that puts rows into the result of a function. */
static bool
put_row(HeapTuple row, TupleDesc descriptor, void *result)
{
	tuplestore_puttuple(((ReturnSetInfo *) result)->setResult, row);
	return true;
}

void
statement_fill(Statement *statement, Datum *values, ReturnSetInfo *result)
{
	statement_run(statement, values, NULL, put_row, result);
}

Datum
text_datum(const char *value)
{
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

Datum
bytea_datum(const uint8 *bytes, int length)
{
	bytea *result = palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), bytes, length);
	return PointerGetDatum(result);
}
