/*
 * workers.h: threads for what blocks, so that the loop does not.
 *
 * libcurl's SMTP waits for the answer to a mail and to QUIT without a word to
 * its caller's loop: one server that takes its time would hold up all mails.
 */
#ifndef JERRY_WORKERS_H
#define JERRY_WORKERS_H

#include <stdbool.h>

typedef void (*WorkerCall)(void *argument);

/*
 * Starts this many threads; the signals of the loop are to be blocked by then.
 * false: the system has no room for them.
 */
extern bool workers_open(int count);

/*
 * Calls work in a thread, as soon as one is free, and then done in the loop.
 * Until then the argument is the thread's.
 */
extern void workers_give(WorkerCall work, WorkerCall done, void *argument);

#endif /* JERRY_WORKERS_H */
