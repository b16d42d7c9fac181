/*
 * aes_gcm.c: see aes_gcm.h.
 *
 * Between making a context of OpenSSL and freeing it nothing may raise an
 * error.  What OpenSSL leaves in its queue of errors the server's TLS would
 * take for its own: it is cleared after every failure.
 */
#include "base/aes_gcm.h"

#include <openssl/err.h>
#include <openssl/evp.h>

/* A context that is ready for the text; NULL: OpenSSL cannot. */
static EVP_CIPHER_CTX *
begin(bool encrypt, const uint8 *key, const uint8 *nonce, const uint8 *aad, int aad_length)
{
	static EVP_CIPHER *cipher = NULL; /* looked up once */
	EVP_CIPHER_CTX *context;
	int length;

	if (cipher == NULL)
		cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
	if (context != NULL &&
		EVP_CipherInit_ex2(context, cipher, key, nonce, encrypt ? 1 : 0, NULL) == 1 &&
		(aad_length == 0 || EVP_CipherUpdate(context, NULL, &length, aad, aad_length) == 1))
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

static void
raise_aes(void)
{
	ERR_clear_error();
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute AES-256-GCM")));
}

void
aes_gcm_encrypt(const uint8 *key, const uint8 *nonce, const uint8 *aad, int aad_length,
				const uint8 *in, int n, uint8 *out, uint8 *tag)
{
	EVP_CIPHER_CTX *context = begin(true, key, nonce, aad, aad_length);
	uint8 rest[EVP_MAX_BLOCK_LENGTH]; /* of a stream there is none */
	int length;
	bool done = context != NULL &&
				(n == 0 || EVP_CipherUpdate(context, out, &length, in, n) == 1) &&
				EVP_CipherFinal_ex(context, rest, &length) == 1 &&
				EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_LENGTH, tag) == 1;

	EVP_CIPHER_CTX_free(context);
	if (!done)
		raise_aes();
}

bool
aes_gcm_decrypt(const uint8 *key, const uint8 *nonce, const uint8 *aad, int aad_length,
				const uint8 *in, int n, const uint8 *tag, uint8 *out)
{
	EVP_CIPHER_CTX *context = begin(false, key, nonce, aad, aad_length);
	uint8 expected[GCM_TAG_LENGTH];
	uint8 rest[EVP_MAX_BLOCK_LENGTH];
	int length;
	bool done;
	bool genuine;

	memcpy(expected, tag, sizeof(expected)); /* OpenSSL wants one that it could change */
	done = context != NULL && (n == 0 || EVP_CipherUpdate(context, out, &length, in, n) == 1) &&
		   EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_LENGTH, expected) == 1;
	genuine = done && EVP_CipherFinal_ex(context, rest, &length) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!genuine)
		explicit_bzero(out, n);
	if (!done)
		raise_aes();
	if (!genuine)
		ERR_clear_error();
	return genuine;
}
