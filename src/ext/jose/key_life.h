/*
 * key_life.h: how signing keys come and go: next, active, verifying, retired.
 *
 * A next key that others can check with is published before it signs.  A key of
 * HS256 that Jerry makes has nobody to wait for: it is active at once.  Keys
 * that were imported are others' as well: time changes nothing about them.
 */
#ifndef JERRY_KEY_LIFE_H
#define JERRY_KEY_LIFE_H

#include "jose/algorithm.h"
#include "nodes/pg_list.h"
#include "store/signing_key.h"

#define SECRET_KID_LENGTH 16 /* hexadecimal digits, of HS256 */

/* Who verifies with it can sign with it: HS256. */
extern bool key_is_symmetric(const StoredKey *key);

/*
 * The first key, or with access also the first that signs access tokens, if
 * that is to be another.  If several sessions race, all use the one of the
 * winner.
 */
extern void keys_make_first(bool access, TimestampTz now);

/*
 * Makes a secret that others know the active key, and returns its kid; keys
 * that were active go on verifying.  The same secret has the same kid on every
 * server, and is the same key when it is imported again.  NULL: that key was
 * retired.
 */
extern const char *key_import_secret(const uint8 *secret, int length, TimestampTz now);

/*
 * The same of a key with a public part; without the private one it only
 * verifies.  Its kid is the thumbprint unless it has one.  An error when the
 * kid is that of another key, or when the key is there with another kid.
 */
extern const char *key_import(const KeyParts *parts, const char *kid, TimestampTz now);

/*
 * Begins to replace the active keys, and returns the kid of the one that signs
 * access tokens next.  at_once: they are replaced, and whatever they and those
 * before them have signed is invalid.
 */
extern const char *keys_rotate(bool at_once);

/*
 * Does what is due by time, and returns the keys (StoredKey) that are new or in
 * another state.
 */
extern List *keys_maintain(TimestampTz now);

/* When keys_maintain() changes something about a key; DT_NOEND: never. */
extern TimestampTz key_due_at(const StoredKey *key);

/*
 * Which tokens a key signs now: "access, refresh", "access" or "refresh"; NULL:
 * none.
 */
extern const char *key_signs(const StoredKeys *keys, const StoredKey *key);

#endif /* JERRY_KEY_LIFE_H */
