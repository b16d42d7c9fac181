/*
 * jwk.h: keys as JSON (RFC 7517; RFC 7518, 6; RFC 8037, 2).
 */
#ifndef JERRY_JWK_H
#define JERRY_JWK_H

#include "base/json.h"
#include "jose/algorithm.h"

#define JWK_THUMBPRINT_LENGTH 43 /* SHA-256 in base64url */

/*
 * Reads a private or public key of P-256, Ed25519 or RSA; kid is its own, NULL
 * when it has none.  Returns NULL, or what is wrong with it, a sentence.
 */
extern const char *jwk_read(const char *json, NewKey *key, const char **kid);

/* Writes the members of the public key; of a private one nothing is written. */
extern void jwk_write(JsonWriter *w, const KeyParts *parts, const char *kid);

/* The name of a public key that everybody finds for it (RFC 7638); palloc'd. */
extern char *jwk_thumbprint(const KeyParts *parts);

#endif /* JERRY_JWK_H */
