/*
 * metrics.h: the figures of all workers, in memory that they share.
 *
 * The parent maps it before it forks: a slot of cells for each worker, which
 * writes to its own only, with one relaxed operation.  Whoever is asked adds
 * the slots up.  A worker that is started in another's place goes on in its
 * slot, so no count ever falls.  Without METRICS_PORT there is no such memory,
 * and counting does nothing.
 *
 * The text is Prometheus' format 0.0.4.
 */
#ifndef JERRY_METRICS_H
#define JERRY_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The most that metrics_post() takes. */
#define METRICS_BOARD_SIZE 32768

/* A figure's place in every slot. */
typedef unsigned MetricsCell;

/*
 * Takes a number of cells, of which the first is returned.  To be called in the
 * parent, before metrics_map().
 */
extern MetricsCell metrics_reserve(unsigned count);

/* Maps the cells of the workers, all of them 0.  Call once, in the parent. */
extern void metrics_map(int workers);

/* Has this worker write to its slot; id is from 1 up. */
extern void metrics_choose_slot(int id);

/* Adds to a count. */
extern void metrics_add(MetricsCell cell, uint64_t number);

/* Sets what this worker contributes to a level. */
extern void metrics_set(MetricsCell cell, uint64_t number);

/* The sum over all workers. */
extern uint64_t metrics_sum(MetricsCell cell);

/* The part of one worker. */
extern uint64_t metrics_of_worker(MetricsCell cell, int id);

/* How many cells a histogram of durations takes. */
#define METRICS_HISTOGRAM_CELLS 15

/* Counts a duration in the histogram of which this is the first cell. */
extern void metrics_observe(MetricsCell histogram, uint64_t duration_us);

/*
 * Writes the samples of a histogram, in seconds; the labels are written as they
 * are: lane="read".
 */
extern void metrics_write_histogram(FILE *page, const char *name, const char *labels,
									MetricsCell histogram);

/* Begins a family of samples: its name, "counter", "gauge" or "histogram". */
extern void metrics_family(FILE *page, const char *name, const char *type, const char *help);

/*
 * Puts lines of the page where all workers find them, until this time of
 * kore_time_ms().  Returns false when they are too long.  By one worker only.
 */
extern bool metrics_post(const char *lines, size_t length, uint64_t until);

/* Writes what was posted last, unless its time is over. */
extern void metrics_write_board(FILE *page, uint64_t now);

#endif /* JERRY_METRICS_H */
