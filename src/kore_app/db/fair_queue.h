/*
 * fair_queue.h: a bounded queue that no client can fill at the others' cost.
 *
 * Each client has a line of its own.  The next turn is that of the client with
 * the fewest entries under way, and of such clients that of the one that has
 * waited longest for a turn.  When the queue is full, an entry of a client with
 * few others takes the place of the newest entry of the client with most.
 *
 * It does no I/O and allocates nothing once it is there, and every operation
 * takes the same few steps, however much is waiting.
 */
#ifndef JERRY_FAIR_QUEUE_H
#define JERRY_FAIR_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* What waits, or is under way; the owner embeds it in what it stands for. */
typedef struct FairEntry
{
	TAILQ_ENTRY(FairEntry) link; /* in its client's line */
	struct FairClient *client;	 /* NULL: neither waits nor is under way */
	bool waits;
} FairEntry;

typedef struct FairQueue FairQueue;

/*
 * Makes a queue of capacity entries that wait and slots that are under way.
 * Returns NULL when there is no memory.  It lives as long as the process.
 */
extern FairQueue *fair_queue_new(int capacity, int slots);

/*
 * Lets an entry of a client wait.  Returns false when the queue is full and its
 * client has no right to a place in it.  *displaced becomes the entry that had
 * to go for it, or NULL.
 */
extern bool fair_queue_push(FairQueue *queue, FairEntry *entry, uint64_t client,
							FairEntry **displaced);

/* The entry whose turn it is; NULL: none waits. */
extern FairEntry *fair_queue_first(const FairQueue *queue);

/* The same; it is under way from now on. */
extern FairEntry *fair_queue_pop(FairQueue *queue);

/* Takes an entry out, whether it waits or is under way. */
extern void fair_queue_remove(FairQueue *queue, FairEntry *entry);

/* How many wait. */
extern int fair_queue_waiting(const FairQueue *queue);

/*
 * How many of those that wait would have their turn before another entry of
 * this client, at most.
 */
extern int fair_queue_ahead(const FairQueue *queue, uint64_t client);

#endif /* JERRY_FAIR_QUEUE_H */
