/*
 * rs256.c: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3), 2048 to 4096 bits.
 *
 * DER is read here and not by OpenSSL, whose decoders take 0.3 ms and leave
 * copies of the private numbers behind.
 */
#include "jose/der.h"
#include "jose/evp_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#define BITS_MIN			2048
#define BITS_MAX			4096
#define EXPONENT_LENGTH_MIN 3 /* bytes: an odd number from 65537 on (FIPS 186-5, A.1.1) */
#define EXPONENT_LENGTH_MAX 8

/*
 * The numbers of RSAPrivateKey behind its version, as OpenSSL calls them; those
 * of RSAPublicKey are the first two.
 */
static const char *const number_names[] = {
	OSSL_PKEY_PARAM_RSA_N,
	OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

#define PUBLIC_NUMBERS	2
#define PRIVATE_NUMBERS lengthof(number_names)

StaticAssertDecl(DER_LENGTH_MAX(1 + PRIVATE_NUMBERS, PRIVATE_NUMBERS *BITS_MAX / 8) <=
					 KEY_SECRET_MAX,
				 "room for a private key");
StaticAssertDecl(DER_LENGTH_MAX(PUBLIC_NUMBERS, PUBLIC_NUMBERS *BITS_MAX / 8) <= KEY_PUBLIC_MAX,
				 "room for a public key");

static EVP_PKEY *
rsa_pkey(const Number *numbers, int n)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *values[PRIVATE_NUMBERS] = { 0 };
	EVP_PKEY *pkey = NULL;
	bool done = build != NULL;

	for (int i = 0; i < n && done; i++)
	{
		values[i] = i < PUBLIC_NUMBERS ? BN_new() : BN_secure_new();
		done = values[i] != NULL &&
			   BN_bin2bn(numbers[i].bytes, numbers[i].length, values[i]) != NULL &&
			   OSSL_PARAM_BLD_push_BN(build, number_names[i], values[i]);
	}
	if (done)
		pkey = evp_key_make("RSA", build, n > PUBLIC_NUMBERS);
	for (int i = 0; i < n; i++)
		BN_clear_free(values[i]);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

/* Of the private key, whose public numbers have to be those of the other. */
static bool
read_numbers(const KeyParts *parts, Number *numbers)
{
	Number private_numbers[1 + PRIVATE_NUMBERS]; /* the first is the version, 0: two primes */

	if (!der_read(parts->public_key, parts->public_length, numbers, PUBLIC_NUMBERS) ||
		numbers[1].length < EXPONENT_LENGTH_MIN || numbers[1].length > EXPONENT_LENGTH_MAX)
		return false;
	if (parts->secret == NULL)
		return true;
	if (!der_read(parts->secret, parts->secret_length, private_numbers, 1 + PRIVATE_NUMBERS) ||
		private_numbers[0].length != 0)
		return false;
	for (int i = 0; i < PUBLIC_NUMBERS; i++)
		if (private_numbers[1 + i].length != numbers[i].length ||
			memcmp(private_numbers[1 + i].bytes, numbers[i].bytes, numbers[i].length) != 0)
			return false;
	memcpy(numbers, private_numbers + 1, sizeof(*numbers) * PRIVATE_NUMBERS);
	return true;
}

static bool
rs256_load(KeyObject *key, const KeyParts *parts)
{
	Number numbers[PRIVATE_NUMBERS];

	if (!read_numbers(parts, numbers))
		return false;
	key->pkey = rsa_pkey(numbers, parts->secret != NULL ? PRIVATE_NUMBERS : PUBLIC_NUMBERS);
	if (key->pkey == NULL || EVP_PKEY_get_bits(key->pkey) < BITS_MIN ||
		EVP_PKEY_get_bits(key->pkey) > BITS_MAX)
		return false;
	key->signature_length = EVP_PKEY_get_size(key->pkey);
	return evp_key_prepare(key, "SHA256", parts->secret != NULL);
}

static bool
rs256_sign(KeyObject *key, const void *data, size_t n, uint8 *signature)
{
	size_t length = key->signature_length;

	return evp_key_sign(key, data, n, signature, &length) && length == key->signature_length;
}

static bool
rs256_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature)
{
	return evp_key_verify(key, data, n, signature, key->signature_length);
}

/*
 * Writes the first n numbers of the key as DER, behind a version for a private
 * one: the length, or 0.
 */
static int
take_numbers(const EVP_PKEY *pkey, int n, uint8 *out)
{
	uint8 bytes[PRIVATE_NUMBERS][BITS_MAX / 8];
	Number numbers[1 + PRIVATE_NUMBERS] = { 0 };
	bool done = true;
	int length;

	for (int i = 0; i < n && done; i++)
	{
		BIGNUM *number = NULL;

		done = EVP_PKEY_get_bn_param(pkey, number_names[i], &number) == 1 &&
			   BN_num_bytes(number) <= sizeof(bytes[i]);
		if (done)
			numbers[1 + i] = (Number){ bytes[i], BN_bn2bin(number, bytes[i]) };
		BN_clear_free(number);
	}
	if (!done)
		length = 0;
	else if (n > PUBLIC_NUMBERS)
		length = der_write(numbers, 1 + n, out);
	else
		length = der_write(numbers + 1, n, out);
	explicit_bzero(bytes, sizeof(bytes));
	return length;
}

static bool
rs256_take(NewKey *key, const EVP_PKEY *pkey)
{
	if (!EVP_PKEY_is_a(pkey, "RSA"))
		return false;
	key->parts = (KeyParts){ &algorithm_rs256 };
	key->parts.public_key = key->public_key;
	key->parts.public_length = take_numbers(pkey, PUBLIC_NUMBERS, key->public_key);
	key->parts.secret_length = take_numbers(pkey, PRIVATE_NUMBERS, key->secret);
	if (key->parts.secret_length > 0)
		key->parts.secret = key->secret;
	return key->parts.public_length > 0;
}

static bool
rs256_generate(NewKey *key)
{
	EVP_PKEY *pkey = EVP_RSA_gen(BITS_MIN);
	bool done = pkey != NULL && rs256_take(key, pkey) && key->parts.secret != NULL;

	EVP_PKEY_free(pkey);
	return done;
}

const Algorithm algorithm_rs256 = {
	.name = "RS256",
	.needs = "RSA needs 2048 to 4096 bits, two primes, and an exponent of at least 65537.",
	.load = rs256_load,
	.sign = rs256_sign,
	.verify = rs256_verify,
	.generate = rs256_generate,
	.take = rs256_take,
};
