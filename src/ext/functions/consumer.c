/*
 * consumer.c: the consumers of the outbox: claim_events; ack_events,
 * retry_events, release_events, reject_events and requeue_events; dead_letters,
 * next_event_at; replay_events, remove_consumer, assign_consumer.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "domain/audit.h"
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
#define DELAY_MAX		30	/* days */
#define FAILURE_MAX		512 /* bytes */
#define INCOMPLETE_WAIT 10	/* seconds */

#define SETTLE_PAUSE_MS	   10
#define SETTLE_PATIENCE_MS 1000

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
		if (!consumer_make(name, NULL, now))
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

/*
 * The events in argument 1 have come to a consumer, and this becomes of them;
 * returns how many these are.
 *
 * A claim at the same moment locks, for an instant, what another worker has
 * just claimed; one that stays open has it, and will settle it.
 */
static int64
settle(FunctionCallInfo fcinfo, const char *call, const DeliveryChange *change)
{
	char *name = consumer_argument(fcinfo);
	Datum event_ids = PG_GETARG_DATUM(1);
	StoredConsumer consumer;
	int64 n;

	consumer_require_writing(call);
	if (!store_find_consumer(name, &consumer))
		return 0;
	consumer_require_owner(&consumer);
	n = store_settle_deliveries(name, &event_ids, change);
	for (int waited = 0; event_ids != 0 && waited < SETTLE_PATIENCE_MS; waited += SETTLE_PAUSE_MS)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, SETTLE_PAUSE_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		n += store_settle_deliveries(name, &event_ids, change);
	}
	return n;
}

PG_FUNCTION_INFO_V1(jerry_ack_events);

/* ack_events(consumer text, event_ids bigint[]) RETURNS bigint */
Datum
jerry_ack_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(settle(fcinfo, "jerry.ack_events()", NULL));
}

PG_FUNCTION_INFO_V1(jerry_retry_events);

/*
 * retry_events(consumer text, event_ids bigint[], delay interval, reason text)
 * RETURNS bigint
 */
Datum
jerry_retry_events(PG_FUNCTION_ARGS)
{
	DeliveryChange change = { .claimable_at = delay_argument(fcinfo, 2, "delay", DELAY_MAX),
							  .reason = bounded_text(PG_GETARG_TEXT_PP(3), FAILURE_MAX) };

	PG_RETURN_INT64(settle(fcinfo, "jerry.retry_events()", &change));
}

PG_FUNCTION_INFO_V1(jerry_release_events);

/*
 * release_events(consumer text, event_ids bigint[], delay interval DEFAULT '0')
 * RETURNS bigint
 */
Datum
jerry_release_events(PG_FUNCTION_ARGS)
{
	DeliveryChange change = { .claimable_at = delay_argument(fcinfo, 2, "delay", DELAY_MAX),
							  .tries = 1 };

	PG_RETURN_INT64(settle(fcinfo, "jerry.release_events()", &change));
}

PG_FUNCTION_INFO_V1(jerry_reject_events);

/*
 * reject_events(consumer text, event_ids bigint[], reason text) RETURNS bigint
 */
Datum
jerry_reject_events(PG_FUNCTION_ARGS)
{
	DeliveryChange change = { .claimable_at = DT_NOEND,
							  .rejected_at = jerry_now(),
							  .reason = bounded_text(PG_GETARG_TEXT_PP(2), FAILURE_MAX) };

	PG_RETURN_INT64(settle(fcinfo, "jerry.reject_events()", &change));
}

PG_FUNCTION_INFO_V1(jerry_requeue_events);

/* requeue_events(consumer text, event_ids bigint[]) RETURNS bigint */
Datum
jerry_requeue_events(PG_FUNCTION_ARGS)
{
	DeliveryChange change = { .rejected = true, .claimable_at = jerry_now(), .tries = INT_MAX };

	PG_RETURN_INT64(settle(fcinfo, "jerry.requeue_events()", &change));
}

PG_FUNCTION_INFO_V1(jerry_dead_letters);

/*
 * dead_letters(consumer text, after bigint DEFAULT 0, max integer DEFAULT 100)
 * RETURNS TABLE (...)
 */
Datum
jerry_dead_letters(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	int max = count_argument(fcinfo, 2, "max", CLAIM_MAX);
	StoredConsumer consumer;

	InitMaterializedSRF(fcinfo, 0);
	if (!store_find_consumer(name, &consumer))
		return (Datum) 0;
	consumer_require_owner(&consumer);
	store_rejected_events(name, PG_GETARG_INT64(1), max, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_next_event_at);

/* next_event_at(consumer text) RETURNS timestamptz */
Datum
jerry_next_event_at(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	TimestampTz now = jerry_now();
	TimestampTz at;
	StoredConsumer consumer;
	bool waits;

	if (!store_find_consumer(name, &consumer))
		PG_RETURN_TIMESTAMPTZ(now);
	consumer_require_owner(&consumer);
	waits = store_next_delivery(name, now, &at);
	/* Nobody says when the transactions end that it is not complete for. */
	if (!consumer.complete && (!waits || at > jerry_after(now, INCOMPLETE_WAIT)))
		PG_RETURN_TIMESTAMPTZ(jerry_after(now, INCOMPLETE_WAIT));
	if (!waits)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

PG_FUNCTION_INFO_V1(jerry_replay_events);

/* replay_events(consumer text, since timestamptz) RETURNS bigint */
Datum
jerry_replay_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	TimestampTz now = jerry_now();
	StoredConsumer consumer;
	int64 n;

	consumer_require_writing("jerry.replay_events()");
	if (!store_find_consumer(name, &consumer))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no consumer of that name"),
						errhint("The first call of jerry.claim_events makes a consumer.")));
	consumer_require_owner(&consumer);
	n = store_renew_deliveries(name, PG_GETARG_TIMESTAMPTZ(1), now);
	audit_record(audit_consumer_replay(name, n), AUDIT_OK, NULL, NULL, NULL, now);
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(jerry_remove_consumer);

/* remove_consumer(consumer text) RETURNS boolean */
Datum
jerry_remove_consumer(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);

	consumer_require_writing("jerry.remove_consumer()");
	if (!store_delete_consumer(name))
		PG_RETURN_BOOL(false);
	audit_record(audit_consumer_remove(name), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(jerry_assign_consumer);

/* assign_consumer(consumer text, role name) RETURNS boolean */
Datum
jerry_assign_consumer(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	char *role = NameStr(*PG_GETARG_NAME(1));

	consumer_require_writing("jerry.assign_consumer()");
	(void) get_role_oid(role, false);
	if (!store_assign_consumer(name, role))
		PG_RETURN_BOOL(false);
	audit_record(audit_consumer_assign(name, role), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_BOOL(true);
}
