/*
 * maintenance.h: calls jerry.maintain() from time to time, so that what nobody
 * needs any more does not pile up in the database.
 *
 * MAINTENANCE_INTERVAL says how often.  Each call deletes a bounded number of
 * rows, on a connection of the write lane; while there was more than that, the
 * next one follows soon.  Of a sidecar's workers the first does it.  Several
 * sidecars, and pg_cron, may do it at the same time.
 */
#ifndef JERRY_MAINTENANCE_H
#define JERRY_MAINTENANCE_H

#include <stdint.h>

#include "base/config.h"
#include "db/statement.h"

/* For lanes_add(). */
extern const Statement maintenance_statement;

/* To be called in each worker at its start. */
extern void maintenance_configure(const Config *config);

/* To be called every few milliseconds with kore_time_ms(). */
extern void maintenance_tick(uint64_t now);

/* Begins nothing any more. */
extern void maintenance_drain(void);

#endif /* JERRY_MAINTENANCE_H */
