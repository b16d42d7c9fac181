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

/* left: there are more, which others have locked. */
extern int64 store_delete_deliveries(const char *consumer, Datum event_ids, bool *left);

/*
 * Delivers again what has happened since then; returns how many events that
 * are.
 */
extern int64 store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now);

#endif /* JERRY_STORE_DELIVERY_H */
