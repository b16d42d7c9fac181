/*
 * gauges.h: what the database says of itself, for the page of metrics.
 *
 * Of the workers the first asks jerry.metrics() every few seconds, on a
 * connection of the write lane, and posts the answer for all: a scrape never
 * asks.  What is older than a few of these pauses is not shown.
 */
#ifndef JERRY_GAUGES_H
#define JERRY_GAUGES_H

#include <stdint.h>

#include "base/config.h"
#include "db/statement.h"

/* For lanes_add(), if there is a page. */
extern const Statement gauges_statement;

/* To be called in each worker at its start. */
extern void gauges_configure(const Config *config);

/* To be called every few milliseconds with kore_time_ms(). */
extern void gauges_tick(uint64_t now);

/* Begins nothing any more. */
extern void gauges_drain(void);

#endif /* JERRY_GAUGES_H */
