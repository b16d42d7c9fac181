/*
 * network.h: networks of addresses.  IPv4 is mapped into IPv6, addresses and
 * prefixes, so one comparison serves both.
 */
#ifndef JERRY_NETWORK_H
#define JERRY_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>

typedef struct Network
{
	struct in6_addr address;
	int prefix; /* in bits, of an IPv4 network 96 more */
} Network;

/* Reads ADDRESS or ADDRESS/PREFIX; false: it is neither. */
extern bool network_read(const char *text, Network *network);

/* The IPv4-mapped form of an IPv4 address. */
extern void network_map(const struct in_addr *ipv4, struct in6_addr *address);

extern bool network_has(const Network *network, const struct in6_addr *address);

#endif /* JERRY_NETWORK_H */
