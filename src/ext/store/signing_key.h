/*
 * signing_key.h: table jerry.signing_key.
 */
#ifndef JERRY_STORE_SIGNING_KEY_H
#define JERRY_STORE_SIGNING_KEY_H

#include "base/jerry.h"

typedef struct StoredKey
{
	char *kid;
	uint8 *secret;
	int secret_length;
	bool active;
	bool retired;
	bool imported;
} StoredKey;

typedef struct StoredKeys
{
	StoredKey *keys;
	int n;
	int room;
} StoredKeys;

extern Oid store_key_relation(void);

/*
 * All keys, as the last commit left them, with their secrets, for the caller to
 * wipe.
 */
extern StoredKeys store_load_keys(void);

/*
 * An active key; nothing happens when the kid is there, or another key is
 * active.
 */
extern void store_insert_key(const char *kid, const uint8 *secret, int length, bool imported,
							 TimestampTz now);

/* Until the transaction ends nobody else changes keys. */
extern void store_lock_keys(void);
extern bool store_key_is_retired(const char *kid);

/* The key that is active, unless it is this one, verifies from now on. */
extern void store_demote_other_keys(const char *kid);

/* A key that is there becomes the active one, and one that others know. */
extern void store_promote_key(const char *kid);

#endif /* JERRY_STORE_SIGNING_KEY_H */
