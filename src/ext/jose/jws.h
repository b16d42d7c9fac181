/*
 * jws.h: JSON Web Signatures (RFC 7515) in their compact form.  The format
 * only: how to sign is algorithm.h, what is signed is claims.h, which keys
 * there are is keys.h.
 *
 * Nothing of a token is parsed before its signature holds: the header is not
 * decoded at all but compared, byte by byte, with those that a key accepts, so
 * that "alg":"none", "crit", another algorithm and junk in the header cannot
 * arise.
 */
#ifndef JERRY_JWS_H
#define JERRY_JWS_H

#include "jose/algorithm.h"

/*
 * header.payload.signature; header is base64url already, payload is JSON.
 * palloc'd.
 */
extern text *jws_sign(const char *header, int header_length, const char *payload,
					  int payload_length, KeyObject *key);

/*
 * Verifies a token that begins with a header of header_length bytes and a dot,
 * and decodes its payload to out (room for length bytes): the number of bytes,
 * or -1 when the signature is wrong or anything is not strictly base64url.
 */
extern int jws_verify(const char *token, int length, int header_length, KeyObject *key,
					  uint8 *out);

/* The same of a token that is known to be verified. */
extern int jws_payload(const char *token, int length, int header_length, const KeyObject *key,
					   uint8 *out);

#endif /* JERRY_JWS_H */
