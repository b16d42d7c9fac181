/*
 * reach.c: see reach.h.
 */
#include "hooks/reach.h"

#include "base/lengthof.h"

#include <stdint.h>
#include <string.h>

/* The registries of special-purpose addresses (RFC 6890), and multicast. */
static const struct
{
	uint32_t address; /* the most significant byte first */
	int prefix;
	const char *kind;
} refused_ipv4[] = {
	{ 0x00000000, 8, "of this host" },	 /* 0.0.0.0/8 */
	{ 0x0a000000, 8, "private" },		 /* 10.0.0.0/8 */
	{ 0x64400000, 10, "of a provider" }, /* 100.64.0.0/10 */
	{ 0x7f000000, 8, "loopback" },		 /* 127.0.0.0/8 */
	{ 0xa9fe0000, 16, "link-local" },	 /* 169.254.0.0/16: the clouds' metadata */
	{ 0xac100000, 12, "private" },		 /* 172.16.0.0/12 */
	{ 0xc0000000, 24, "reserved" },		 /* 192.0.0.0/24 */
	{ 0xc0000200, 24, "for examples" },	 /* 192.0.2.0/24 */
	{ 0xc0586300, 24, "reserved" },		 /* 192.88.99.0/24 */
	{ 0xc0a80000, 16, "private" },		 /* 192.168.0.0/16 */
	{ 0xc6120000, 15, "for tests" },	 /* 198.18.0.0/15 */
	{ 0xc6336400, 24, "for examples" },	 /* 198.51.100.0/24 */
	{ 0xcb007100, 24, "for examples" },	 /* 203.0.113.0/24 */
	{ 0xe0000000, 4, "multicast" },		 /* 224.0.0.0/4 */
	{ 0xf0000000, 4, "reserved" },		 /* 240.0.0.0/4, with broadcast */
};

/* An IPv4 address, the most significant byte first; NULL: of the internet. */
static const char *
refusal_of_ipv4(const unsigned char *bytes)
{
	uint32_t address = (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 |
					   (uint32_t) bytes[2] << 8 | bytes[3];

	for (size_t i = 0; i < lengthof(refused_ipv4); i++)
		if ((address ^ refused_ipv4[i].address) >> (32 - refused_ipv4[i].prefix) == 0)
			return refused_ipv4[i].kind;
	return NULL;
}

/*
 * Of IPv6 nothing is reached but 2000::/3, which is what there is of the
 * internet; an address that stands for one of IPv4 is asked about as that.
 */
static const char *
refusal_of_ipv6(const struct in6_addr *address)
{
	static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	const unsigned char *bytes = address->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(address))
		return refusal_of_ipv4(bytes + 12);
	if (memcmp(bytes, nat64, sizeof(nat64)) == 0)
		return refusal_of_ipv4(bytes + 12);
	if (IN6_IS_ADDR_LOOPBACK(address))
		return "loopback";
	if (IN6_IS_ADDR_LINKLOCAL(address))
		return "link-local";
	if (IN6_IS_ADDR_MULTICAST(address))
		return "multicast";
	if ((bytes[0] & 0xfe) == 0xfc)
		return "private";
	if ((bytes[0] & 0xe0) != 0x20 || (bytes[0] == 0x20 && bytes[1] == 0x02)) /* 6to4 */
		return "reserved";
	if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2) /* 2001::/23, with Teredo */
		return "reserved";
	if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8)
		return "for examples"; /* 2001:db8::/32 */
	if (bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10)
		return "for examples"; /* 3fff::/20 */
	return NULL;
}

const char *
reach_refusal(const struct sockaddr *address, const Network *allowed, size_t count)
{
	struct in6_addr ipv6;

	if (address->sa_family == AF_INET)
	{
		struct sockaddr_in ipv4;

		memcpy(&ipv4, address, sizeof(ipv4));
		network_map(&ipv4.sin_addr, &ipv6);
	}
	else if (address->sa_family == AF_INET6)
	{
		struct sockaddr_in6 with_port;

		memcpy(&with_port, address, sizeof(with_port));
		ipv6 = with_port.sin6_addr;
	}
	else
		return "no address of the internet";
	for (size_t i = 0; i < count; i++)
		if (network_has(&allowed[i], &ipv6))
			return NULL;
	return refusal_of_ipv6(&ipv6);
}
