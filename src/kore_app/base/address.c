/*
 * address.c: addresses of clients, IPv4 and IPv6 alike.
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/network.h"

void
address_of_peer(const struct connection *c, struct in6_addr *address)
{
	if (c->family == AF_INET)
		network_map(&c->addr.ipv4.sin_addr, address);
	else
		*address = c->addr.ipv6.sin6_addr;
}

void
address_text(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, address->s6_addr + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

/*
 * IPv4 and IPv6 cannot be confused: the former begins with 0000:ffff, and no
 * IPv6 client has an address in 0000::/8 but the machine itself.
 */
uint64_t
address_client(const struct in6_addr *address)
{
	uint64_t client;

	memcpy(&client, address->s6_addr + (IN6_IS_ADDR_V4MAPPED(address) ? 8 : 0), sizeof(client));
	return client;
}

void
address_text_of_client(uint64_t client, char text[INET6_ADDRSTRLEN])
{
	static const uint8_t mapped[] = { 0, 0, 0xff, 0xff };
	struct in6_addr address = { 0 };
	bool is_ipv4 = memcmp(&client, mapped, sizeof(mapped)) == 0;

	memcpy(address.s6_addr + (is_ipv4 ? 8 : 0), &client, sizeof(client));
	address_text(&address, text);
}

bool
address_is_trusted(const struct in6_addr *address, const Config *config)
{
	for (size_t i = 0; i < config->trusted_proxies_count; i++)
	{
		if (network_has(&config->trusted_proxies[i], address))
			return true;
	}
	return false;
}
