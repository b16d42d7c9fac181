/*
 * delivery.h: events on their way, and what becomes of them.
 *
 * An event is claimed when there is room for it, and its delivery begins at
 * once: no lease runs out in a queue.  Whoever delivers says in the end what
 * has come of it; from that follow the word to the database and the line in the
 * log.  When the destination itself is away, everything pauses, ever longer,
 * and then one event tries.
 */
#ifndef JERRY_DELIVERY_H
#define JERRY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/outbox.h"

typedef struct Delivery
{
	char key[OUTBOX_KEY_SIZE];
	int64_t id; /* of the event */
	char type[64];
	int attempt;
	int64_t claimed_at; /* see delivery_clock() */
	const char *what;	/* of what kind it is, such as the name of a mail; a constant, or NULL */
	void *transport;	/* the deliverer's own */
	uint64_t since;
	struct Delivery *next;
} Delivery;

typedef enum Outcome
{
	OUTCOME_NOTHING,   /* there was nothing to deliver */
	OUTCOME_EXPIRED,   /* there is nothing to deliver any more */
	OUTCOME_DELIVERED, /* the destination has it */
	OUTCOME_LATER,	   /* the destination refuses it for now, or has not said: the try counts */
	OUTCOME_UNWILLING, /* the same, for a reason that others share: all wait */
	OUTCOME_NEVER,	   /* nobody will ever accept it */
	OUTCOME_AWAY	   /* the destination has not seen it, nor takes others: no try, and all wait */
} Outcome;

/* What one word on the command line does. */
typedef struct Courier
{
	const char *name;		 /* the word, and the consumer */
	const char *destination; /* for the log: "the mail server" */
	int lease_s;			 /* longer than a delivery can take */
	const OutboxStatements *statements;

	/* Gets ready.  false after a line on standard error. */
	bool (*open)(const Config *config);

	/*
	 * Begins a delivery, which delivery_end() ends: later, or before this
	 * returns.
	 */
	void (*deliver)(Delivery *delivery, const char *payload, size_t length);

	/* Lets go of a delivery that is under way. */
	void (*cancel)(Delivery *delivery);
} Courier;

/* Begins to claim and deliver; false after a line on standard error. */
extern bool delivery_open(const Courier *courier, const Config *config);

/*
 * What time it is, in seconds since 1970, by the clock of the database: that of
 * a courier may be wrong, and events are dated by the other.
 */
extern int64_t delivery_clock(const Delivery *delivery);

/*
 * Ends a delivery, and frees it.  reason is for the log and for people who look
 * at dead letters: it holds no secret and nothing about a person.  NULL: none.
 */
extern void delivery_end(Delivery *delivery, Outcome outcome, const char *reason);

/*
 * Ends one where the database decides on what is to be done (delivery_end() is
 * not for these): the status of the answer, 0 if there was none, and the
 * seconds to wait that it asks for, -1 if it does not.  reason: NULL if it has
 * arrived.
 */
extern void delivery_finish(Delivery *delivery, int status, int wait_s, const char *reason);

/* How many are under way. */
extern int delivery_count(void);

/*
 * Lets go of all that are under way and gives them back, for another courier to
 * take at once.
 */
extern void delivery_give_back(void);

#endif /* JERRY_DELIVERY_H */
