/*
 * eddsa.c: Ed25519 (RFC 8037, 3.1; RFC 8032, 5.1).  It hashes by itself.
 */
#include "jose/evp_key.h"

#define ED25519_KEY_LENGTH 32
#define ED25519_LENGTH	   64

static bool
eddsa_load(KeyObject *key, const KeyParts *parts)
{
	uint8 public_key[ED25519_KEY_LENGTH];
	size_t length = sizeof(public_key);

	if (parts->public_length != ED25519_KEY_LENGTH ||
		(parts->secret != NULL && parts->secret_length != ED25519_KEY_LENGTH))
		return false;
	key->signature_length = ED25519_LENGTH;
	if (parts->secret == NULL)
		key->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, parts->public_key,
												   ED25519_KEY_LENGTH);
	else
		key->pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, parts->secret,
													ED25519_KEY_LENGTH);
	/* OpenSSL finds the public key by itself; it has to be the one given. */
	return key->pkey != NULL && EVP_PKEY_get_raw_public_key(key->pkey, public_key, &length) == 1 &&
		   memcmp(public_key, parts->public_key, ED25519_KEY_LENGTH) == 0 &&
		   evp_key_prepare(key, NULL, parts->secret != NULL);
}

static bool
eddsa_sign(KeyObject *key, const void *data, size_t n, uint8 *signature)
{
	size_t length = ED25519_LENGTH;

	return evp_key_sign(key, data, n, signature, &length) && length == ED25519_LENGTH;
}

static bool
eddsa_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature)
{
	return evp_key_verify(key, data, n, signature, ED25519_LENGTH);
}

static bool
eddsa_take(NewKey *key, const EVP_PKEY *pkey)
{
	size_t length = ED25519_KEY_LENGTH;

	if (!EVP_PKEY_is_a(pkey, "ED25519") ||
		EVP_PKEY_get_raw_public_key(pkey, key->public_key, &length) != 1)
		return false;
	key->parts = (KeyParts){ &algorithm_eddsa, NULL, 0, key->public_key, ED25519_KEY_LENGTH };
	if (EVP_PKEY_get_raw_private_key(pkey, key->secret, &length) == 1)
	{
		key->parts.secret = key->secret;
		key->parts.secret_length = ED25519_KEY_LENGTH;
	}
	return true;
}

static bool
eddsa_generate(NewKey *key)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	bool done = pkey != NULL && eddsa_take(key, pkey) && key->parts.secret != NULL;

	EVP_PKEY_free(pkey);
	return done;
}

const Algorithm algorithm_eddsa = {
	.name = "EdDSA",
	.needs = "The private key has to be that of the public key.",
	.load = eddsa_load,
	.sign = eddsa_sign,
	.verify = eddsa_verify,
	.generate = eddsa_generate,
	.take = eddsa_take,
};
