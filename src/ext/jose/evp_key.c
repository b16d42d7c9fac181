/*
 * evp_key.c: see evp_key.h.
 *
 * To copy a context that knows its key takes less time than to make one.
 */
#include "jose/evp_key.h"

EVP_PKEY *
evp_key_make(const char *type, OSSL_PARAM_BLD *build, bool is_private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || parameters == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
						  parameters) != 1)
		pkey = NULL;
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

bool
evp_key_prepare(KeyObject *key, const char *digest, bool signs)
{
	if (signs)
	{
		key->signing = EVP_MD_CTX_new();
		if (key->signing == NULL ||
			EVP_DigestSignInit_ex(key->signing, NULL, digest, NULL, NULL, key->pkey, NULL) != 1)
			return false;
	}
	key->verifying = EVP_MD_CTX_new();
	key->scratch = EVP_MD_CTX_new();
	return key->verifying != NULL && key->scratch != NULL &&
		   EVP_DigestVerifyInit_ex(key->verifying, NULL, digest, NULL, NULL, key->pkey, NULL) == 1;
}

/*
 * Makes scratch a copy of a context.  OpenSSL 3.5 and 3.6 crash when they copy
 * over one that was used.
 */
static bool
copy_to_scratch(KeyObject *key, const EVP_MD_CTX *context)
{
	return EVP_MD_CTX_reset(key->scratch) == 1 && EVP_MD_CTX_copy_ex(key->scratch, context) == 1;
}

bool
evp_key_sign(KeyObject *key, const void *data, size_t n, uint8 *signature, size_t *length)
{
	return key->signing != NULL && copy_to_scratch(key, key->signing) &&
		   EVP_DigestSign(key->scratch, signature, length, data, n) == 1;
}

/* EVP_DigestVerify() has more answers than yes and no: only 1 is yes. */
bool
evp_key_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature, size_t length)
{
	return copy_to_scratch(key, key->verifying) &&
		   EVP_DigestVerify(key->scratch, signature, length, data, n) == 1;
}
