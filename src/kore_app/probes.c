/*
 * probes.c: what an orchestrator asks, answered without the database.
 */
#include <string.h>

#include "lanes.h"
#include "probes.h"

static bool draining;
static bool started; /* every lane has had a connection */
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
	ReplyError error = { .code = REPLY_SERVICE_UNAVAILABLE };

	/* at the start every lane is waited for, later the one that answers validations */
	for (int id = 0; !started && lane_ready(id); id++)
		started = id == LANE_COUNT - 1;
	if (!draining && started && lane_ready(LANE_READ))
		return reply_data(context, 200, data);

	error.issue = draining ? "Service is shutting down" : "Database is not connected";
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
	if (http_request_header(context->req, "accept", &accept) && strcasestr(accept, "text/html") != NULL)
		return reply_redirect(context, 303, "docs");
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
