/*
 * limit.c: limits: list_limits, set_limit, unlock.
 */
#include "domain/limit.h"

#include "domain/address.h"
#include "domain/audit.h"
#include "funcapi.h"
#include "store/user.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define QUANTITY_MAX 1000000
#define SECONDS_MAX	 (31 * SECS_PER_DAY)

PG_FUNCTION_INFO_V1(jerry_list_limits);

/*
 * list_limits() RETURNS TABLE (name text, per text, quantity integer, seconds
 * integer, burst integer, changed_at timestamptz)
 */
Datum
jerry_list_limits(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	LimitFigures figures[LIMIT_COUNT];

	InitMaterializedSRF(fcinfo, 0);
	limit_figures(figures);
	for (int i = 0; i < LIMIT_COUNT; i++)
	{
		Datum values[] = { CStringGetTextDatum(figures[i].name),
						   CStringGetTextDatum(figures[i].per),
						   Int32GetDatum(figures[i].quantity),
						   Int32GetDatum(figures[i].seconds),
						   Int32GetDatum(figures[i].burst),
						   TimestampTzGetDatum(figures[i].changed_at) };
		bool nulls[] = { false, false, false, false, false, figures[i].is_default };

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The integer argument n, or what it is if that is NULL. */
static int
figure_argument(FunctionCallInfo fcinfo, int n, const char *name, int is, int min, int max)
{
	int value = PG_ARGISNULL(n) ? is : PG_GETARG_INT32(n);

	if (value < min || value > max)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between %d and %d", name, min, max)));
	return value;
}

PG_FUNCTION_INFO_V1(jerry_set_limit);

/*
 * set_limit(name text, quantity integer, seconds integer DEFAULT NULL, burst
 * integer DEFAULT NULL) RETURNS void
 */
Datum
jerry_set_limit(PG_FUNCTION_ARGS)
{
	LimitFigures figures[LIMIT_COUNT];
	int which;

	PreventCommandDuringRecovery("jerry.set_limit()");
	which = PG_ARGISNULL(0) ? -1 : limit_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (which < 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no such limit"),
						errhint("SELECT name FROM jerry.list_limits() lists them.")));
	limit_figures(figures);
	if (PG_ARGISNULL(1))
	{
		store_delete_limit(figures[which].name);
		audit_record(audit_limit_reset(figures[which].name), AUDIT_OK, NULL, NULL, NULL,
					 jerry_now());
	}
	else
	{
		StoredLimit limit = {
			.name = unconstify(char *, figures[which].name),
			.quantity = figure_argument(fcinfo, 1, "quantity", 0, 0, QUANTITY_MAX),
			.seconds =
				figure_argument(fcinfo, 2, "seconds", figures[which].seconds, 1, SECONDS_MAX),
			.burst = figure_argument(fcinfo, 3, "burst", figures[which].burst, 1, QUANTITY_MAX),
			.changed_at = jerry_now()
		};

		store_set_limit(&limit);
		audit_record(audit_limit_set(limit.name, limit.quantity, limit.seconds, limit.burst),
					 AUDIT_OK, NULL, NULL, NULL, limit.changed_at);
	}
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(jerry_unlock);

/* unlock(email text DEFAULT NULL, network inet DEFAULT NULL) RETURNS bigint */
Datum
jerry_unlock(PG_FUNCTION_ARGS)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict = EMAIL_VALID;
	bool has_email = !PG_ARGISNULL(0);
	Datum network = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	char *shown;
	StoredUser user;
	int64 buckets;

	PreventCommandDuringRecovery("jerry.unlock()");
	if (!has_email && network == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("either email or network must be given")));
	if (has_email)
		verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("email is not a valid address")));
	buckets = limit_forget(has_email ? email : NULL, network);
	shown = network == 0 ? NULL : DatumGetCString(DirectFunctionCall1(inet_out, network));
	audit_record(audit_limit_unlock(shown, buckets), AUDIT_OK,
				 has_email && store_find_user_by_email(email, HOLD_NOT, &user) ? &user.id : NULL,
				 NULL, NULL, jerry_now());
	PG_RETURN_INT64(buckets);
}
