/*
 * eddsa.c: Ed25519 (RFC 8037, 3.1; RFC 8032, 5.1).  It hashes by itself.
 */
#include "jose/evp_key.h"

#define ED25519_KEY_LENGTH 32
#define ED25519_LENGTH	   64

/*
 * Points of order 8 or less, without the sign, and the two that are written in
 * another way as well: with one of them for a public key anybody can sign, as
 * nothing of the signature depends on a private one.
 */
static const char small_points[][ED25519_KEY_LENGTH + 1] = {
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
	"\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
	"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
	"\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
	"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	"\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
};

static bool
is_small(const uint8 *public_key)
{
	const int last = ED25519_KEY_LENGTH - 1;

	for (int i = 0; i < lengthof(small_points); i++)
		if (memcmp(public_key, small_points[i], last) == 0 &&
			(public_key[last] & 0x7f) == (uint8) small_points[i][last])
			return true;
	return false;
}

static bool
eddsa_load(KeyObject *key, const KeyParts *parts)
{
	uint8 public_key[ED25519_KEY_LENGTH];
	size_t length = sizeof(public_key);

	if (parts->public_length != ED25519_KEY_LENGTH ||
		(parts->secret != NULL && parts->secret_length != ED25519_KEY_LENGTH) ||
		is_small(parts->public_key))
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
	.needs = "The private key has to be that of the public key, which is no point of small order.",
	.load = eddsa_load,
	.sign = eddsa_sign,
	.verify = eddsa_verify,
	.generate = eddsa_generate,
	.take = eddsa_take,
};
