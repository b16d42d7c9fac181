/*
 * es256.c: ECDSA with P-256 and SHA-256 (RFC 7518, 3.4).
 *
 * A signature is two numbers.  In a token they have 32 bytes each, whatever
 * their value; OpenSSL has them as DER.
 *
 * (r, n - s) is as good as (r, s): who sees a token can write another signature
 * of the same claims.
 */
#include "jose/der.h"
#include "jose/evp_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#define COORDINATE_LENGTH 32
#define POINT_LENGTH	  (1 + 2 * COORDINATE_LENGTH)
#define DER_LENGTH		  DER_LENGTH_MAX(2, 2 * COORDINATE_LENGTH)

/* OpenSSL checks that the point is on the curve. */
static EVP_PKEY *
p256_pkey(const KeyParts *parts)
{
	uint8 point[POINT_LENGTH] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *scalar = NULL;
	EVP_PKEY *pkey = NULL;
	bool done;

	memcpy(point + 1, parts->public_key, 2 * COORDINATE_LENGTH);
	done = build != NULL &&
		   OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
		   OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	if (done && parts->secret != NULL)
	{
		scalar = BN_secure_new(); /* its copy in the parameters is wiped then */
		done = scalar != NULL && BN_bin2bn(parts->secret, COORDINATE_LENGTH, scalar) != NULL &&
			   OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar,
										  COORDINATE_LENGTH);
	}
	if (done)
		pkey = evp_key_make("EC", build, parts->secret != NULL);
	BN_clear_free(scalar);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static bool
es256_load(KeyObject *key, const KeyParts *parts)
{
	if (parts->public_length != 2 * COORDINATE_LENGTH ||
		(parts->secret != NULL && parts->secret_length != COORDINATE_LENGTH))
		return false;
	key->pkey = p256_pkey(parts);
	key->signature_length = 2 * COORDINATE_LENGTH;
	return key->pkey != NULL && evp_key_prepare(key, "SHA256", parts->secret != NULL);
}

static bool
es256_sign(KeyObject *key, const void *data, size_t n, uint8 *signature)
{
	uint8 der[DER_LENGTH];
	size_t length = sizeof(der);
	Number numbers[2];

	if (!evp_key_sign(key, data, n, der, &length) || !der_read(der, length, numbers, 2))
		return false;
	memset(signature, 0, 2 * COORDINATE_LENGTH);
	for (int i = 0; i < 2; i++)
	{
		signature += COORDINATE_LENGTH;
		if (numbers[i].length > COORDINATE_LENGTH)
			return false;
		memcpy(signature - numbers[i].length, numbers[i].bytes, numbers[i].length);
	}
	return true;
}

static bool
es256_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature)
{
	const Number numbers[] = { { signature, COORDINATE_LENGTH },
							   { signature + COORDINATE_LENGTH, COORDINATE_LENGTH } };
	uint8 der[DER_LENGTH];

	return evp_key_verify(key, data, n, der, der_write(numbers, 2, der));
}

/* Writes a number of the key in 32 bytes. */
static bool
take_number(const EVP_PKEY *pkey, const char *name, uint8 *out)
{
	BIGNUM *number = NULL;
	bool done = EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
				BN_bn2binpad(number, out, COORDINATE_LENGTH) == COORDINATE_LENGTH;

	BN_clear_free(number);
	return done;
}

static bool
es256_take(NewKey *key, const EVP_PKEY *pkey)
{
	char group[32];

	if (!EVP_PKEY_is_a(pkey, "EC") ||
		EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1 ||
		strcmp(group, SN_X9_62_prime256v1) != 0 ||
		!take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, key->public_key) ||
		!take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, key->public_key + COORDINATE_LENGTH))
		return false;
	key->parts = (KeyParts){ &algorithm_es256, NULL, 0, key->public_key, 2 * COORDINATE_LENGTH };
	if (take_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, key->secret))
	{
		key->parts.secret = key->secret;
		key->parts.secret_length = COORDINATE_LENGTH;
	}
	return true;
}

static bool
es256_generate(NewKey *key)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	bool done = pkey != NULL && es256_take(key, pkey) && key->parts.secret != NULL;

	EVP_PKEY_free(pkey);
	return done;
}

const Algorithm algorithm_es256 = {
	.name = "ES256",
	.needs = "The public key has to be a point of the curve P-256.",
	.load = es256_load,
	.sign = es256_sign,
	.verify = es256_verify,
	.generate = es256_generate,
	.take = es256_take,
};
