/*
 * lookup.h: the addresses of the hosts of webhooks, looked up outside the loop.
 *
 * libcurl would do so by itself, in recent releases with twenty threads for all
 * of its transfers: a few names whose servers are silent, and no other name is
 * found any more.  Here each name has a thread of its own, one at a time, so
 * that whoever owns a silent one holds up nobody else.
 */
#ifndef JERRY_LOOKUP_H
#define JERRY_LOOKUP_H

#include <stdbool.h>

/*
 * Addresses as CURLOPT_RESOLVE takes them, with commas between them; or NULL,
 * and why there are none.  It may start other look-ups, and cancels none.
 */
typedef void (*LookupDone)(void *argument, const char *addresses, const char *problem);

/* One who waits for a name; to be kept until it was told or cancelled. */
typedef struct Lookup
{
	LookupDone done;
	void *argument;
	struct LookupName *name; /* that is waited for; NULL: none */
	struct Lookup *next;
} Lookup;

/* Gets ready; false: the system has no room for it. */
extern bool lookup_open(void);

/* Has done called, with the argument: later, or before this returns. */
extern void lookup_start(Lookup *lookup, const char *host);

/* It is not told any more, if it was still to be. */
extern void lookup_cancel(Lookup *lookup);

#endif /* JERRY_LOOKUP_H */
