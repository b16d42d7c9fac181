/*
 * freshness.c: see freshness.h.
 *
 * A replica that always lags a little never has what the primary has written
 * now, but it soon has what it had written a moment ago.  So the primary's
 * positions of the time of the bound are kept, at intervals.
 */
#include "db/freshness.h"

#include <inttypes.h>
#include <stdio.h>


#define NOTES 16

/*
 * Standby or primary, the position, the timeline, and when it was started.  A
 * standby knows its timeline as of its last restart point: soon after a
 * promotion it passes for one of the old timeline, which is the safe mistake.
 */
const char freshness_sql[] =
	"SELECT pg_catalog.concat_ws(' ', s.r::pg_catalog.int4,"
	" CASE WHEN s.r THEN pg_catalog.pg_last_wal_replay_lsn()"
	" ELSE pg_catalog.pg_current_wal_lsn() END,"
	" CASE WHEN s.r THEN (SELECT c.timeline_id FROM pg_catalog.pg_control_checkpoint() AS c)"
	" ELSE ('x' OPERATOR(pg_catalog.||) pg_catalog.left(pg_catalog.pg_walfile_name("
	"pg_catalog.pg_current_wal_lsn()), 8))::pg_catalog.bit(32)::pg_catalog.int4 END,"
	" (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())"
	" OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8)"
	" FROM (SELECT pg_catalog.pg_is_in_recovery()) AS s (r)";

static struct
{
	Position primary;
	uint64_t asked_at;
} notes[NOTES]; /* a ring */

static unsigned newest;
static uint64_t bound;

void
freshness_configure(uint64_t bound_ms)
{
	bound = bound_ms;
}

bool
freshness_read(const char *answer, Position *position)
{
	int recovering;
	uint32_t high;
	uint32_t low;

	if (sscanf(answer, "%d %" SCNx32 "/%" SCNx32 " %u %" SCNu64, &recovering, &high, &low,
			   &position->timeline, &position->started) != 5)
		return false;
	position->recovering = recovering != 0;
	position->written = (uint64_t) high << 32 | low;
	return true;
}

void
freshness_note(const Position *primary, uint64_t asked_at)
{
	if (asked_at - notes[newest].asked_at < bound / NOTES)
		return;
	newest = (newest + 1) % NOTES;
	notes[newest].primary = *primary;
	notes[newest].asked_at = asked_at;
}

/*
 * Had a server seen all that the primary had written?  On another timeline
 * equal numbers mean nothing, and a server that is a primary has seen what it
 * is.
 */
static bool
had_seen(const Position *position, const Position *primary)
{
	if (!position->recovering)
		return position->started == primary->started;
	return position->timeline == primary->timeline && position->written >= primary->written;
}

uint64_t
freshness_until(const Position *position)
{
	for (unsigned i = 0; i < NOTES; i++)
	{
		unsigned n = (newest + NOTES - i) % NOTES;

		if (notes[n].asked_at != 0 && had_seen(position, &notes[n].primary))
			return notes[n].asked_at + bound;
	}
	return 0;
}
