/*
 * gauges.c: see gauges.h.
 */
#include "main/gauges.h"

#include <kore/kore.h>

#include "base/address.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/lanes.h"

#define GAUGES_WORKER	1
#define GAUGES_PAUSE_MS 5000
#define GAUGES_VALID_MS (3 * GAUGES_PAUSE_MS)

/* A value of a label: three characters have a backslash in front. */
#define BACKSLASH "pg_catalog.chr(92)"
#define ESCAPED                                                                        \
	"pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(l.value, " BACKSLASH "," \
	" pg_catalog.repeat(" BACKSLASH ", 2)),"                                           \
	" '\"', pg_catalog.concat(" BACKSLASH ", '\"')),"                                  \
	" pg_catalog.chr(10), pg_catalog.concat(" BACKSLASH ", 'n'))"

/* The labels of a row, in braces; NULL if it has none. */
#define LABELS                                                       \
	"(SELECT pg_catalog.concat('{', pg_catalog.string_agg("          \
	"pg_catalog.concat(l.key, '=\"', " ESCAPED ", '\"'), ','), '}')" \
	" FROM pg_catalog.json_each_text(m.labels) AS l"                 \
	" HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0)"

/* What a metric is, by its name. */
#define TYPE \
	"CASE WHEN m.metric OPERATOR(pg_catalog.~) '_total$' THEN ' counter' ELSE ' gauge' END"

/* The rows as lines of the page, one family after the other. */
const Statement gauges_statement = {
	.name = "metrics",
	.sql = "SELECT COALESCE(pg_catalog.string_agg(f.lines, '' ORDER BY f.metric), '') FROM"
		   " (SELECT m.metric, pg_catalog.concat('# HELP ', m.metric, ' ',"
		   " pg_catalog.min(m.help), '\n# TYPE ', m.metric, " TYPE ", '\n', pg_catalog.string_agg("
		   "pg_catalog.concat(m.metric, " LABELS ", ' ', m.value, '\n'), ''))"
		   " FROM jerry.metrics() AS m GROUP BY m.metric) AS f (metric, lines)",
	.lane = LANE_WRITE,
	.style = ANSWER_BARE,
};

static bool asking;
static bool said_failure;
static uint64_t next_question;
static LaneJob *question;

void
gauges_configure(const Config *given)
{
	asking = given->metrics_port != 0 && worker->id == GAUGES_WORKER;
}

void
gauges_drain(void)
{
	asking = false;
}

/* The question has an outcome.  A lost connection is told elsewhere. */
static void
conclude_question(void *arg)
{
	LaneOutcome outcome = lane_outcome(question);
	const char *problem = NULL;

	(void) arg;
	if (outcome == LANE_ANSWERED)
	{
		size_t length;
		const char *lines = lane_body(question, &length);

		if (!metrics_post(lines, length, kore_time_ms() + GAUGES_VALID_MS))
			problem = "too many consumers: the figures of the database are left out";
		else
			said_failure = false;
	}
	else if (outcome == LANE_FAILED)
		problem = "jerry.metrics() failed: the figures of the database are left out";
	if (problem != NULL && !said_failure)
	{
		said_failure = true;
		log_line(LOG_LEVEL_WARNING, "metrics", "%s", problem);
	}
	lane_release(question);
	question = NULL;
}

void
gauges_tick(uint64_t now)
{
	if (!asking || question != NULL || now < next_question || !lane_ready(gauges_statement.lane))
		return;

	next_question = now + GAUGES_PAUSE_MS;
	question = lane_submit(&gauges_statement, ADDRESS_NO_CLIENT, NULL, NULL,
						   &(LaneMark){ "metrics", "" }, conclude_question, NULL);
	if (lane_outcome(question) != LANE_PENDING)
		conclude_question(NULL);
}
