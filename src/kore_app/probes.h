/*
 * probes.h: what an orchestrator asks, answered without the database.
 */
#ifndef JERRY_PROBES_H
#define JERRY_PROBES_H

#include "reply.h"

/* Is the process alive?  Always 200 while it can answer at all. */
extern int probe_live(const ReplyContext *context);

/*
 * Should it get requests?  200 when the read lane has a connection and the
 * worker is not draining, 503 otherwise.
 */
extern int probe_ready(const ReplyContext *context);

/* From now on the worker is not ready. */
extern void probes_drain(void);

#endif /* JERRY_PROBES_H */
