/*
 * webhook_courier.c: what the courier of webhooks calls: claim_webhooks,
 * finish_webhooks, release_webhooks, next_webhook_at.
 */
#include "base/arguments.h"
#include "base/uuid.h"
#include "catalog/pg_type.h"
#include "domain/consumer.h"
#include "domain/webhook.h"
#include "funcapi.h"
#include "store/delivery.h"
#include "store/webhook.h"
#include "store/webhook_delivery.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define PER_WEBHOOK_MAX 1000
#define CLAIMED_MAX		10000
#define RELEASE_MAX		30	/* days */
#define REASON_KEPT		200 /* bytes */
#define GIVEN_AT_ONCE	1000
#define MADE_UP_WAIT	10 /* seconds, as of other consumers */

/* A secret that cannot be opened is looked at again after this. */
#define CLOSED_PAUSE	SECS_PER_MINUTE
#define FAILING_AT_MOST (5 * SECS_PER_DAY)

/* Standard Webhooks, "Deliverability and reliability"; in seconds. */
static const int32 delays[] = { 5, 300, 1800, 7200, 18000,
								36000, 50400, 72000, 86400 };

/* An array of ids, of n webhooks. */
static Datum
ids_datum(List *ids)
{
	Datum *values = palloc(Max(list_length(ids), 1) * sizeof(Datum));
	int n = 0;
	ListCell *cell;

	foreach(cell, ids)
		values[n++] = UUIDPGetDatum(lfirst(cell));
	return PointerGetDatum(construct_array(values, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * What the outbox has for the webhooks is given to them.  The consumer belongs
 * to the courier's role, whoever claims first.
 */
static void
give_events(TimestampTz now)
{
	StoredConsumer consumer;

	if (!store_find_consumer(WEBHOOK_CONSUMER, &consumer))
	{
		if (!consumer_make(WEBHOOK_CONSUMER, WEBHOOK_ROLE, now))
			return;
	}
	else
	{
		consumer_require_owner(&consumer);
		consumer_make_up(WEBHOOK_CONSUMER, &consumer, now);
	}
	store_dispatch_events(GIVEN_AT_ONCE, now);
	store_give_to_webhooks(WEBHOOK_CONSUMER, GIVEN_AT_ONCE, webhook_members(), now);
}

/* The secrets of a webhook as an array of text; 0: one cannot be opened. */
static Datum
secrets_of(const pg_uuid_t *id, List *secrets)
{
	Datum *values = palloc((list_length(secrets) + 1) * sizeof(Datum));
	int n = 0;
	ListCell *cell;

	foreach(cell, secrets)
	{
		const WebhookSecret *secret = lfirst(cell);

		if (!uuid_equal(&secret->webhook_id, id))
			continue;
		if (secret->text == 0)
			return 0;
		values[n++] = secret->text;
	}
	return n == 0 ? 0
				  : PointerGetDatum(
						construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* A webhook for which deliveries can be claimed. */
typedef struct ReadyWebhook
{
	const DueWebhook *due;
	Datum secrets;
} ReadyWebhook;

/* Those due whose secrets can be opened; the others are left for a minute. */
static List *
ready_webhooks(List *due, Datum *ids, TimestampTz now)
{
	List *all = NIL;
	List *open = NIL;
	List *closed = NIL;
	List *ready = NIL;
	List *secrets;
	ListCell *cell;

	foreach(cell, due)
		all = lappend(all, &((DueWebhook *) lfirst(cell))->id);
	secrets = store_webhook_secrets(ids_datum(all), now);
	foreach(cell, due)
	{
		DueWebhook *webhook = lfirst(cell);
		ReadyWebhook *one = palloc(sizeof(*one));

		one->due = webhook;
		one->secrets = secrets_of(&webhook->id, secrets);
		if (one->secrets == 0)
			closed = lappend(closed, &webhook->id);
		else
		{
			open = lappend(open, &webhook->id);
			ready = lappend(ready, one);
		}
	}
	if (closed != NIL)
		store_pause_webhooks(ids_datum(closed), jerry_after(now, CLOSED_PAUSE),
							 "its secret cannot be opened: see jerry.doctor()");
	*ids = ids_datum(open);
	return ready;
}

static const ReadyWebhook *
ready_by_id(List *ready, const pg_uuid_t *id)
{
	ListCell *cell;

	foreach(cell, ready)
	{
		const ReadyWebhook *one = lfirst(cell);

		if (uuid_equal(&one->due->id, id))
			return one;
	}
	elog(ERROR, "a delivery was claimed for a webhook that was not");
}

PG_FUNCTION_INFO_V1(jerry_claim_webhooks);

/*
 * claim_webhooks(max integer DEFAULT 100, per_webhook integer DEFAULT 8, lease
 * interval DEFAULT '1 minute') RETURNS TABLE (...)
 */
Datum
jerry_claim_webhooks(PG_FUNCTION_ARGS)
{
	int max = count_argument(fcinfo, 0, "max", CLAIMED_MAX);
	int per_webhook = count_argument(fcinfo, 1, "per_webhook", PER_WEBHOOK_MAX);
	TimestampTz now = jerry_now();
	TimestampTz lease_end = DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(2)));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	List *ready;
	Datum ids;
	ListCell *cell;

	consumer_require_writing("jerry.claim_webhooks()");
	if (lease_end <= now || lease_end > jerry_after(now, SECS_PER_DAY))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lease must be positive, and at most a day")));
	consumer_require_read_committed();
	InitMaterializedSRF(fcinfo, 0);
	give_events(now);
	ready = ready_webhooks(store_lock_due_webhooks(max, per_webhook, now), &ids, now);
	if (ready == NIL)
		return (Datum) 0;
	foreach(cell, store_claim_deliveries(ids, per_webhook, max, now, lease_end))
	{
		ClaimedDelivery *claimed = lfirst(cell);
		const ReadyWebhook *webhook = ready_by_id(ready, &claimed->webhook_id);
		Datum values[] = { UUIDPGetDatum(&claimed->id),
						   UUIDPGetDatum(&claimed->webhook_id),
						   CStringGetTextDatum(webhook->due->url),
						   webhook->secrets,
						   claimed->message_id,
						   claimed->event_type,
						   claimed->body,
						   Int32GetDatum(claimed->attempts) };
		bool nulls[lengthof(values)] = { false };

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Argument n, an array of at most CLAIMED_MAX elements; *length: how many. */
static Datum
list_argument(FunctionCallInfo fcinfo, int n, int *length)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);

	*length = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_NDIM(array) > 1 || *length > CLAIMED_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at most %d deliveries can be told of, in one dimension", CLAIMED_MAX)));
	return PointerGetDatum(array);
}

/* An array of texts, each cut to what a table can bear. */
static Datum
bounded_reasons(Datum reasons)
{
	Datum *values;
	bool *nulls;
	int n;
	int lower = 1;

	deconstruct_array(DatumGetArrayTypeP(reasons), TEXTOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &n);
	if (n == 0)
		return reasons;
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			values[i] = CStringGetTextDatum(bounded_text(DatumGetTextPP(values[i]), REASON_KEPT));
	return PointerGetDatum(
		construct_md_array(values, nulls, 1, &n, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(jerry_finish_webhooks);

/*
 * finish_webhooks(delivery_ids uuid[], statuses integer[], retry_after
 * integer[], reasons text[]) RETURNS bigint
 */
Datum
jerry_finish_webhooks(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	Datum seconds[lengthof(delays)];
	int lengths[4];
	DeliveryOutcomes outcomes = { list_argument(fcinfo, 0, &lengths[0]),
								  list_argument(fcinfo, 1, &lengths[1]),
								  list_argument(fcinfo, 2, &lengths[2]),
								  list_argument(fcinfo, 3, &lengths[3]) };
	List *lost;
	ListCell *cell;
	int64 n;

	consumer_require_writing("jerry.finish_webhooks()");
	if (lengths[1] != lengths[0] || lengths[2] != lengths[0] || lengths[3] != lengths[0])
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the arrays must have the same length")));
	outcomes.reasons = bounded_reasons(outcomes.reasons);
	for (int i = 0; i < lengthof(delays); i++)
		seconds[i] = Int32GetDatum(delays[i]);
	n = store_finish_deliveries(&outcomes,
								PointerGetDatum(construct_array(seconds, lengthof(delays), INT4OID,
																sizeof(int32), true,
																TYPALIGN_INT)),
								jerry_after(now, -FAILING_AT_MOST), now, &lost);
	foreach(cell, lost)
	{
		const LostWebhook *webhook = lfirst(cell);

		webhook_disable(&webhook->id, webhook->gone ? WEBHOOK_GONE : WEBHOOK_FAILING, now);
	}
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(jerry_release_webhooks);

/*
 * release_webhooks(delivery_ids uuid[], delay interval DEFAULT '0') RETURNS
 * bigint
 */
Datum
jerry_release_webhooks(PG_FUNCTION_ARGS)
{
	TimestampTz then = delay_argument(fcinfo, 1, "delay", RELEASE_MAX);
	int length;

	consumer_require_writing("jerry.release_webhooks()");
	PG_RETURN_INT64(store_release_deliveries(list_argument(fcinfo, 0, &length), then));
}

PG_FUNCTION_INFO_V1(jerry_next_webhook_at);

/* next_webhook_at(per_webhook integer DEFAULT 8) RETURNS timestamptz */
Datum
jerry_next_webhook_at(PG_FUNCTION_ARGS)
{
	int per_webhook = count_argument(fcinfo, 0, "per_webhook", PER_WEBHOOK_MAX);
	TimestampTz now = jerry_now();
	StoredConsumer consumer;
	TimestampTz event_at = DT_NOEND;
	TimestampTz delivery_at = DT_NOEND;

	if (!store_find_consumer(WEBHOOK_CONSUMER, &consumer))
		PG_RETURN_TIMESTAMPTZ(now);
	(void) store_next_delivery(WEBHOOK_CONSUMER, now, &event_at);
	(void) store_next_webhook_delivery(per_webhook, now, &delivery_at);
	/* Nobody says when the transactions end that it is not complete for. */
	if (!consumer.complete)
		event_at = Min(event_at, jerry_after(now, MADE_UP_WAIT));
	if (Min(event_at, delivery_at) == DT_NOEND)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(Min(event_at, delivery_at));
}
