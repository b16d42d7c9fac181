/*
 * evp_key.h: what the algorithms with a public key share: keys and signatures
 * as OpenSSL makes them.  False is a failure; the caller clears OpenSSL's
 * errors.
 */
#ifndef JERRY_EVP_KEY_H
#define JERRY_EVP_KEY_H

#include "jose/algorithm.h"

#include <openssl/evp.h>
#include <openssl/param_build.h>

/*
 * The key of this type that has these parameters, all names as OpenSSL's; NULL:
 * they are no such key.
 */
extern EVP_PKEY *evp_key_make(const char *type, OSSL_PARAM_BLD *build, bool is_private);

/*
 * Makes key->pkey ready.  digest is NULL where the algorithm hashes by itself.
 */
extern bool evp_key_prepare(KeyObject *key, const char *digest, bool signs);

/* length is the room on the way in, what was written on the way out. */
extern bool evp_key_sign(KeyObject *key, const void *data, size_t n, uint8 *signature,
						 size_t *length);
extern bool evp_key_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature,
						   size_t length);

#endif /* JERRY_EVP_KEY_H */
