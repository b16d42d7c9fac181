/*
 * outbox.h: takes events from the outbox of a database, and tells it what has
 * become of them.
 *
 * There is one connection, and one statement at a time on it.  A notification
 * wakes it, and so does the time at which the next event can be claimed; every
 * few seconds it looks by itself, because a notification can be missed.  When
 * the connection is lost it is opened again, ever later; what is to be said of
 * events is kept and said then.
 *
 * Knows nothing of mail or HTTP.
 */
#ifndef JERRY_OUTBOX_H
#define JERRY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest reason that is kept, with the final zero. */
#define OUTBOX_REASON_SIZE 256

/* Longest key of what was claimed, with the final zero. */
#define OUTBOX_KEY_SIZE 40

/* An event that was claimed; its texts are those of the result. */
typedef struct OutboxEvent
{
	const char *key; /* what the database is told it by */
	int64_t id;		 /* of the event, for the log */
	const char *type;
	const char *payload;
	size_t length;
	int attempt;		/* from 1 */
	int64_t claimed_at; /* by the clock of the database, since 1970 */
} OutboxEvent;

/* That clock, in a statement. */
#define OUTBOX_CLOCK "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::bigint"

/*
 * How to speak to the database.  $1 is the consumer.  claim: $2 how many at
 * most, $3 the lease; answers key, type, payload, attempt, id and OUTBOX_CLOCK.
 * next: answers milliseconds, NULL when nothing waits.  The others are told the
 * keys in $2, and retry and release the delay in $3, retry and reject the
 * reason last; finish the status in $3, the seconds to wait in $4 and the
 * reason in $5, of which any may be NULL.  What a courier does not say is NULL.
 */
typedef struct OutboxStatements
{
	const char *claim;
	const char *next;
	const char *ack;
	const char *retry;
	const char *release;
	const char *reject;
	const char *finish;
} OutboxStatements;

/* Those of a consumer of events. */
extern const OutboxStatements outbox_of_events;

typedef struct OutboxSettings
{
	const OutboxStatements *statements;
	const char *database_url;
	const char *consumer;
	int lease_s;	   /* longer than any delivery may take */
	int (*room)(void); /* how many more events may be claimed now */
	void (*claimed)(const OutboxEvent *event);
} OutboxSettings;

/* Begins to connect.  false: libpq cannot make sense of the URL. */
extern bool outbox_open(const OutboxSettings *settings);

/* What has become of an event; see docs/EVENT_PUBLISHING.md. */
extern void outbox_ack(const char *key);
extern void outbox_retry(const char *key, uint64_t delay_ms, const char *reason);
extern void outbox_release(const char *key, uint64_t delay_ms);
extern void outbox_reject(const char *key, const char *reason);

/*
 * The same where the database decides on what is to be done: the status of an
 * answer, 0 if there was none, and the seconds to wait that it asked for, -1 if
 * it did not.
 */
extern void outbox_finish(const char *key, int status, int wait_s, const char *reason);

/* There is room again. */
extern void outbox_has_room(void);

/* Claims no more. */
extern void outbox_stop(void);

/* How many events the database has still to be told of. */
extern size_t outbox_owed(void);

/* Ends the connection. */
extern void outbox_close(void);

#endif /* JERRY_OUTBOX_H */
