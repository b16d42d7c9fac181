/*
 * signing_key.h: table jerry.signing_key.
 */
#ifndef JERRY_STORE_SIGNING_KEY_H
#define JERRY_STORE_SIGNING_KEY_H

#include "base/jerry.h"

typedef enum KeyStatus
{
	KEY_NEXT,	   /* published, will sign */
	KEY_ACTIVE,	   /* signs and verifies */
	KEY_VERIFYING, /* verifies what it has signed */
	KEY_RETIRED	   /* its tokens are invalid, and stay so */
} KeyStatus;

typedef struct StoredKey
{
	const char *kid;
	const char *algorithm; /* HS256, ES256, EdDSA or RS256 */
	uint8 *secret;		   /* what signs; NULL: it only verifies, or is retired */
	int secret_length;
	uint8 *public_key; /* NULL: there is none, of HS256 */
	int public_length;
	KeyStatus status;
	bool imported;
	TimestampTz created_at;
	TimestampTz status_at; /* since when it has its status */
} StoredKey;

typedef struct StoredKeys
{
	StoredKey *keys;
	int n;
	int room;
} StoredKeys;

/*
 * False: tables of 1.1.0, which have the status of a key but not since when,
 * and keys of HS256 alone.
 */
extern bool store_knows_key_states(void);

extern Oid store_key_relation(void);

/* All keys, as the last commit left them, for store_wipe_keys(). */
extern StoredKeys store_load_keys(void);

/* Forgets the secrets. */
extern void store_wipe_keys(StoredKeys *keys);

/*
 * Nothing happens when the kid is there, or when it is active and another key
 * already is.
 */
extern void store_insert_key(const StoredKey *key);

/* Until the transaction ends nobody else changes keys. */
extern void store_lock_keys(void);

/* A key has another status from now on. */
extern void store_set_key_status(const char *kid, KeyStatus status, TimestampTz now);

/* A key that only verified can sign. */
extern void store_set_key_secret(const char *kid, const uint8 *secret, int length);

/* A key of which it turns out that others know it. */
extern void store_set_key_imported(const char *kid);

#endif /* JERRY_STORE_SIGNING_KEY_H */
