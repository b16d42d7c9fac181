/*
 * webhook_delivery.h: table jerry.webhook_delivery: what is to be sent to
 * webhooks.
 */
#ifndef JERRY_STORE_WEBHOOK_DELIVERY_H
#define JERRY_STORE_WEBHOOK_DELIVERY_H

#include "base/jerry.h"

#include "nodes/pg_list.h"

struct ReturnSetInfo;

/*
 * At most max events that wait for a consumer are given to the webhooks that
 * want them, with the members named, and acknowledged.
 */
extern void store_give_to_webhooks(const char *consumer, int max, Datum members, TimestampTz now);

/* A webhook for which something is due; it is locked. */
typedef struct DueWebhook
{
	pg_uuid_t id;
	char *url;
} DueWebhook;

/*
 * At most max of those that nobody else has locked, in any order, but those to
 * which nothing gets through last; none of which as many are claimed as may be.
 */
extern List *store_lock_due_webhooks(int max, int per_webhook, TimestampTz now);

/* A delivery that was claimed. */
typedef struct ClaimedDelivery
{
	pg_uuid_t id;
	pg_uuid_t webhook_id;
	Datum message_id; /* text, as the next two */
	Datum event_type;
	Datum body;
	int32 attempts;
} ClaimedDelivery;

/*
 * Claims at most max, of each of these webhooks (an array of uuid), which are
 * locked, so many that at most per_webhook are claimed at a time, and one where
 * nothing gets through.
 */
extern List *store_claim_deliveries(Datum webhook_ids, int per_webhook, int max, TimestampTz now,
									TimestampTz lease_end);

/* What became of deliveries: arrays of the same length. */
typedef struct DeliveryOutcomes
{
	Datum ids;		   /* uuid */
	Datum statuses;	   /* integer, NULL: no answer */
	Datum retry_after; /* integer: seconds that the answer asks for; NULL: it does not */
	Datum reasons;	   /* text */
} DeliveryOutcomes;

/* A webhook that is not to be told anything any more. */
typedef struct LostWebhook
{
	pg_uuid_t id;
	bool gone; /* or it has been failing for too long */
} LostWebhook;

/*
 * Deletes what has arrived, and says when the rest is due again; delays: an
 * array of integer, the seconds after each try but the last.  Returns how many
 * deliveries there were, and in *lost what is to be disabled: those that
 * have failed since before a time, and who said that they are gone.
 */
extern int64 store_finish_deliveries(const DeliveryOutcomes *outcomes, Datum delays,
									 TimestampTz failing_since, TimestampTz now, List **lost);

/* These are due at a time, and one try less was made. */
extern int64 store_release_deliveries(Datum ids, TimestampTz due_at);

/* When something is due; false: nothing waits. */
extern bool store_next_webhook_delivery(int per_webhook, TimestampTz now, TimestampTz *at);

/* What waits for a webhook fails. */
extern void store_give_up_deliveries(const pg_uuid_t *webhook_id, TimestampTz now);

/*
 * What has failed is due; and with a time, what the outbox has since then.
 * Returns how many these are.
 */
extern int64 store_replay_deliveries(const pg_uuid_t *webhook_id, const TimestampTz *since,
									 Datum members, TimestampTz now);

/* Ids (pg_uuid_t *) of those for which more than this many wait. */
extern List *store_webhooks_with_backlog(int max);

/*
 * Forgets what has failed before a time, and what is left of webhooks that were
 * removed; returns how many.
 */
extern int64 store_forget_failed_deliveries(TimestampTz before, int batch);

#endif /* JERRY_STORE_WEBHOOK_DELIVERY_H */
