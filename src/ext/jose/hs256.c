/*
 * hs256.c: HMAC with SHA-256 (RFC 7518, 3.2).
 */
#include "jose/algorithm.h"

static bool
hs256_load(KeyObject *key, const KeyParts *parts)
{
	if (parts->secret == NULL)
		return false;
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

static bool
hs256_generate(NewKey *key)
{
	random_bytes(key->secret, JERRY_SECRET_MIN);
	key->parts = (KeyParts){ &algorithm_hs256, key->secret, JERRY_SECRET_MIN };
	return true;
}

const Algorithm algorithm_hs256 = {
	.name = "HS256",
	.needs = "A secret is needed.",
	.load = hs256_load,
	.sign = hs256_sign,
	.verify = hs256_verify,
	.generate = hs256_generate,
};
