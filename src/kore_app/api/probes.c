/*
 * probes.c: what an orchestrator asks, answered without the database.
 */
#include "api/probes.h"

#include <string.h>

#include "db/lanes.h"

static bool draining;
static bool docs_served;

int
probe_live(const ReplyContext *context)
{
	return reply_data(context, 200, "{\"status\":\"alive\"}");
}

/* Positive with this data, or 503. */
static int
reply_ready(const ReplyContext *context, const char *data)
{
	/* By the bits of lanes_missing(). */
	static const char *const issues[1 << LANE_COUNT] = {
		[1 << LANE_READ] = "No database connection for: read",
		[1 <<
			LANE_WRITE] = "No database connection for: write",
		[1 <<
			LANE_LOGIN] = "No database connection for: login",
		[1 << LANE_READ | 1 <<
			LANE_WRITE] = "No database connection for: read, write",
		[1 << LANE_READ | 1 <<
			LANE_LOGIN] = "No database connection for: read, login",
		[1 << LANE_WRITE | 1 <<
			LANE_LOGIN] = "No database connection for: write, login",
		[(1 << LANE_COUNT) - 1] = "Database is not connected",
	};
	ReplyError error = { .code = REPLY_SERVICE_UNAVAILABLE, .issue = "Service is shutting down" };
	unsigned missing = lanes_missing();

	if (!draining && missing == 0)
		return reply_data(context, 200, data);
	if (!draining)
		error.issue = issues[missing];
	return reply_error(context, &error);
}

int
probe_ready(const ReplyContext *context)
{
	return reply_ready(context, "{\"status\":\"ready\"}");
}

int
probe_root(const ReplyContext *context)
{
	const char *accept;

	if (!docs_served)
		return probe_ready(context);
	if (http_request_header(context->req, "accept", &accept) &&
		strcasestr(accept, "text/html") != NULL)
		return reply_empty(context, 303, "location: docs\r\n");
	return reply_ready(context, "{\"status\":\"ready\",\"documentation\":\"/docs\"}");
}

void
probes_configure(const Config *config)
{
	docs_served = config->docs;
}

void
probes_drain(void)
{
	draining = true;
}
