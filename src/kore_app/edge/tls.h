/*
 * tls.h: TLS on the connections of clients, by OpenSSL, when TLS_CERT_FILE and
 * TLS_KEY_FILE are set.
 *
 * TLS 1.2 and 1.3 with forward secrecy, HTTP/1.1 by ALPN, in 1.3 session
 * tickets whose keys live as long as the process.
 *
 * Kore's own TLS is not used: it asks another process for each signature and
 * waits for the answer, and calls the guard only when the handshake is over,
 * which then has no deadline and is counted for nobody.
 *
 * None of these functions waits for a client.
 */
#ifndef JERRY_TLS_H
#define JERRY_TLS_H

#include <sys/types.h>

#include <kore/kore.h>

#include "base/config.h"

/* How often a worker looks for renewed files. */
#define TLS_RENEWAL_CHECK_MS 2000

typedef enum TlsProgress
{
	TLS_ESTABLISHED,
	TLS_HANDSHAKING, /* it is the client's turn */
	TLS_PLAIN_HTTP,	 /* this client speaks HTTP without TLS; so do we now */
	TLS_FAILED
} TlsProgress;

/*
 * Loads certificate chain and key.  Call it in the parent, before the workers
 * are forked: they share the keys of the session tickets.  Returns false after
 * a line on standard error.
 */
extern bool tls_configure(const Config *config);

/* Is it on? */
extern bool tls_is_on(void);

/* Looks, now and then, whether the certificate was renewed. */
extern void tls_tick(uint64_t now);

/* Makes a connection one with TLS; Kore frees what belongs to it. */
extern void tls_begin(struct connection *c);

/* Goes on with the handshake. */
extern TlsProgress tls_handshake(struct connection *c);

/*
 * As recv(): -1 with EAGAIN, or with ECONNRESET for everything that is fatal.
 */
extern ssize_t tls_read(struct connection *c, void *into, size_t size);

/* Has the client sent a record in part? */
extern bool tls_has_part(struct connection *c);

/*
 * Tells the client that no more will be sent; false: there is no room for that
 * now, call it again.
 */
extern bool tls_end(struct connection *c);

#endif /* JERRY_TLS_H */
