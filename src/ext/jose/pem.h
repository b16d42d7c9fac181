/*
 * pem.h: keys as PEM (RFC 7468): PKCS #8, SEC 1 and PKCS #1, and what they have
 * for public keys.
 */
#ifndef JERRY_PEM_H
#define JERRY_PEM_H

#include "jose/algorithm.h"

/*
 * Reads the first key in a text, private or public, of P-256, Ed25519 or RSA.
 * Returns NULL, or what is wrong with it, a sentence.  OpenSSL leaves copies of
 * a private key in memory that it has freed: not for keys that are in use.
 */
extern const char *pem_read(const char *text, NewKey *key);

#endif /* JERRY_PEM_H */
