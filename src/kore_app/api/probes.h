/*
 * probes.h: what an orchestrator asks, answered without the database.
 */
#ifndef JERRY_PROBES_H
#define JERRY_PROBES_H

#include "http/reply.h"

/* Call once per worker. */
extern void probes_configure(const Config *config);

/* Is the process alive?  Always 200 while it can answer at all. */
extern int probe_live(const ReplyContext *context);

/*
 * Should it get requests?  200 when no lane is missing, see lanes.h, and the
 * worker is not draining; 503 otherwise, which names the lanes.
 */
extern int probe_ready(const ReplyContext *context);

/*
 * What is asked when nobody has said what to ask: leads browsers to the
 * documentation, and answers balancers as probe_ready() does.
 */
extern int probe_root(const ReplyContext *context);

/* From now on the worker is not ready. */
extern void probes_drain(void);

#endif /* JERRY_PROBES_H */
