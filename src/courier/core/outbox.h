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

/* An event that was claimed; its texts are those of the result. */
typedef struct OutboxEvent
{
	int64_t id;
	const char *type;
	const char *payload;
	size_t length;
	int attempt; /* from 1 */
} OutboxEvent;

typedef struct OutboxSettings
{
	const char *database_url;
	const char *consumer;
	int lease_s;	   /* longer than any delivery may take */
	int (*room)(void); /* how many more events may be claimed now */
	void (*claimed)(const OutboxEvent *event);
} OutboxSettings;

/* Begins to connect.  false: libpq cannot make sense of the URL. */
extern bool outbox_open(const OutboxSettings *settings);

/* What has become of an event; see docs/EVENT_PUBLISHING.md. */
extern void outbox_ack(int64_t id);
extern void outbox_retry(int64_t id, uint64_t delay_ms, const char *reason);
extern void outbox_release(int64_t id, uint64_t delay_ms);
extern void outbox_reject(int64_t id, const char *reason);

/* There is room again. */
extern void outbox_has_room(void);

/* Claims no more. */
extern void outbox_stop(void);

/* How many events the database has still to be told of. */
extern size_t outbox_owed(void);

/* Ends the connection. */
extern void outbox_close(void);

#endif /* JERRY_OUTBOX_H */
