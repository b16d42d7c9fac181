/*
 * kore_log.h: what Kore itself has to say, as lines of our log.
 */
#ifndef JERRY_KORE_LOG_H
#define JERRY_KORE_LOG_H

/*
 * Turns what Kore itself prints into lines of the log (event "kore"); Kore
 * 4.2 cannot be taught that, and prints to standard error.  Call it once, in
 * the parent, before the workers are forked.
 */
extern void kore_log_capture(void);

#endif /* JERRY_KORE_LOG_H */
