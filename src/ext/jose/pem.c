/*
 * pem.c: see pem.h.
 */
#include "jose/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* OpenSSL would ask the terminal of the server. */
static int
refuse_password(char *buffer, int size, int writing, void *arg)
{
	return -1;
}

/* Any kind of key, or NULL. */
static EVP_PKEY *
read_any(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *pkey = NULL;

	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
	if (bio != NULL && pkey == NULL && BIO_reset(bio) == 1)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, refuse_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return pkey;
}

const char *
pem_read(const char *text, NewKey *key)
{
	EVP_PKEY *pkey;
	bool taken;

	if (strstr(text, "ENCRYPTED") != NULL)
		return "It is encrypted; openssl pkey -in FILE writes it without its password.";
	pkey = read_any(text);
	if (pkey == NULL)
		return "No private or public key can be read from it.";
	taken = algorithm_take(key, pkey);
	EVP_PKEY_free(pkey);
	return taken ? NULL : "It is no key of P-256, Ed25519 or RSA.";
}
