/*
 * guard.h: stands between the sockets of clients and Kore's HTTP parser.
 *
 * The guard reads everything that clients send.  It hands Kore one request at
 * a time, complete and rewritten (http_head.h), and the next one only when the
 * answer to the one before has left.  What Kore would misread never reaches
 * it; what Kore would answer with an empty body or a reset is answered with
 * the error envelope.  The guard also keeps the deadlines, counts connections
 * per client address (peers.h), answers clients that have shut down their
 * side, and closes connections so that the last answer arrives.
 *
 * Every bind in Kore's configuration names guard_connect as its callback and
 * has Kore's TLS off; ours is below the guard (tls.h).  The seccomp filter must
 * allow shutdown().
 */
#ifndef JERRY_GUARD_H
#define JERRY_GUARD_H

#include <kore/kore.h>

#include <stdio.h>

#include "base/config.h"

/*
 * In milliseconds.  They are kept by a sweep that comes every GUARD_SWEEP, so
 * that nobody waits more than 5 seconds for an answer to half a request.
 */
#define GUARD_TLS_DEADLINE	  4500 /* connected to the end of the handshake */
#define GUARD_HEAD_DEADLINE	  4500 /* first byte of a head to its last */
#define GUARD_BODY_DEADLINE	  4500 /* end of the head to end of the body */
#define GUARD_LINGER_DEADLINE 2000 /* answer sent to connection closed */
#define GUARD_DRAIN_GRACE	  1000 /* of an orderly end, for requests that are on their way */
#define GUARD_IDLE_GRACE	  2000 /* longer than clients are told */
#define GUARD_SWEEP			  250

/* How many connections the port of the metrics takes. */
#define GUARD_METRICS_CONNECTIONS 8

/* Call once, in the parent. */
extern void guard_reserve(void);

/* Call once per worker, in kore_worker_configure(). */
extern void guard_configure(const Config *config);

/* Kore's callback for a new connection. */
extern void guard_connect(struct connection *c);

/*
 * The same for the port of the metrics: its connections are counted apart, so
 * that clients of the API cannot take their places, and each has to send its
 * request at once.
 */
extern void guard_connect_metrics(struct connection *c);

/*
 * For an orderly end: connections that stay idle for GUARD_DRAIN_GRACE are
 * closed, and every request that still comes is the last one of its connection.
 */
extern void guard_drain(void);

/*
 * The number of connections on which a request may still arrive, or an answer
 * is not yet sent in full.
 */
extern unsigned guard_active(void);

/* Writes the figures of the connections of the API. */
extern void guard_write_metrics(FILE *page);

#endif /* JERRY_GUARD_H */
