/*
 * arguments.c: see arguments.h.
 */
#include "base/arguments.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/rel.h"

text *
token_argument(FunctionCallInfo fcinfo, int n)
{
	if (toast_raw_datum_size(PG_GETARG_DATUM(n)) > JERRY_TOKEN_MAX + VARHDRSZ)
		return NULL;
	return PG_GETARG_TEXT_PP(n);
}

int
count_argument(FunctionCallInfo fcinfo, int n, const char *name, int max)
{
	int value = PG_GETARG_INT32(n);

	if (value < 1 || value > max)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 1 and %d", name, max)));
	return value;
}

TimestampTz
delay_argument(FunctionCallInfo fcinfo, int n, const char *name, int max_days)
{
	TimestampTz now = jerry_now();
	TimestampTz then = DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(n)));

	if (then < now || then > jerry_after(now, max_days * SECS_PER_DAY))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must not be negative, and at most %d days", name, max_days)));
	return then;
}

char *
bounded_text(const text *value, int max)
{
	const char *p = VARDATA_ANY(value);

	return pnstrdup(p, pg_mbcliplen(p, VARSIZE_ANY_EXHDR(value), max));
}

Texts
texts_argument(FunctionCallInfo fcinfo, int n, int max)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
	Texts texts;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("array must have one dimension"),
						errhidestmt(true)));
	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > max)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("array must have at most %d elements", max),
						errhidestmt(true)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts.values, &texts.nulls,
					  &texts.n);
	return texts;
}

Datum
trigger_announces_change(FunctionCallInfo fcinfo)
{
	Relation rel;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("function was not called by a trigger")));
	rel = ((TriggerData *) fcinfo->context)->tg_relation;
	CacheInvalidateRelcacheByRelid(RelationGetRelid(rel));
	return PointerGetDatum(NULL);
}
