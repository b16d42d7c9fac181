/*
 * sealing.h: secrets as they are stored, so that nobody can use them who has
 * the database and not the key file.
 *
 * A sealed secret is
 *
 *		version		1 byte, 1
 *		name		8 bytes, of the key that it was sealed with
 *		nonce		12 bytes, random
 *		ciphertext	as many bytes as the secret
 *		tag			16 bytes
 *
 * AES-256-GCM authenticates, besides the ciphertext, version, name and where
 * the secret is stored: the names of the table, the row and the column with a
 * zero byte between them.  So it cannot be moved to another row.
 *
 * The format only: where the key comes from is key_file.h.
 */
#ifndef JERRY_SEALING_H
#define JERRY_SEALING_H

#include "base/aes_gcm.h"

#define SEALING_NAME_LENGTH 8
#define SEALING_NAME_DIGITS (2 * SEALING_NAME_LENGTH)
#define SEALING_OVERHEAD	(1 + SEALING_NAME_LENGTH + GCM_NONCE_LENGTH + GCM_TAG_LENGTH)
#define SEALED_LENGTH(n)	((n) + SEALING_OVERHEAD)

typedef struct SealingKey
{
	uint8 bytes[AES_KEY_LENGTH];
	uint8 name[SEALING_NAME_LENGTH]; /* is in each secret that it seals, and tells nothing of it */
} SealingKey;

/* Where a secret is stored. */
typedef struct SealedPlace
{
	const char *table;
	const char *row; /* its primary key */
	const char *column;
} SealedPlace;

typedef enum UnsealResult
{
	UNSEALED,
	SEALED_WITH_OTHER_KEY,
	SEALED_BY_NEWER_VERSION,
	SEALED_BUT_DAMAGED /* or moved from another place */
} UnsealResult;

/* Made of its bytes; the caller wipes it. */
extern void sealing_key(const uint8 *bytes, SealingKey *key);

/* Seals n bytes to SEALED_LENGTH(n). */
extern void seal(const SealingKey *key, const SealedPlace *place, const uint8 *secret, int n,
				 uint8 *sealed);

/*
 * Opens n bytes to n - SEALING_OVERHEAD, which the caller wipes; nothing is in
 * secret unless the result is UNSEALED.
 */
extern UnsealResult unseal(const SealingKey *key, const SealedPlace *place, const uint8 *sealed,
						   int n, uint8 *secret);

/*
 * What can be said of sealed bytes without a key: SEALED_WITH_OTHER_KEY if they
 * are well formed, and then name is that of the key.
 */
extern UnsealResult sealed_with(const uint8 *sealed, int n, const uint8 **name);

/* A name in hexadecimal digits. */
extern void sealing_name(const uint8 *name, char digits[SEALING_NAME_DIGITS + 1]);

#endif /* JERRY_SEALING_H */
