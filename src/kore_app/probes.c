/*
 * probes.c: what an orchestrator asks, answered without the database.
 */
#include "lanes.h"
#include "probes.h"

static bool draining;

int
probe_live(const ReplyContext *context)
{
	return reply_data(context, 200, "{\"status\":\"alive\"}");
}

int
probe_ready(const ReplyContext *context)
{
	ReplyError error = {.code = REPLY_SERVICE_UNAVAILABLE};

	if (!draining && lane_ready(LANE_READ))
		return reply_data(context, 200, "{\"status\":\"ready\"}");

	error.issue = draining ? "Service is shutting down" : "Database is not connected";
	return reply_error(context, &error);
}

void
probes_drain(void)
{
	draining = true;
}
