/*
 * attempt.h: work that can fail without its transaction.
 */
#ifndef JERRY_ATTEMPT_H
#define JERRY_ATTEMPT_H

#include "base/jerry.h"

/*
 * Does work in a subtransaction, which lasts if *done is true; otherwise
 * nothing of it has happened: the work returned false, or there was an error,
 * which is returned, and is the caller's to report.
 */
extern ErrorData *attempt(bool (*work)(void *arg), void *arg, bool *done);

/*
 * The same for so long at most: what takes longer is cancelled, and the error
 * is returned.  A cancellation by anybody else is thrown.
 */
extern ErrorData *attempt_for(int ms, bool (*work)(void *arg), void *arg, bool *done);

/* No longer for a lock than this, until the caller leaves its nest level. */
extern void attempt_limit_wait(int ms);

#endif /* JERRY_ATTEMPT_H */
