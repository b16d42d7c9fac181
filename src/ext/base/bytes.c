/*
 * bytes.c: see bytes.h.
 */
#include "base/bytes.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* clang-format off */
#define X -1
/* Value of each character of the alphabet, -1 for all others. */
static const int8 base64_values[256] = {
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, 62, X, X,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
	X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, 63,
	X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
};
#undef X
/* clang-format on */

void
random_bytes(uint8 *out, size_t n)
{
	if (!pg_strong_random(out, n))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not generate random bytes")));
}

bool
bytes_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8 *x = a;
	const volatile uint8 *y = b;
	uint8 difference = 0;

	for (size_t i = 0; i < n; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}

int
base64url_encode(const uint8 *in, int n, char *out)
{
	char *p = out;
	int i;

	for (i = 0; i + 2 < n; i += 3)
	{
		uint32 v = in[i] << 16 | in[i + 1] << 8 | in[i + 2];

		*p++ = alphabet[v >> 18];
		*p++ = alphabet[v >> 12 & 63];
		*p++ = alphabet[v >> 6 & 63];
		*p++ = alphabet[v & 63];
	}
	if (n - i == 1)
	{
		*p++ = alphabet[in[i] >> 2];
		*p++ = alphabet[(in[i] & 3) << 4];
	}
	else if (n - i == 2)
	{
		*p++ = alphabet[in[i] >> 2];
		*p++ = alphabet[(in[i] & 3) << 4 | in[i + 1] >> 4];
		*p++ = alphabet[(in[i + 1] & 15) << 2];
	}
	return p - out;
}

int
base64url_decode(const char *in, int n, uint8 *out)
{
	uint8 *p = out;

	for (; n > 0; n -= 4, in += 4)
	{
		/*
		 * The last group can be of three or two characters, whose surplus bits
		 * an encoder leaves zero.
		 */
		int a = base64_values[(uint8) in[0]];
		int b = n > 1 ? base64_values[(uint8) in[1]] : -1;
		int c = n > 2 ? base64_values[(uint8) in[2]] : 0;
		int d = n > 3 ? base64_values[(uint8) in[3]] : 0;
		uint32 v;

		if ((a | b | c | d) < 0)
			return -1;
		v = a << 18 | b << 12 | c << 6 | d;
		if ((n == 2 && (v & 0xffff) != 0) || (n == 3 && (v & 0xff) != 0))
			return -1;
		*p++ = v >> 16;
		if (n > 2)
			*p++ = v >> 8;
		if (n > 3)
			*p++ = v;
	}
	return p - out;
}

static void
digest_bytes(pg_cryptohash_type type, const char *name, const void *data, size_t n, uint8 *digest,
			 size_t length)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(type);
	bool done = ctx != NULL && pg_cryptohash_init(ctx) >= 0 &&
				pg_cryptohash_update(ctx, data, n) >= 0 &&
				pg_cryptohash_final(ctx, digest, length) >= 0;

	if (ctx != NULL)
		pg_cryptohash_free(ctx);
	if (!done)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute %s", name)));
}

void
sha256(const void *data, size_t n, uint8 *digest)
{
	digest_bytes(PG_SHA256, "SHA-256", data, n, digest, SHA256_LENGTH);
}

void
sha1(const void *data, size_t n, uint8 *digest)
{
	digest_bytes(PG_SHA1, "SHA-1", data, n, digest, SHA1_LENGTH);
}

/* With the memory context of a key. */
static void
free_key(void *key)
{
	EVP_MAC_CTX_free(key);
}

static void
raise_hmac(void)
{
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
					errmsg("could not compute HMAC-SHA-256")));
}

/*
 * OpenSSL itself, not the server's pg_hmac: that one looks the algorithm up and
 * hashes the secret at each use, which shows in the time of a validation.
 */
HmacKey *
hmac_key(const uint8 *secret, size_t length)
{
	static EVP_MAC *algorithm = NULL; /* looked up once */
	char digest[] = "SHA256";
	const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
																	   digest, 0),
									  OSSL_PARAM_construct_end() };
	MemoryContextCallback *callback = palloc(sizeof(*callback));
	HmacKey *key;

	if (algorithm == NULL)
		algorithm = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	key = algorithm == NULL ? NULL : EVP_MAC_CTX_new(algorithm);
	callback->func = free_key;
	callback->arg = key;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	if (key == NULL || !EVP_MAC_init(key, secret, length, parameters))
		raise_hmac();
	return key;
}

void
hmac_sha256(HmacKey *key, const void *data, size_t n, uint8 *mac)
{
	/*
	 * A copy, because EVP_MAC_init() without a secret, which should begin
	 * again, does nothing before OpenSSL 3.0.3.
	 */
	EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(key);
	size_t length;
	bool done = copy != NULL && EVP_MAC_update(copy, data, n) &&
				EVP_MAC_final(copy, mac, &length, SHA256_LENGTH);

	EVP_MAC_CTX_free(copy);
	if (!done)
		raise_hmac();
}
