/*
 * probes.c: what an orchestrator asks, answered without the database.
 */
#include "lanes.h"
#include "probes.h"

static bool draining;
static bool started; /* every lane has had a connection */

int
probe_live(const ReplyContext *context)
{
	return reply_data(context, 200, "{\"status\":\"alive\"}");
}

int
probe_ready(const ReplyContext *context)
{
	ReplyError error = { .code = REPLY_SERVICE_UNAVAILABLE };

	/* at the start every lane is waited for, later the one that answers validations */
	for (int id = 0; !started && lane_ready(id); id++)
		started = id == LANE_COUNT - 1;
	if (!draining && started && lane_ready(LANE_READ))
		return reply_data(context, 200, "{\"status\":\"ready\"}");

	error.issue = draining ? "Service is shutting down" : "Database is not connected";
	return reply_error(context, &error);
}

void
probes_drain(void)
{
	draining = true;
}
