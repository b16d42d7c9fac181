/*
 * fuzz_hook.c: libFuzzer target: what a webhook is signed with, and where it
 * may go (courier/hooks/signature.c, reach.c, base/network.c).
 *
 * The input begins with the kind of test.  A secret that is taken is one that
 * an encoder writes, and signs as OpenSSL's HMAC does.  A network has what its
 * prefix says, bit by bit; an address that may be reached may be reached also
 * in every form in which IPv6 has it.
 */
#include "fuzz.h"
#include "hooks/reach.h"
#include "hooks/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SECRET_LENGTH 100

/* The first bytes are the secret, what follows is the body. */
static void
check_signature(const uint8_t *data, size_t size)
{
	size_t n = size < SECRET_LENGTH ? size : SECRET_LENGTH;
	char secret[SECRET_LENGTH + 1] = "";
	char signature[SIGNATURE_SIZE];
	char expected[SIGNATURE_SIZE] = "v1,";
	unsigned char key[SECRET_LENGTH];
	unsigned char again[SECRET_LENGTH + 8];
	unsigned char digest[32];
	unsigned digest_length;
	char *body = exact_copy(data + n, size - n);
	char *text;
	int length;
	size_t padding = 0;

	memcpy(secret, data, n);
	if (signature_make(secret, "evt_1", -1, body, size - n, signature))
	{
		REQUIRE(strncmp(secret, "whsec_", 6) == 0);
		while (secret[strlen(secret) - 1 - padding] == '=')
			padding++;
		length = EVP_DecodeBlock(key, (unsigned char *) secret + 6, (int) strlen(secret) - 6);
		length -= (int) padding;
		REQUIRE(length >= SIGNATURE_KEY_MIN && length <= SIGNATURE_KEY_MAX);
		REQUIRE(EVP_EncodeBlock(again, key, length) == (int) strlen(secret) - 6);
		text = malloc(size + 16);
		REQUIRE(text != NULL);
		memcpy(text, "evt_1.-1.", 9);
		memcpy(text + 9, body, size - n);
		HMAC(EVP_sha256(), key, length, (unsigned char *) text, 9 + size - n, digest,
			 &digest_length);
		EVP_EncodeBlock((unsigned char *) expected + 3, digest, 32);
		REQUIRE(strcmp(signature, expected) == 0);
		free(text);
	}
	free(body);
}

static const char *
refusal_of(const uint8_t *bytes, const Network *allowed, size_t count)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };

	memcpy(&address.sin6_addr, bytes, 16);
	return reach_refusal((const struct sockaddr *) &address, allowed, count);
}

/* 16 bytes of an address, a text of a network. */
static void
check_reach(const uint8_t *data, size_t size)
{
	Network network;
	char *text;
	uint8_t forms[2][16] = { { [10] = 0xff, [11] = 0xff }, { 0x00, 0x64, 0xff, 0x9b } };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	const char *refusal;

	if (size < 16)
		return;
	memcpy(&ipv4.sin_addr, data, 4);
	refusal = reach_refusal((const struct sockaddr *) &ipv4, NULL, 0);
	memcpy(forms[0] + 12, data, 4);
	memcpy(forms[1] + 12, data, 4);
	for (int i = 0; i < 2; i++)
		REQUIRE(refusal_of(forms[i], NULL, 0) == refusal);

	text = malloc(size - 15);
	REQUIRE(text != NULL);
	memcpy(text, data + 16, size - 16);
	text[size - 16] = '\0';
	refusal = refusal_of(data, NULL, 0);
	if (network_read(text, &network))
	{
		struct in6_addr address;
		bool same = true;

		memcpy(&address, data, 16);
		REQUIRE(network.prefix >= 0 && network.prefix <= 128);
		for (int bit = 0; bit < network.prefix; bit++)
			same &= ((address.s6_addr[bit / 8] ^ network.address.s6_addr[bit / 8]) &
					 (0x80 >> bit % 8)) == 0;
		REQUIRE(network_has(&network, &address) == same);
		REQUIRE(refusal_of(data, &network, 1) == (same ? NULL : refusal));
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 's')
		check_signature(data + 1, size - 1);
	else
		check_reach(data + 1, size - 1);
	return 0;
}
