/*
 * signature.c: see signature.h.
 */
#include "hooks/signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define PREFIX		  "whsec_"
#define VERSION		  "v1,"
#define DIGEST_LENGTH 32

/* The largest key in base64, padded. */
#define ENCODED_MAX ((SIGNATURE_KEY_MAX + 2) / 3 * 4)

/*
 * The bytes of a secret; 0: it is none.  The decoder takes white space at both
 * ends, and what padding stands for it counts as bytes.
 */
static size_t
read_key(const char *secret, unsigned char key[SIGNATURE_KEY_MAX + 2])
{
	size_t length;
	size_t padding = 0;
	int n;

	if (strncmp(secret, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	secret += strlen(PREFIX);
	length = strlen(secret);
	if (length == 0 || length > ENCODED_MAX || length % 4 != 0)
		return 0;
	while (padding < 2 && secret[length - 1 - padding] == '=')
		padding++;
	if (strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") !=
		length - padding)
		return 0;
	n = EVP_DecodeBlock(key, (const unsigned char *) secret, (int) length);
	if (n < 0 || (size_t) n - padding < SIGNATURE_KEY_MIN ||
		(size_t) n - padding > SIGNATURE_KEY_MAX)
		return 0;
	return (size_t) n - padding;
}

/* HMAC-SHA256 over "id.timestamp." and the body. */
static bool
authenticate(const unsigned char *key, size_t n, const char *id, int64_t timestamp,
			 const char *body, size_t length, unsigned char digest[DIGEST_LENGTH])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key, n);
	char middle[32];
	size_t written = DIGEST_LENGTH;
	bool done;

	snprintf(middle, sizeof(middle), ".%" PRId64 ".", timestamp);
	done = context != NULL && secret != NULL &&
		   EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, secret) == 1 &&
		   EVP_DigestSignUpdate(context, id, strlen(id)) == 1 &&
		   EVP_DigestSignUpdate(context, middle, strlen(middle)) == 1 &&
		   EVP_DigestSignUpdate(context, body, length) == 1 &&
		   EVP_DigestSignFinal(context, digest, &written) == 1;
	EVP_PKEY_free(secret);
	EVP_MD_CTX_free(context);
	return done;
}

bool
signature_make(const char *secret, const char *id, int64_t timestamp, const char *body,
			   size_t length, char out[SIGNATURE_SIZE])
{
	unsigned char key[SIGNATURE_KEY_MAX + 2];
	unsigned char digest[DIGEST_LENGTH];
	size_t n = read_key(secret, key);
	bool done = n > 0 && authenticate(key, n, id, timestamp, body, length, digest);

	OPENSSL_cleanse(key, sizeof(key));
	if (!done)
		return false;
	memcpy(out, VERSION, strlen(VERSION));
	EVP_EncodeBlock((unsigned char *) out + strlen(VERSION), digest, DIGEST_LENGTH);
	return true;
}
