/*
 * peers.c: counts connections per client address.
 */
#include "edge/peers.h"

#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include <kore/kore.h>

#include "base/address.h"

#define BUCKET_BITS 10

struct Peer
{
	uint64_t client;
	int connections;
	LIST_ENTRY(Peer) link;
};

static LIST_HEAD(, Peer) buckets[1 << BUCKET_BITS];
static const Config *limits;

void
peers_configure(const Config *given)
{
	limits = given;
}

/*
 * Fibonacci hashing: the upper bits of the product depend on all of client's.
 */
static unsigned
bucket_of(uint64_t client)
{
	return (unsigned) ((client * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - BUCKET_BITS));
}

bool
peers_enter(const struct in6_addr *address, Peer **result)
{
	uint64_t client = address_client(address);
	unsigned bucket = bucket_of(client);
	Peer *peer;

	*result = NULL;
	if (limits->max_connections_per_address == 0 || address_is_trusted(address, limits))
		return true;

	LIST_FOREACH(peer, &buckets[bucket], link)
	{
		if (peer->client == client)
			break;
	}
	if (peer == NULL)
	{
		peer = kore_calloc(1, sizeof(*peer));
		peer->client = client;
		LIST_INSERT_HEAD(&buckets[bucket], peer, link);
	}
	else if (peer->connections >= limits->max_connections_per_address)
		return false;
	peer->connections++;
	*result = peer;
	return true;
}

void
peers_leave(Peer *peer)
{
	if (peer == NULL || --peer->connections > 0)
		return;
	LIST_REMOVE(peer, link);
	kore_free(peer);
}
