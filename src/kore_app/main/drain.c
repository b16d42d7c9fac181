/*
 * drain.c: the orderly end of a worker.
 *
 * Kore's own handlers end the worker in the middle of its requests.  Ours only
 * take a note; the work is done from the event loop.
 */
#include "main/drain.h"

#include <signal.h>
#include <unistd.h>
#include <sys/socket.h>

#include <kore/kore.h>
#include <kore/http.h>

#include "api/probes.h"
#include "base/log.h"
#include "db/lanes.h"
#include "edge/guard.h"
#include "http/reply.h"
#include "main/gauges.h"
#include "main/maintenance.h"

/* What Kore makes of "workers 1": it counts two helpers. */
#define SINGLE_WORKER_COUNT 3

static volatile sig_atomic_t requested;
static pid_t parent;
static uint64_t deadline; /* 0: not draining */

/* Handles the signal; drain_tick() does the rest. */
static void
request_drain(int signal_number)
{
	(void) signal_number;
	requested = 1;
}

/*
 * Kore's handler for a listening socket takes an error for the end of the
 * world; here it is only another worker that began to drain a little earlier.
 */
static void
listener_event(void *listener, int error)
{
	if (!error)
		kore_listener_accept(listener, 0);
}

void
drain_configure(void)
{
	struct sigaction action = { .sa_handler = request_drain };
	struct kore_server *server;
	struct listener *listener;

	parent = getppid();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/* Which Kore 4.2 sends right after either of them. */
	sigaction(SIGQUIT, &action, NULL);

	LIST_FOREACH(server, &kore_servers, list)
	{
		LIST_FOREACH(listener, &server->listeners, list)
			listener->evt.handle = listener_event;
	}
}

/* Takes the connections that the kernel has accepted already. */
static void
accept_the_rest(struct listener *listener)
{
	uint32_t before;

	do
	{
		before = worker_active_connections;
		listener->evt.flags |= KORE_EVENT_READ;
		kore_listener_accept(listener, 0);
	} while (worker_active_connections > before);
}

/* Takes what has already connected, then lets the kernel refuse the rest. */
static void
stop_accepting(void)
{
	struct kore_server *server;
	struct listener *listener;

	LIST_FOREACH(server, &kore_servers, list)
	{
		LIST_FOREACH(listener, &server->listeners, list)
		{
			if (worker->has_lock)
				accept_the_rest(listener);
			/* From here on the kernel refuses new connections. */
			shutdown(listener->fd, SHUT_RD);
		}
	}

	/*
	 * One worker alone holds the accept lock for ever.  One of several gives
	 * it up, and stops watching, when it finds itself full.
	 */
	if (worker_count == SINGLE_WORKER_COUNT)
		kore_platform_disable_accept();
	else
		worker_max_connections = 0;
}

/*
 * Begins the end of this worker: probes fail from now on, and each connection
 * closes after its answer.
 */
static void
begin_drain(uint64_t now)
{
	log_line(LOG_LEVEL_INFO, "drain", "worker %d stops: %u requests in progress", worker->id,
			 http_request_count);
	deadline = now + DRAIN_DEADLINE_MS;
	probes_drain();
	maintenance_drain();
	gauges_drain();
	reply_drain();
	stop_accepting();
	guard_drain();
}

void
drain_tick(uint64_t now)
{
	bool busy;

	/* Without a parent nobody would restart this worker or tell it to stop. */
	if (!requested && getppid() == parent)
		return;
	if (deadline == 0)
		begin_drain(now);

	/* A job whose client left still has to be recorded by the database. */
	busy = http_request_count > 0 || guard_active() > 0 || lanes_pending() > 0;
	if (busy && now < deadline)
		return;
	if (busy)
		log_line(LOG_LEVEL_WARNING, "drain", "worker %d gives up on %u requests", worker->id,
				 http_request_count);
	sig_recv = SIGQUIT; /* which ends Kore's loop */
}
