/*
 * peers.h: how many connections each client address holds.
 *
 * One client is an IPv4 address or an IPv6 /64, which is what a single machine
 * is given.  Each worker counts its own connections.
 */
#ifndef JERRY_PEERS_H
#define JERRY_PEERS_H

#include <stdbool.h>
#include <netinet/in.h>

#include "base/config.h"

typedef struct Peer Peer;

/* Takes over the limit and the trusted proxies, to which it does not apply. */
extern void peers_configure(const Config *config);

/*
 * Counts a connection from this address (in the form of address.h).  Returns
 * false, without counting it, when the client holds its share already.  What
 * *peer is set to must be given to peers_leave() when the connection ends.
 */
extern bool peers_enter(const struct in6_addr *address, Peer **peer);

/* A connection that peers_enter() counted is gone. */
extern void peers_leave(Peer *peer);

#endif /* JERRY_PEERS_H */
