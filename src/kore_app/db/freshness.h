/*
 * freshness.h: how long a replica may be believed.
 *
 * The primary is asked again and again how far it has written; a server that
 * has replayed as much knows all that was committed up to that time, and may be
 * believed for as long as the bound allows.  Nothing is asked of the primary's
 * transactions, so a replica of an idle one is as fresh as can be.
 *
 * Knows no connections and does no I/O.
 */
#ifndef JERRY_FRESHNESS_H
#define JERRY_FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

/* Asks a server where it stands; for freshness_read(). */
extern const char freshness_sql[];

/* Where a server stands. */
typedef struct Position
{
	bool recovering; /* a standby; else a primary */
	uint64_t written;
	unsigned timeline;
	uint64_t started; /* tells one server from another */
} Position;

/* Sets the bound, in milliseconds. */
extern void freshness_configure(uint64_t bound_ms);

/* Reads an answer to freshness_sql; false when it is none. */
extern bool freshness_read(const char *answer, Position *position);

/* Notes the position of the primary, with the time when it was asked for. */
extern void freshness_note(const Position *primary, uint64_t asked_at);

/*
 * Until when a server with this position may be believed; 0 or the past: not.
 */
extern uint64_t freshness_until(const Position *position);

#endif /* JERRY_FRESHNESS_H */
