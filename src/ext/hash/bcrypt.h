/*
 * bcrypt.h: bcrypt of one to four passwords at a time, on one core: the
 * algorithm and its text form, without PostgreSQL.
 *
 * One hash alone waits for the cache most of the time, because each of its
 * steps needs the result of the one before.  Four hashes whose steps take turns
 * fill these gaps: together they take little longer than one.
 *
 * A lane is one hash under way.  bcrypt_advance() takes the lanes of an array
 * on by some rounds; between two calls the caller does what it likes: looks for
 * interrupts, starts a lane, moves one to another place.  Nothing is shared but
 * the loop: lanes may have begun at different times and have different costs.
 *
 * Which instructions run depends on the length of a password, never on what is
 * in it.  Which places of the tables are read does depend on it, in every
 * bcrypt.  A lane is a secret; who gives it away or is done wipes it.
 */
#ifndef JERRY_BCRYPT_H
#define JERRY_BCRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BCRYPT_LANES		  4	 /* at a time, at most */
#define BCRYPT_KEY_LENGTH	  72 /* bytes of a password that count */
#define BCRYPT_SALT_LENGTH	  16 /* bytes */
#define BCRYPT_SETTING_LENGTH 29 /* characters: $2a$12$, and 22 of the salt */
#define BCRYPT_LENGTH		  60 /* of a hash: its setting, and 31 more */

/* What a salt and a hash are written in. */
#define BCRYPT_ALPHABET "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#define BLOWFISH_P 18		 /* words */
#define BLOWFISH_S (4 * 256) /* words: four boxes */

/* Whole lines of a cache, from its first byte on: 4352 bytes. */
typedef struct BcryptLane
{
	uint32_t s[BLOWFISH_S];
	uint32_t p[BLOWFISH_P];
	uint32_t key[BLOWFISH_P];  /* the password, repeated */
	uint32_t salt[BLOWFISH_P]; /* the salt, repeated */
	uint32_t left;			   /* rounds to go */
} __attribute__((aligned(64))) BcryptLane;

/*
 * Writes a salt as its 22 characters, and a zero byte.
 */
extern void bcrypt_write_salt(const uint8_t *salt, char *out);

/*
 * Starts the hash of a password without zero bytes, of which the first
 * BCRYPT_KEY_LENGTH bytes count.  Of the setting only the cost, 4 to 31, and
 * the salt are read: it is for the caller to know that $2a$, $2b$ and $2y$ are
 * one function.  false: it is no setting, and there is no hash.
 */
extern bool bcrypt_start(BcryptLane *lane, const char *password, size_t length,
						 const char *setting);

/*
 * Takes the first n lanes, 1 to BCRYPT_LANES, on by so many rounds; none of
 * them may have fewer left.
 */
extern void bcrypt_advance(BcryptLane *lanes, int n, uint32_t rounds);

/*
 * The hash of a lane that has no rounds left: BCRYPT_LENGTH characters and a
 * zero byte, the first of which are those of the setting, with the unused bits
 * of the salt's last character zero.
 */
extern void bcrypt_finish(BcryptLane *lane, const char *setting, char *hash);

#endif /* JERRY_BCRYPT_H */
