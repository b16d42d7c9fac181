/*
 * password.h: passwords: the policy, and what a hash of one is.
 *
 * A password as it came from SQL, UTF-8 with a length and not terminated, and
 * in the form in which it is hashed: normal form C, so that it does not matter
 * in which way a keyboard writes a letter (RFC 8265, 4.2.2).  Mostly the two
 * are the same pointer.
 */
#ifndef JERRY_PASSWORD_H
#define JERRY_PASSWORD_H

#include "base/jerry.h"

#include "hash/bcrypt.h"

typedef struct Password
{
	const text *typed;
	const text *normal;
} Password;

extern Password password_read(const text *typed);

/* Are they one password? */
extern bool password_equal(const Password *a, const Password *b);

/*
 * Which rule the password breaks that somebody chose for the account of an
 * address (in its stored form), as a sentence for details.issue, or NULL when
 * it may be used.  Whoever sets a password asks this.
 */
extern const char *password_weakness(const Password *password, const char *email);

/*
 * Is the account banned?  Its hash then begins with !, as docs/OPERATIONS.md
 * says, and no password belongs to it.
 */
extern bool password_is_banned(const char *hash);

/*
 * What stands in place of a hash where there is no password: none belongs to
 * it.
 */
#define NO_PASSWORD "*"

/* Is it a hash that a password can belong to?  See password_verify(). */
extern bool password_hash_is_usable(const char *hash);

/*
 * The bcrypt hash ($2a$, cost jerry.bcrypt_cost) of a password of at most
 * JERRY_PASSWORD_MAX bytes in normal form; palloc'd.
 */
extern char *password_hash(const Password *password);

/* Those of n passwords, which take less time than one by one. */
extern void password_hash_many(const Password *passwords, int n, char **hashes);

/*
 * Does the password belong to the hash?  Then that form of it that does, else
 * NULL.
 *
 * $2a$ is Jerry's own and of the whole password.  $2b$ and $2y$ were made
 * elsewhere, perhaps of the first 72 bytes alone, and are compared with these.
 * The form as typed is tried after the normal one, for the hashes of those who
 * do not normalise.
 *
 * A refusal takes the time of one hash of jerry.bcrypt_cost for each form,
 * whatever hash is: NULL (no such account), no bcrypt hash of cost 4 to 15, or
 * one of a lower cost.  How many forms there are is what the caller typed and
 * says nothing about the account.  Only a hash of a higher cost takes longer.
 */
extern const text *password_verify(const Password *password, const char *hash);

/*
 * The same for n passwords, each with its hash, which take less time than one
 * by one.  For who may see the hashes: here a refusal takes the time of the
 * hash that is there, and none if there is none.
 */
extern void password_verify_many(const Password *passwords, char *const *hashes, int n,
								 const text **right);

/*
 * What to store in place of a hash that the password belongs to, right being
 * what password_verify returned: a hash as a new account would get it.  NULL
 * when it is one, or when nothing better can be made of this password.
 */
extern char *password_rehash(const Password *password, const text *right, const char *hash);

/* What will soon be done with a password. */
typedef struct PasswordAhead
{
	Password password;
	bool is_new;	  /* password_hash(), of one that is not too long */
	const char *hash; /* else password_verify(), with this, or NULL */
} PasswordAhead;

/*
 * Does the work of up to BCRYPT_LANES calls in advance, which takes less time
 * than one by one; see hashing_run_ahead().  Each has a lane, and one of
 * password_verify() is in it as long as a refusal takes: what becomes of the
 * others does not show in the time.
 */
extern bool password_ahead(const PasswordAhead *ahead, int n);

#endif /* JERRY_PASSWORD_H */
