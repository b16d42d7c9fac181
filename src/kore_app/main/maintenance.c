/*
 * maintenance.c: calls jerry.maintain() from time to time.
 */
#include "main/maintenance.h"

#include <stdlib.h>
#include <string.h>

#include <kore/kore.h>

#include "base/address.h"
#include "base/log.h"
#include "db/lanes.h"

#define FIRST_WORKER 1

/* Between calls when there is more to do, so that requests come first. */
#define PAUSE_MS 100

/*
 * What was deleted or ended, nothing when nothing was, behind a sign that there
 * may be more of a kind.
 */
#define MORE  "+"
#define BATCH "1000"
const Statement maintenance_statement = {
	.name = "maintain",
	.sql =
		"SELECT pg_catalog.concat(CASE WHEN pg_catalog.max(n) OPERATOR(pg_catalog.>=) " BATCH
		" THEN '" MORE "' END,"
		" pg_catalog.string_agg(pg_catalog.concat(n, ' ', kind), ', ')"
		" FILTER (WHERE n OPERATOR(pg_catalog.>) 0))"
		" FROM (SELECT d.key, d.value::pg_catalog.int8 FROM (SELECT jerry.maintain(" BATCH
		") AS a OFFSET 0) AS q"
		" CROSS JOIN LATERAL pg_catalog.json_each_text(pg_catalog.json_extract_path(q.a, 'data'))"
		" AS d (key, value)) AS cleared (kind, n)",
	.lane = LANE_WRITE,
	.style = ANSWER_BARE,
};

static uint64_t interval_ms; /* 0: never */
static uint64_t next_call;	 /* 0: not decided yet */
static LaneJob *job;

void
maintenance_configure(const Config *given)
{
	if (worker->id == FIRST_WORKER)
		interval_ms = (uint64_t) given->maintenance_interval * 1000;
}

void
maintenance_drain(void)
{
	interval_ms = 0;
}

/* Logs what was cleared; when there may be more, calls again soon. */
static void
answered(void)
{
	size_t length;
	const char *cleared = lane_body(job, &length);
	bool more = strncmp(cleared, MORE, strlen(MORE)) == 0;

	if (more)
	{
		next_call = kore_time_ms() + PAUSE_MS;
		cleared += strlen(MORE);
	}
	if (cleared[0] != '\0')
		log_line(LOG_LEVEL_INFO, "maintenance", "cleared %s", cleared);
}

/* The job has an outcome. */
static void
conclude(void *arg)
{
	(void) arg;

	switch (lane_outcome(job))
	{
		case LANE_ANSWERED:
			answered();
			break;
		case LANE_DEADLINE:
			log_line(LOG_LEVEL_WARNING, "maintenance", "the database did not answer in time");
			break;
		case LANE_BUSY:
			log_line(LOG_LEVEL_WARNING, "maintenance", "the write queue is full");
			break;
		case LANE_DOWN:
			log_line(LOG_LEVEL_WARNING, "maintenance", "the database was lost, or cannot write");
			break;
		case LANE_FAILED:
		case LANE_PENDING:
			log_line(LOG_LEVEL_WARNING, "maintenance", "jerry.maintain() failed");
			break;
	}
	lane_release(job);
	job = NULL;
}

void
maintenance_tick(uint64_t now)
{
	if (interval_ms == 0 || job != NULL || now < next_call)
		return;

	/* Sidecars that were started together do not call together. */
	if (next_call == 0)
	{
		next_call = now + arc4random_uniform((uint32_t) interval_ms);
		return;
	}

	if (!lane_ready(maintenance_statement.lane))
		return; /* which has been logged */

	next_call = now + interval_ms;
	job = lane_submit(&maintenance_statement, ADDRESS_NO_CLIENT, NULL, NULL,
					  &(LaneMark){ "maintenance", "" }, conclude, NULL);
	if (lane_outcome(job) != LANE_PENDING)
		conclude(NULL);
}
