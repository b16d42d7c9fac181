/*
 * consumer.c: the consumers of the outbox: claim_events, ack_events,
 * replay_events, remove_consumer, assign_consumer.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "domain/consumer.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "store/delivery.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/wait_event.h"

#define CLAIM_MAX		10000
#define LEASE_MAX		SECS_PER_DAY
#define ACK_PAUSE_MS	10
#define ACK_PATIENCE_MS 1000

/* The name that every function here has first. */
static char *
consumer_argument(FunctionCallInfo fcinfo)
{
	text *name = PG_GETARG_TEXT_PP(0);

	consumer_require_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	return text_to_cstring(name);
}

PG_FUNCTION_INFO_V1(jerry_claim_events);

/*
 * claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT
 * '1 minute') RETURNS TABLE (...)
 */
Datum
jerry_claim_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	int max = count_argument(fcinfo, 1, "max", CLAIM_MAX);
	TimestampTz now = jerry_now();
	TimestampTz lease_end = DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(2)));
	StoredConsumer consumer;

	consumer_require_writing("jerry.claim_events()");
	if (lease_end <= now || lease_end > jerry_after(now, LEASE_MAX))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lease must be positive, and at most a day")));
	consumer_require_read_committed();
	InitMaterializedSRF(fcinfo, 0);
	if (!store_find_consumer(name, &consumer))
	{
		if (!consumer_make(name, now))
			return (Datum) 0;
	}
	else
	{
		consumer_require_owner(&consumer);
		consumer_adopt(name, &consumer);
		consumer_make_up(name, &consumer, now);
	}
	store_dispatch_events(max, now);
	store_claim_events(name, max, now, lease_end, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_ack_events);

/* ack_events(consumer text, event_ids bigint[]) RETURNS bigint */
Datum
jerry_ack_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	StoredConsumer consumer;
	int64 n;
	bool left;

	consumer_require_writing("jerry.ack_events()");
	if (!store_find_consumer(name, &consumer))
		PG_RETURN_INT64(0);
	consumer_require_owner(&consumer);
	n = store_delete_deliveries(name, PG_GETARG_DATUM(1), &left);
	/*
	 * A claim at the same moment locks, for an instant, what another worker has
	 * just claimed; one that stays open has it, and will acknowledge it.
	 */
	for (int waited = 0; left && waited < ACK_PATIENCE_MS; waited += ACK_PAUSE_MS)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ACK_PAUSE_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		n += store_delete_deliveries(name, PG_GETARG_DATUM(1), &left);
	}
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(jerry_replay_events);

/* replay_events(consumer text, since timestamptz) RETURNS bigint */
Datum
jerry_replay_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	StoredConsumer consumer;

	consumer_require_writing("jerry.replay_events()");
	if (!store_find_consumer(name, &consumer))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no consumer of that name"),
						errhint("The first call of jerry.claim_events makes a consumer.")));
	consumer_require_owner(&consumer);
	PG_RETURN_INT64(store_renew_deliveries(name, PG_GETARG_TIMESTAMPTZ(1), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_remove_consumer);

/* remove_consumer(consumer text) RETURNS boolean */
Datum
jerry_remove_consumer(PG_FUNCTION_ARGS)
{
	consumer_require_writing("jerry.remove_consumer()");
	PG_RETURN_BOOL(store_delete_consumer(consumer_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_assign_consumer);

/* assign_consumer(consumer text, role name) RETURNS boolean */
Datum
jerry_assign_consumer(PG_FUNCTION_ARGS)
{
	char *role = NameStr(*PG_GETARG_NAME(1));

	consumer_require_writing("jerry.assign_consumer()");
	(void) get_role_oid(role, false);
	PG_RETURN_BOOL(store_assign_consumer(consumer_argument(fcinfo), role));
}
