/*
 * lane_metrics.c: see lane_metrics.h.
 */
#include "db/lane_metrics.h"

#include <inttypes.h>

#include <kore/kore.h>

#include "base/lengthof.h"
#include "base/metrics.h"

#define LABELS_SIZE 32
#define GROUPS_MAX	(LANE_COUNT + 1) /* and the replica's */

static const char *const lane_names[LANE_COUNT] = { "read", "write", "login" };

static const char *const refusals[REFUSAL_COUNT] = { "full", "late", "expired", "down" };

/* What is shown of a lane: how many wait, and why how many were refused. */
enum
{
	WAITING,
	REFUSED,
	LANE_CELLS = REFUSED + REFUSAL_COUNT
};

/* And of a group. */
enum
{
	UNDER_WAY,
	READY,
	CHANGING,
	CLOSED,
	LOST,
	FAILED,
	DURATIONS,
	GROUP_CELLS = DURATIONS + METRICS_HISTOGRAM_CELLS
};

static MetricsCell lane_cells;
static PgGroup *groups[GROUPS_MAX];
static MetricsCell cells[GROUPS_MAX];
static int group_count;

void
lane_metrics_configure(void)
{
	lane_cells = metrics_reserve(LANE_COUNT * LANE_CELLS);
}

void
lane_metrics_add(PgGroup *group)
{
	MetricsCell first = metrics_reserve(GROUP_CELLS);

	if (group_count == GROUPS_MAX)
		fatalx("jerry: more than %d groups of connections", GROUPS_MAX);
	group->lost_cell = first + LOST;
	group->failed_cell = first + FAILED;
	group->durations_cell = first + DURATIONS;
	groups[group_count] = group;
	cells[group_count++] = first;
}

void
lane_metrics_refused(LaneId lane, LaneRefusal reason)
{
	metrics_add(lane_cells + lane * LANE_CELLS + REFUSED + reason, 1);
}

void
lane_metrics_answered(const PgGroup *group, uint64_t ms)
{
	metrics_observe(group->durations_cell, ms * 1000);
}

void
lane_metrics_show_waiting(LaneId lane, int waiting)
{
	metrics_set(lane_cells + lane * LANE_CELLS + WAITING, (uint64_t) waiting);
}

void
lane_metrics_show_connections(void)
{
	for (int i = 0; i < group_count; i++)
	{
		const PgGroup *group = groups[i];

		metrics_set(cells[i] + UNDER_WAY, (uint64_t) pg_under_way(group));
		metrics_set(cells[i] + READY, (uint64_t) group->nready);
		metrics_set(cells[i] + CHANGING, (uint64_t) (group->nopen - group->nready));
		metrics_set(cells[i] + CLOSED, (uint64_t) (group->nconns - group->nopen));
	}
}

/* How long the database takes: the rest of an answer's time is waiting. */
static void
write_durations(FILE *page)
{
	static const char name[] = "jerry_lane_statement_duration_seconds";

	metrics_family(page, name, "histogram",
				   "Time from sending a statement to its answer; in lane login it is hashing.");
	for (int i = 0; i < group_count; i++)
	{
		char labels[LABELS_SIZE];

		snprintf(labels, sizeof(labels), "lane=\"%s\"", groups[i]->name);
		metrics_write_histogram(page, name, labels, cells[i] + DURATIONS);
	}
}

bool
lane_metrics_database_is_up(void)
{
	for (int i = 0; i < group_count; i++)
	{
		if (!groups[i]->is_standby && metrics_sum(cells[i] + READY) > 0)
			return true;
	}
	return false;
}

/* A family with a sample for each group. */
static void
write_of_groups(FILE *page, const char *name, const char *type, const char *help, MetricsCell cell)
{
	metrics_family(page, name, type, help);
	for (int i = 0; i < group_count; i++)
		fprintf(page, "%s{lane=\"%s\"} %" PRIu64 "\n", name, groups[i]->name,
				metrics_sum(cells[i] + cell));
}

static void
write_connections(FILE *page)
{
	static const struct
	{
		MetricsCell cell;
		const char *name;
	} states[] = { { READY, "ready" }, { CHANGING, "changing" }, { CLOSED, "closed" } };

	metrics_family(page, "jerry_database_connections", "gauge",
				   "Connections to the database, by what they are: changing is on the way to "
				   "ready or closed.");
	for (int i = 0; i < group_count; i++)
	{
		for (size_t state = 0; state < lengthof(states); state++)
			fprintf(page, "jerry_database_connections{lane=\"%s\",state=\"%s\"} %" PRIu64 "\n",
					groups[i]->name, states[state].name,
					metrics_sum(cells[i] + states[state].cell));
	}
}

void
lane_metrics_write(FILE *page)
{
	metrics_family(
		page, "jerry_lane_queue_length", "gauge", "Jobs that wait for a connection of their lane.");
	for (MetricsCell lane = 0; lane < LANE_COUNT; lane++)
		fprintf(page, "jerry_lane_queue_length{lane=\"%s\"} %" PRIu64 "\n", lane_names[lane],
				metrics_sum(lane_cells + lane * LANE_CELLS + WAITING));

	metrics_family(page, "jerry_lane_refused_total", "counter", "Jobs that a lane has refused.");
	for (MetricsCell lane = 0; lane < LANE_COUNT; lane++)
	{
		for (MetricsCell reason = 0; reason < REFUSAL_COUNT; reason++)
			fprintf(page, "jerry_lane_refused_total{lane=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
					lane_names[lane], refusals[reason],
					metrics_sum(lane_cells + lane * LANE_CELLS + REFUSED + reason));
	}

	write_of_groups(page, "jerry_lane_in_flight", "gauge",
					"Statements that the database has been sent and has not answered.", UNDER_WAY);
	write_durations(page);
	metrics_family(page, "jerry_database_up", "gauge",
				   "1: a worker has a connection to the primary that serves.");
	fprintf(page, "jerry_database_up %d\n", lane_metrics_database_is_up());
	write_connections(page);
	write_of_groups(page, "jerry_database_connections_lost_total", "counter",
					"Connections that were ready and broke.", LOST);
	write_of_groups(page, "jerry_database_connections_failed_total", "counter",
					"Attempts to connect that failed.", FAILED);
}
