/*
 * signing_key.h: table jerry.signing_key.
 */
#ifndef JERRY_STORE_SIGNING_KEY_H
#define JERRY_STORE_SIGNING_KEY_H

#include "base/key_file.h"

typedef enum KeyStatus
{
	KEY_NEXT,	   /* published, will sign */
	KEY_ACTIVE,	   /* signs and verifies */
	KEY_VERIFYING, /* verifies what it has signed */
	KEY_RETIRED	   /* its tokens are invalid, and stay so */
} KeyStatus;

/* As the table has it. */
extern const char *key_status_name(KeyStatus status);

typedef struct StoredKey
{
	const char *kid;
	const char *algorithm; /* HS256, ES256, EdDSA or RS256 */
	bool has_secret;	   /* it has what could sign, whether that can be opened or not */
	bool sealed;		   /* that is */
	uint8 *secret;		   /* what signs; NULL: it only verifies, is closed or retired */
	int secret_length;
	SealedFor *closed; /* why its sealed secret cannot be opened; NULL: it is open */
	bool as_set;	   /* its secret is sealed, or not, as jerry.key_file says */
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
	KeyFiles *files; /* with which the secrets are sealed; NULL: they are not read */
} StoredKeys;

/*
 * False: tables of 1.1.0, which have the status of a key but not since when,
 * and keys of HS256 alone.
 */
extern bool store_knows_key_states(void);

extern Oid store_key_relation(void);

/* All keys, as the last commit left them, for store_wipe_keys(). */
extern StoredKeys store_load_keys(void);

/* The same for who asks for no secret: none is read, nor any file. */
extern StoredKeys store_list_keys(void);

/* Forgets the secrets, and those of the files. */
extern void store_wipe_keys(StoredKeys *keys);

/* Where the sealed secret of a key is. */
extern SealedPlace store_key_place(const char *kid);

/*
 * Seals the secret where jerry.key_file is set.  Nothing happens when the kid
 * is there, or when it is active and another key already is.
 */
extern void store_insert_key(const StoredKey *key);

/* Stores the secret of a key that is there as jerry.key_file says. */
extern void store_convert_key(const StoredKey *key);

/* Until the transaction ends nobody else changes keys. */
extern void store_lock_keys(void);

/* A key has another status from now on. */
extern void store_set_key_status(const char *kid, KeyStatus status, TimestampTz now);

/* A key that only verified, or was closed, can sign with this secret. */
extern void store_set_key_secret(const StoredKey *key);

/* A key of which it turns out that others know it. */
extern void store_set_key_imported(const char *kid);

#endif /* JERRY_STORE_SIGNING_KEY_H */
