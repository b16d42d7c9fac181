/*
 * consumer.h: table jerry.consumer: who collects events.
 */
#ifndef JERRY_STORE_CONSUMER_H
#define JERRY_STORE_CONSUMER_H

#include "base/jerry.h"

/*
 * Does the SQL of the extension give events to consumers when they happen?
 * That of 1.0 and 1.1 dispatches them later.
 */
extern bool store_knows_consumers(void);

typedef struct StoredConsumer
{
	char *owner;			 /* a role, or NULL */
	bool complete;			 /* knows all that was under way when it began */
	bool written_here;		 /* by the transaction that asks */
	bool has_horizon;		 /* it is known who was under way */
	bool horizon_has_passed; /* they have ended */
} StoredConsumer;

extern bool store_find_consumer(const char *name, StoredConsumer *consumer);

/*
 * The names of all consumers as the last commit left them, an array of text.
 * Those who write an event give it to these: see domain/consumer.c.
 */
extern Datum store_consumer_names(void);

/*
 * Does nobody make or remove this consumer, or make another one for this role?
 * Then nobody does until the transaction ends.
 */
extern bool store_try_making_consumer(const char *name, Oid owner);
extern void store_count_consumers(const char *owner, int64 *all, int64 *owned);

/*
 * Gives a new consumer what was given to others before it.  The other half,
 * which others were writing meanwhile, comes by set_horizon and, when that has
 * passed, complete; both pass over a consumer that somebody is changing.
 * False: it was there already.
 */
extern bool store_insert_consumer(const char *name, const char *owner, TimestampTz now);
extern void store_set_horizon(const char *name);
extern void store_complete_consumer(const char *name, TimestampTz now);

/*
 * Makes a role the owner: of a consumer without one, unless somebody is
 * changing it; of any.
 */
extern void store_adopt_consumer(const char *name, const char *owner);
extern bool store_assign_consumer(const char *name, const char *owner);

/* False: there is none of that name. */
extern bool store_delete_consumer(const char *name);

#endif /* JERRY_STORE_CONSUMER_H */
