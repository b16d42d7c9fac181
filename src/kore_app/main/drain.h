/*
 * drain.h: the orderly end of a worker.
 *
 * On SIGTERM, and when its parent is gone, the worker at once reports itself
 * not ready, takes no new connections, answers what it has accepted, and then
 * exits.
 */
#ifndef JERRY_DRAIN_H
#define JERRY_DRAIN_H

#include <stdint.h>

/* A worker that has not answered everything by then exits all the same. */
#define DRAIN_DEADLINE_MS 10000

/*
 * Takes over SIGTERM and SIGINT.  Call once per worker, before anything else.
 */
extern void drain_configure(void);

/* To be called every few milliseconds with kore_time_ms(). */
extern void drain_tick(uint64_t now);

#endif /* JERRY_DRAIN_H */
