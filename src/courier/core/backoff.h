/*
 * backoff.h: how long to wait before something that failed is tried again.
 */
#ifndef JERRY_BACKOFF_H
#define JERRY_BACKOFF_H

#include <stdint.h>

/*
 * Milliseconds after this many failures in a row: first_ms, doubled by each
 * further one up to longest_ms, and then anything between that and its half,
 * so that not all come back at the same moment.
 */
extern uint64_t backoff_ms(unsigned failures, uint64_t first_ms, uint64_t longest_ms);

#endif /* JERRY_BACKOFF_H */
