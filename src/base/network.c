/*
 * network.c: see network.h.
 */
#include "base/network.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#define PREFIX_MAPPED 96 /* of the IPv6 network that stands for IPv4 */

void
network_map(const struct in_addr *ipv4, struct in6_addr *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(address->s6_addr, mapped, sizeof(mapped));
	memcpy(address->s6_addr + sizeof(mapped), ipv4, sizeof(*ipv4));
}

bool
network_read(const char *text, Network *network)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	const char *digits = text[length] == '\0' ? NULL : text + length + 1;
	int longest = 128;
	struct in_addr ipv4;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET, address, &ipv4) == 1)
	{
		network_map(&ipv4, &network->address);
		longest -= PREFIX_MAPPED;
	}
	else if (inet_pton(AF_INET6, address, &network->address) != 1)
		return false;

	network->prefix = longest;
	if (digits != NULL)
	{
		char *end;

		network->prefix = (int) strtol(digits, &end, 10);
		if (!isdigit((unsigned char) *digits) || *end != '\0' || end - digits > 3 ||
			network->prefix > longest)
			return false;
	}
	network->prefix += 128 - longest;
	return true;
}

bool
network_has(const Network *network, const struct in6_addr *address)
{
	int bytes = network->prefix / 8;
	int bits = network->prefix % 8;

	if (memcmp(address, &network->address, (size_t) bytes) != 0)
		return false;
	return bits == 0 ||
		   (address->s6_addr[bytes] ^ network->address.s6_addr[bytes]) >> (8 - bits) == 0;
}
