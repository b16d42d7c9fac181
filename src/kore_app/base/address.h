/*
 * address.h: addresses of clients, IPv4 and IPv6 alike.
 *
 * An IPv4 address is kept in its IPv4-mapped IPv6 form, as config.h keeps
 * networks, so one comparison serves both.
 */
#ifndef JERRY_ADDRESS_H
#define JERRY_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include <kore/kore.h>

#include "base/config.h"

#define ADDRESS_NO_CLIENT UINT64_MAX

/* The address at the other end of a TCP connection. */
extern void address_of_peer(const struct connection *c, struct in6_addr *address);

/* The address as text, IPv4 ones with dots. */
extern void address_text(const struct in6_addr *address, char text[INET6_ADDRSTRLEN]);

/*
 * What tells one client from another: all of an IPv4 address, the first half of
 * an IPv6 one, of which one client has all the rest.  No client's number is
 * ADDRESS_NO_CLIENT.
 */
extern uint64_t address_client(const struct in6_addr *address);

/* The address of a client, the first one if it has several, as text. */
extern void address_text_of_client(uint64_t client, char text[INET6_ADDRSTRLEN]);

/* Is the address in one of the TRUSTED_PROXIES networks? */
extern bool address_is_trusted(const struct in6_addr *address, const Config *config);

#endif /* JERRY_ADDRESS_H */
