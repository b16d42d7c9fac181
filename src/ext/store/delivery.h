/*
 * delivery.h: table jerry.delivery: which events a consumer still has to
 * acknowledge.
 */
#ifndef JERRY_STORE_DELIVERY_H
#define JERRY_STORE_DELIVERY_H

#include "base/jerry.h"

struct ReturnSetInfo;

/*
 * Makes deliveries of events that were not given to anybody when they happened.
 */
extern void store_dispatch_events(int batch, TimestampTz now);

/* Adds rows: event_id, event_type, payload, attempts. */
extern void store_claim_events(const char *consumer, int max, TimestampTz now,
							   TimestampTz lease_end, struct ReturnSetInfo *result);

/* What becomes of deliveries that are not acknowledged. */
typedef struct DeliveryChange
{
	bool rejected; /* those that were, or those that were not */
	TimestampTz claimable_at;
	int tries;				 /* fewer than before */
	TimestampTz rejected_at; /* 0: it is not */
	const char *reason;		 /* NULL: as before */
} DeliveryChange;

/*
 * The deliveries of some events are changed; or deleted, without a change.
 * Returns how many, and in *event_ids those that others have locked, 0 if there
 * are none.
 */
extern int64 store_settle_deliveries(const char *consumer, Datum *event_ids,
									 const DeliveryChange *change);

/* When the next one can be claimed; false: none is waiting. */
extern bool store_next_delivery(const char *consumer, TimestampTz now, TimestampTz *at);

/*
 * Adds rows for what was rejected, by event id, from behind one: event_id,
 * event_type, created_at, attempts, rejected_at, reason.
 */
extern void store_rejected_events(const char *consumer, int64 after, int max,
								  struct ReturnSetInfo *result);

/* Forgets what was rejected before a time; returns how many. */
extern int64 store_forget_rejected(TimestampTz before, int batch);

/*
 * Delivers again what has happened since then; returns how many events that
 * are.
 */
extern int64 store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now);

#endif /* JERRY_STORE_DELIVERY_H */
