/*
 * lane_metrics.h: the figures of the lanes and of their connections.
 *
 * Refusals and lost connections are counted where they happen; how much waits
 * and is under way is shown anew every few milliseconds.
 */
#ifndef JERRY_LANE_METRICS_H
#define JERRY_LANE_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "db/pg.h"
#include "db/statement.h"

/* Why a lane has refused a job. */
typedef enum LaneRefusal
{
	REFUSED_FULL,	 /* there was no place in the queue, or another had more right to it */
	REFUSED_LATE,	 /* it would have been done too late */
	REFUSED_EXPIRED, /* it has waited in vain */
	REFUSED_DOWN,	 /* no connection to a server that can serve */
	REFUSAL_COUNT
} LaneRefusal;

/* To be called once, in the parent, before anything else. */
extern void lane_metrics_configure(void);

/* Takes over a group, which has its connections.  In the parent, too. */
extern void lane_metrics_add(PgGroup *group);

/* Counts a job that a lane has refused. */
extern void lane_metrics_refused(LaneId lane, LaneRefusal reason);

/* Counts a statement that the server has answered after this time. */
extern void lane_metrics_answered(const PgGroup *group, uint64_t ms);

/* Shows how many jobs of a lane wait. */
extern void lane_metrics_show_waiting(LaneId lane, int waiting);

/* Shows what is true of the connections now. */
extern void lane_metrics_show_connections(void);

/* Has any worker a connection to the primary that serves? */
extern bool lane_metrics_database_is_up(void);

/* Writes the figures. */
extern void lane_metrics_write(FILE *page);

#endif /* JERRY_LANE_METRICS_H */
