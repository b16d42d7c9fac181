/*
 * loop.c: waits for descriptors and for times, in one thread.
 */
#include "core/loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/log.h"
#include "core/memory.h"

/* The log is written out at least so often, if its reader could not take it. */
#define LONGEST_WAIT_MS 10000

typedef struct Watch
{
	LoopHandler handler; /* NULL: nobody watches this descriptor */
	void *argument;
} Watch;

static int epoll = -1;
static Watch *watches; /* by descriptor */
static int nwatches;
static LoopTimer *timers; /* few, and in no order */

bool
loop_open(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll >= 0;
}

uint64_t
loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

void
loop_watch(int fd, uint32_t events, LoopHandler handler, void *argument)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (fd >= nwatches)
	{
		watches = must_have(realloc(watches, (size_t) (fd + 64) * sizeof(*watches)));
		while (nwatches < fd + 64)
			watches[nwatches++] = (Watch){ 0 };
	}
	watches[fd] = (Watch){ handler, argument };

	/*
	 * A descriptor that was closed has left by itself, whatever its number is
	 * now.
	 */
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0 &&
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		abort();
}

void
loop_forget(int fd)
{
	if (fd < 0 || fd >= nwatches)
		return;
	watches[fd].handler = NULL;
	(void) epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
loop_set_timer(LoopTimer *timer, uint64_t delay_ms)
{
	timer->at = loop_now() + delay_ms;
	if (timer->set)
		return;
	timer->set = true;
	timer->next = timers;
	timers = timer;
}

void
loop_stop_timer(LoopTimer *timer)
{
	for (LoopTimer **link = &timers; *link != NULL; link = &(*link)->next)
	{
		if (*link == timer)
		{
			*link = timer->next;
			timer->set = false;
			return;
		}
	}
}

/* Milliseconds until the first timer, as epoll_wait() takes them. */
static int
time_left(void)
{
	uint64_t now = loop_now();
	uint64_t wait = LONGEST_WAIT_MS;

	for (const LoopTimer *timer = timers; timer != NULL; timer = timer->next)
	{
		uint64_t left = timer->at > now ? timer->at - now : 0;

		if (left < wait)
			wait = left;
	}
	return (int) wait;
}

/*
 * Fires a timer that is due, if there is one: its handler may set and stop any
 * of them.
 */
static void
fire_timer(void)
{
	uint64_t now = loop_now();

	for (LoopTimer *timer = timers; timer != NULL; timer = timer->next)
	{
		if (timer->at <= now)
		{
			loop_stop_timer(timer);
			timer->fire(timer->argument);
			return;
		}
	}
}

void
loop_turn(void)
{
	struct epoll_event event;

	log_flush(false);
	if (epoll_wait(epoll, &event, 1, time_left()) == 1)
	{
		const Watch *watch = &watches[event.data.fd];

		if (watch->handler != NULL)
			watch->handler(watch->argument, event.events);
	}
	fire_timer();
}
