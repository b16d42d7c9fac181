/*
 * consumers.c
 *		The consumers of the outbox: claim_events, ack_events, replay_events, remove_consumer; and maintain, which bounds what Jerry keeps.
 */
#include "jerry.h"

#include "access/xact.h"
#include "answer.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "settings.h"
#include "store.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define CLAIM_MAX				 10000
#define DISPATCH_BATCH			 10000
#define MAINTAIN_BATCH_MAX		 100000
#define ONE_TIME_TOKEN_RETENTION (7 * SECS_PER_DAY) /* so long an expired one is called expired, later unknown */
#define CONSUMER_NAME_MAX		 64

static char *
consumer_argument(FunctionCallInfo fcinfo)
{
	text *name = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(name);
	char *consumer = length > CONSUMER_NAME_MAX ? NULL : text_to_cstring(name);

	if (length == 0 || consumer == NULL ||
		strspn(consumer, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") != (size_t) length)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("name of a consumer must have 1 to %d letters, digits, and characters of \"_.-\"", CONSUMER_NAME_MAX)));
	return consumer;
}

static int
count_argument(FunctionCallInfo fcinfo, int n, const char *name, int max)
{
	int value = PG_GETARG_INT32(n);

	if (value < 1 || value > max)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 1 and %d", name, max)));
	return value;
}

/* each statement must see what others committed before it, or an event could pass between a new consumer and a dispatch */
static void
require_read_committed(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("events can be given to consumers in isolation level READ COMMITTED only")));
}

PG_FUNCTION_INFO_V1(jerry_claim_events);

/* claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute') RETURNS TABLE (...) */
Datum
jerry_claim_events(PG_FUNCTION_ARGS)
{
	char *consumer = consumer_argument(fcinfo);
	int max = count_argument(fcinfo, 1, "max", CLAIM_MAX);
	TimestampTz now = jerry_now();
	TimestampTz lease_end = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(2)));

	PreventCommandDuringRecovery("jerry.claim_events()");
	if (lease_end <= now)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lease must be positive")));
	require_read_committed();
	if (!store_consumer_exists(consumer))
		store_insert_consumer(consumer, now);
	store_dispatch_events(DISPATCH_BATCH, now);
	InitMaterializedSRF(fcinfo, 0);
	store_claim_events(consumer, max, now, lease_end, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_ack_events);

/* ack_events(consumer text, event_ids bigint[]) RETURNS bigint */
Datum
jerry_ack_events(PG_FUNCTION_ARGS)
{
	char *consumer = consumer_argument(fcinfo);

	PreventCommandDuringRecovery("jerry.ack_events()");
	/* a removal of the consumer would lock the same rows in another order */
	store_keep_consumers();
	PG_RETURN_INT64(store_delete_deliveries(consumer, PG_GETARG_DATUM(1)));
}

PG_FUNCTION_INFO_V1(jerry_replay_events);

/* replay_events(consumer text, since timestamptz) RETURNS bigint */
Datum
jerry_replay_events(PG_FUNCTION_ARGS)
{
	char *consumer = consumer_argument(fcinfo);

	PreventCommandDuringRecovery("jerry.replay_events()");
	store_keep_consumers();
	if (!store_consumer_exists(consumer))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no consumer of that name"),
						errhint("The first call of jerry.claim_events makes a consumer.")));
	PG_RETURN_INT64(store_insert_deliveries(consumer, PG_GETARG_TIMESTAMPTZ(1), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_remove_consumer);

/* remove_consumer(consumer text) RETURNS boolean */
Datum
jerry_remove_consumer(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("jerry.remove_consumer()");
	PG_RETURN_BOOL(store_delete_consumer(consumer_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_maintain);

/* maintain(batch integer DEFAULT 1000) RETURNS json */
Datum
jerry_maintain(PG_FUNCTION_ARGS)
{
	int batch = count_argument(fcinfo, 0, "batch", MAINTAIN_BATCH_MAX);
	TimestampTz now = jerry_now();
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.maintain()");
	require_read_committed();
	/* without any consumer nobody else would tell apart what is new from what nobody waits for */
	store_dispatch_events(DISPATCH_BATCH, now);
	answer_start(&w);
	json_int(&w, "events", store_delete_events(jerry_after(now, -settings()->event_retention), batch));
	json_int(&w, "one_time_tokens", store_delete_one_time_tokens(jerry_after(now, -ONE_TIME_TOKEN_RETENTION), batch));
	/* the last access token of a session can outlive its refresh token */
	json_int(&w, "sessions", store_delete_sessions(jerry_after(now, -settings()->access_token_ttl), batch));
	return answer_finish(&w);
}
