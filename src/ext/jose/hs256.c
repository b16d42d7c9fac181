/*
 * hs256.c: HMAC with SHA-256 (RFC 7518, 3.2).
 */
#include "jose/algorithm.h"

static bool
hs256_load(KeyObject *key, const KeyParts *parts)
{
	key->hmac = hmac_key(parts->secret, parts->secret_length);
	key->signature_length = SHA256_LENGTH;
	return true;
}

static bool
hs256_sign(KeyObject *key, const void *data, size_t n, uint8 *signature)
{
	hmac_sha256(key->hmac, data, n, signature);
	return true;
}

static bool
hs256_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature)
{
	uint8 mac[SHA256_LENGTH];

	hmac_sha256(key->hmac, data, n, mac);
	return bytes_equal(mac, signature, SHA256_LENGTH);
}

const Algorithm algorithm_hs256 = { "HS256", hs256_load, hs256_sign, hs256_verify };
