/*
 * aes_gcm.h: AES-256 in Galois/Counter Mode (NIST SP 800-38D), by OpenSSL.
 *
 * The algorithm only; what is encrypted with it, and how that is stored, is
 * sealing.h.  Both raise an error where OpenSSL cannot do it at all.
 */
#ifndef JERRY_AES_GCM_H
#define JERRY_AES_GCM_H

#include "base/jerry.h"

#define AES_KEY_LENGTH	 32
#define GCM_NONCE_LENGTH 12
#define GCM_TAG_LENGTH	 16

/*
 * Encrypts n bytes to out, and authenticates them together with those of aad.
 * A nonce must never be used twice with one key.
 */
extern void aes_gcm_encrypt(const uint8 *key, const uint8 *nonce, const uint8 *aad, int aad_length,
							const uint8 *in, int n, uint8 *out, uint8 *tag);

/*
 * The opposite.  False, and nothing of it in out, if any of the bytes are not
 * those that were encrypted with this key.
 */
extern bool aes_gcm_decrypt(const uint8 *key, const uint8 *nonce, const uint8 *aad, int aad_length,
							const uint8 *in, int n, const uint8 *tag, uint8 *out);

#endif /* JERRY_AES_GCM_H */
