/*
 * pace.h: the pace of own bcrypt: it takes what processors have left, and gives
 * way to what else wants them, however the kernel shares them out.
 *
 * Between two looks some half a millisecond of work is done.  What passed since
 * the last look and was not spent on work was spent waiting for a processor.
 * As long as there is hardly any waiting nothing changes; beyond that the work
 * sleeps so much that it has only its least share, jerry.bcrypt_least_share.
 */
#ifndef JERRY_PACE_H
#define JERRY_PACE_H

#include "base/jerry.h"

/* Work begins: so many rounds, of all lanes together at each. */
extern void pace_begin(uint64 rounds);

/*
 * Rounds of some lanes were done: sleeps if others want the processor.  A
 * signal ends the sleep.
 */
extern void pace_look(int nlanes, uint32 rounds);

#endif /* JERRY_PACE_H */
