/*
 * loop.h: waits for descriptors and for times, in one thread.
 *
 * One event is handled at a time: what its handler closes or forgets can not
 * have been waiting in line behind it.
 */
#ifndef JERRY_LOOP_H
#define JERRY_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* events: EPOLLIN and the like, as epoll_wait() tells. */
typedef void (*LoopHandler)(void *argument, uint32_t events);

/* A time at which something is to be done, once.  All zeros: not set. */
typedef struct LoopTimer
{
	void (*fire)(void *argument);
	void *argument;
	uint64_t at; /* of loop_now() */
	bool set;
	struct LoopTimer *next;
} LoopTimer;

/* False when the system has no room for it. */
extern bool loop_open(void);

/* Milliseconds, of a clock that only runs forward. */
extern uint64_t loop_now(void);

/*
 * Calls the handler whenever one of the events is there; replaces what was said
 * before of fd.
 */
extern void loop_watch(int fd, uint32_t events, LoopHandler handler, void *argument);

/* Before fd is closed, or at least before its number is used again. */
extern void loop_forget(int fd);

/* Sets the timer, anew if it was set already. */
extern void loop_set_timer(LoopTimer *timer, uint64_t delay_ms);
extern void loop_stop_timer(LoopTimer *timer);

/* Writes out the log, waits for something, and has it handled. */
extern void loop_turn(void);

#endif /* JERRY_LOOP_H */
