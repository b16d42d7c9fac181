/*
 * algorithm.h: the algorithms that sign tokens (RFC 7518, 3.1; RFC 8037, 3.1),
 * over OpenSSL.  Each has a file of its name.
 *
 * The algorithm belongs to the key.  What a token says of it is not asked.
 */
#ifndef JERRY_ALGORITHM_H
#define JERRY_ALGORITHM_H

#include "base/bytes.h"

#include <openssl/types.h>

#define SIGNATURE_LENGTH_MAX 512 /* RS256 with 4096 bits */

typedef struct Algorithm Algorithm;
typedef struct VerifiedTokens VerifiedTokens;

/*
 * A key as bytes, as table jerry.signing_key has them:
 *
 *			secret							public_key
 *	HS256	32 to 1024 bytes				none
 *	ES256	scalar of P-256, 32 bytes		x and y, 64 bytes
 *	EdDSA	seed of Ed25519, 32 bytes		32 bytes
 *	RS256	RSAPrivateKey, DER				RSAPublicKey, DER (RFC 8017, A.1).
 */
typedef struct KeyParts
{
	const Algorithm *algorithm;
	const uint8 *secret; /* NULL: the key only verifies */
	int secret_length;
	const uint8 *public_key; /* NULL: HS256 */
	int public_length;
} KeyParts;

/* DER of eight and of two numbers, each as long as a modulus of 4096 bits. */
#define KEY_SECRET_MAX 4160
#define KEY_PUBLIC_MAX 1040

/* A key that comes into being, with room for its parts; wipe it after use. */
typedef struct NewKey
{
	KeyParts parts;
	uint8 secret[KEY_SECRET_MAX];
	uint8 public_key[KEY_PUBLIC_MAX];
} NewKey;

/* A key that is ready for use. */
typedef struct KeyObject
{
	const Algorithm *algorithm;
	MemoryContext context; /* of all that belongs to it */
	int signature_length;  /* bytes */

	HmacKey *hmac; /* HS256; the others have: */
	EVP_PKEY *pkey;
	EVP_MD_CTX *signing; /* NULL: the key only verifies */
	EVP_MD_CTX *verifying;
	EVP_MD_CTX *scratch;	  /* a copy of one of them, in use */
	VerifiedTokens *verified; /* NULL: none yet */
} KeyObject;

/* What the file of an algorithm does; false is a failure. */
struct Algorithm
{
	const char *name;  /* header parameter "alg" */
	const char *needs; /* what is missing if a key does not load, a sentence */
	bool (*load)(KeyObject *key, const KeyParts *parts);
	bool (*sign)(KeyObject *key, const void *data, size_t n, uint8 *signature);
	bool (*verify)(KeyObject *key, const void *data, size_t n, const uint8 *signature);
	bool (*generate)(NewKey *key);
	/* Takes the numbers of OpenSSL's key, if it is one of this algorithm. */
	bool (*take)(NewKey *key, const EVP_PKEY *pkey);
};

extern const Algorithm algorithm_hs256;
extern const Algorithm algorithm_es256;
extern const Algorithm algorithm_eddsa;
extern const Algorithm algorithm_rs256;

/* NULL: there is none of this name. */
extern const Algorithm *algorithm_by_name(const char *name);

/*
 * A new key.  With RS256 (2048 bits) it takes 0.1 to 0.5 s, in which nothing
 * interrupts it; the others take no time.
 */
extern void algorithm_generate(const Algorithm *algorithm, NewKey *key);

/* Of whichever algorithm it is; false: of none. */
extern bool algorithm_take(NewKey *key, const EVP_PKEY *pkey);

/*
 * What is wrong with a key from outside, a sentence; NULL: nothing.  Looks at
 * more than loading does: is the public key sound, and is it that of the
 * private one?
 */
extern const char *algorithm_fault(const KeyParts *parts);

/*
 * The key lives as long as the memory context in which it is made, and is wiped
 * with it; parts may go at once.  NULL: they are no key of their algorithm.
 */
extern KeyObject *algorithm_load(const KeyParts *parts);

/*
 * Writes key->signature_length bytes.  An error when the key only verifies.
 */
extern void algorithm_sign(KeyObject *key, const void *data, size_t n, uint8 *signature);

/* signature has key->signature_length bytes. */
extern bool algorithm_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature);

#endif /* JERRY_ALGORITHM_H */
