/*
 * cose.h: public keys as authenticators have them (COSE_Key: RFC 9052, 7; RFC
 * 9053, 2 and 7; RFC 8230, 4), and the signatures that they make.
 */
#ifndef JERRY_COSE_H
#define JERRY_COSE_H

#include "jose/algorithm.h"

/* The algorithms that passkeys may have, the one that we like best first. */
#define COSE_EDDSA		(-8)
#define COSE_ES256		(-7)
#define COSE_RS256		(-257)
#define COSE_ALGORITHMS 3
extern const int cose_algorithms[COSE_ALGORITHMS];

/* A key that was read.  parts points into it: it is not to be copied. */
typedef struct CoseKey
{
	int algorithm; /* of those above */
	KeyParts parts;
	uint8 public_key[KEY_PUBLIC_MAX];
} CoseKey;

/*
 * False unless these bytes are a key of one of the algorithms, with the members
 * that it must have and no others.  Whether it is sound is not looked at.
 */
extern bool cose_read(const uint8 *bytes, int length, CoseKey *key);

/*
 * Is the signature that of the key?  That of ES256 is DER, unlike in tokens
 * (WebAuthn, 6.5.5).
 */
extern bool cose_verify(const CoseKey *key, const void *data, size_t n, const uint8 *signature,
						int length);

#endif /* JERRY_COSE_H */
