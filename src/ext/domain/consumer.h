/*
 * consumer.h: the consumers of the outbox: who may have one, and what it is
 * given.
 *
 * However long a transaction stays open, nobody else waits for it.  The
 * transaction in which an event happens gives it to the consumers that it sees,
 * so a claim touches nothing but the deliveries of its own consumer, and passes
 * over those that are locked.  A new consumer is the hard part:
 *
 *	- it begins with all events that its first claim sees (column seen);
 *	- who sees the consumer gives it what happens from then on;
 *	- what remains was written by transactions that did not see it.  Each had
 *	  its number before it looked.  So, once the consumer can be seen by
 *	  everybody, their numbers are below the next one that will be given out
 *	  (column horizon), and when all below it have ended, what they wrote
 *	  without giving it to the consumer is made up for, once: then it is
 *	  complete.
 */
#ifndef JERRY_CONSUMER_H
#define JERRY_CONSUMER_H

#include "store/consumer.h"

#define CONSUMER_NAME_MAX 64

/*
 * Raises an error where events cannot be collected: on a standby, in what the
 * server runs for the owner of a table, with older tables.  call is the
 * function's name.
 */
extern void consumer_require_writing(const char *call);

/*
 * Each statement must see what others committed before it, or an event could
 * pass between a new consumer and whoever writes: an error in other isolation
 * levels.
 */
extern void consumer_require_read_committed(void);

/* An error unless it is a name that a consumer can have. */
extern void consumer_require_name(const char *name, int length);

/* An error unless it belongs to the session's role, or to nobody. */
extern void consumer_require_owner(const StoredConsumer *consumer);

/*
 * The owner is the session's role where none is named.  False: somebody else is
 * making it at this moment, or another one for this role.
 */
extern bool consumer_make(const char *name, const char *owner, TimestampTz now);

/* Makes the session's role the owner of a consumer that has none. */
extern void consumer_adopt(const char *name, const StoredConsumer *consumer);

/*
 * Gives a consumer what was under way when it began, as soon as that can be
 * known.
 */
extern void consumer_make_up(const char *name, StoredConsumer *consumer, TimestampTz now);

#endif /* JERRY_CONSUMER_H */
