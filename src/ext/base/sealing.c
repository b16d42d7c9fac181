/*
 * sealing.c: see sealing.h.
 */
#include "base/sealing.h"

#include "base/bytes.h"

#define SEALED_VERSION 1

/* Where the parts of a sealed secret begin. */
#define NAME_AT	 1
#define NONCE_AT (NAME_AT + SEALING_NAME_LENGTH)
#define TEXT_AT	 (NONCE_AT + GCM_NONCE_LENGTH)

void
sealing_key(const uint8 *bytes, SealingKey *key)
{
	static const char prefix[] = "jerry key file";
	uint8 named[sizeof(prefix) - 1 + AES_KEY_LENGTH];
	uint8 digest[SHA256_LENGTH];

	memcpy(named, prefix, sizeof(prefix) - 1);
	memcpy(named + sizeof(prefix) - 1, bytes, AES_KEY_LENGTH);
	sha256(named, sizeof(named), digest);
	explicit_bzero(named, sizeof(named));
	memcpy(key->bytes, bytes, AES_KEY_LENGTH);
	memcpy(key->name, digest, SEALING_NAME_LENGTH);
}

/* The bytes that are authenticated besides the ciphertext; palloc'd. */
static uint8 *
associated_data(const uint8 *sealed, const SealedPlace *place, int *n)
{
	int table = strlen(place->table) + 1;
	int row = strlen(place->row) + 1;
	int column = strlen(place->column);
	uint8 *bytes = palloc(NONCE_AT + table + row + column);
	uint8 *p = bytes;

	memcpy(p, sealed, NONCE_AT);
	p += NONCE_AT;
	memcpy(p, place->table, table);
	p += table;
	memcpy(p, place->row, row);
	p += row;
	memcpy(p, place->column, column);
	*n = NONCE_AT + table + row + column;
	return bytes;
}

void
seal(const SealingKey *key, const SealedPlace *place, const uint8 *secret, int n, uint8 *sealed)
{
	uint8 *about;
	int about_length;

	sealed[0] = SEALED_VERSION;
	memcpy(sealed + NAME_AT, key->name, SEALING_NAME_LENGTH);
	random_bytes(sealed + NONCE_AT, GCM_NONCE_LENGTH);
	about = associated_data(sealed, place, &about_length);
	aes_gcm_encrypt(key->bytes, sealed + NONCE_AT, about, about_length, secret, n, sealed + TEXT_AT,
					sealed + TEXT_AT + n);
	pfree(about);
}

UnsealResult
sealed_with(const uint8 *sealed, int n, const uint8 **name)
{
	if (n < SEALING_OVERHEAD || sealed[0] < SEALED_VERSION)
		return SEALED_BUT_DAMAGED;
	if (sealed[0] > SEALED_VERSION)
		return SEALED_BY_NEWER_VERSION;
	*name = sealed + NAME_AT;
	return SEALED_WITH_OTHER_KEY;
}

UnsealResult
unseal(const SealingKey *key, const SealedPlace *place, const uint8 *sealed, int n, uint8 *secret)
{
	const uint8 *name;
	UnsealResult result = sealed_with(sealed, n, &name);
	uint8 *about;
	int about_length;
	bool genuine;

	if (result != SEALED_WITH_OTHER_KEY || memcmp(name, key->name, SEALING_NAME_LENGTH) != 0)
		return result;
	about = associated_data(sealed, place, &about_length);
	genuine = aes_gcm_decrypt(key->bytes, sealed + NONCE_AT, about, about_length, sealed + TEXT_AT,
							  n - SEALING_OVERHEAD, sealed + n - GCM_TAG_LENGTH, secret);
	pfree(about);
	return genuine ? UNSEALED : SEALED_BUT_DAMAGED;
}

void
sealing_name(const uint8 *name, char digits[SEALING_NAME_DIGITS + 1])
{
	for (int i = 0; i < SEALING_NAME_LENGTH; i++)
		snprintf(digits + 2 * i, 3, "%02x", name[i]);
}
