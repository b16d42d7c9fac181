/*
 * lanes.h: three bounded queues in front of the database.
 *
 * They keep slow work from delaying quick work: the read lane validates and
 * refreshes, the write lane stores, and refreshes where refresh tokens rotate,
 * the login lane runs bcrypt.  Every statement has a lane, and every job that
 * is submitted ends within its lane's deadline.  What a lane certainly cannot
 * do in time it refuses at once.  Within a lane the clients take turns, and a
 * full queue is shared out among them, so that one with many requests delays
 * the others by little and keeps nobody out; see fair_queue.h.  Nothing in here
 * blocks, and nothing that may have committed is ever sent twice.
 *
 * With DATABASE_READ_URL the read lane leads to a replica while that is known
 * to be fresh enough, and to the primary for what the replica does not take or
 * answer; lanes.c says how.
 *
 * The lanes know statements and values; they know no HTTP.
 */
#ifndef JERRY_LANES_H
#define JERRY_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "db/statement.h"

typedef enum LaneOutcome
{
	LANE_PENDING,  /* queued, or sent and not yet answered */
	LANE_ANSWERED, /* lane_code() and lane_body() hold the answer */
	LANE_BUSY,	   /* the lane has more to do than there is time for */
	LANE_DOWN,	   /* no connection to a server that can serve now */
	LANE_DEADLINE, /* no answer in time */
	LANE_FAILED	   /* any other SQL error; it has been logged */
} LaneOutcome;

typedef struct LaneJob LaneJob;

/* By what a job is known elsewhere. */
typedef struct LaneMark
{
	const char *request_id;	 /* for the log */
	const char *traceparent; /* for who looks at the server's activity; "": none */
} LaneMark;

/*
 * Divides the pool between the lanes and checks the connection parameters.
 * Does no I/O.
 */
extern void lanes_configure(const Config *config);

/* Adds a statement, which must live as long as the process. */
extern void lanes_add(const Statement *statement);

/*
 * Begins to open connections.  To be called in the worker, once, when all
 * statements have been added.
 */
extern void lanes_start(void);

/*
 * Submits one call of a statement with its text values, for a client by its
 * number, which is address_client(); a NULL value is an SQL null.  The values
 * are copied, and the copy is wiped as soon as it is not needed any more;
 * lengths may be NULL when every value ends with a zero byte.  The mark is
 * copied, too.
 *
 * Never returns NULL.  A job that is refused at once says so in lane_outcome()
 * when this returns; for every other one done(arg) is called once, from the
 * event loop, when its outcome is known.  For a job that is refused because its
 * lane is busy that is some milliseconds later, not at once.
 */
extern LaneJob *lane_submit(const Statement *statement, uint64_t client,
							const char *const *values, const int *lengths, const LaneMark *mark,
							void (*done)(void *arg), void *arg);

/* What became of the job, or LANE_PENDING. */
extern LaneOutcome lane_outcome(const LaneJob *job);

/*
 * The answer's error code, or NULL for a positive or a bare answer; to be asked
 * only when the outcome is LANE_ANSWERED.  Valid until lane_release().
 */
extern const char *lane_code(const LaneJob *job);

/* The answer's bytes, with a zero byte behind them, as for lane_code(). */
extern const char *lane_body(const LaneJob *job, size_t *length);

/*
 * Gives the job back, at any time; done() is not called afterwards.  A queued
 * job is dropped.  One that is in flight is left to the server, and its result
 * is discarded: cancelling it could undo what it has to record.
 */
extern void lane_release(LaneJob *job);

/* Has the lane a live connection to a database of our version? */
extern bool lane_ready(LaneId lane);

/*
 * The lanes that cannot do their work, as bits of 1 << LaneId: at the start
 * those that have not had a connection yet, later those that have been without
 * one for a while, the read lane at once.  While the primary is gone altogether
 * and the read lane lives on, none is missed: other sidecars could do no more.
 */
extern unsigned lanes_missing(void);

/* How many jobs have no outcome yet. */
extern unsigned lanes_pending(void);

/*
 * Closes every connection; jobs without an outcome become LANE_DOWN and their
 * done() is not called.  Jobs may still be released afterwards.
 */
extern void lanes_stop(void);

#endif /* JERRY_LANES_H */
