/*
 * password.h
 *		Passwords: the policy and bcrypt.  password.c is the only file that knows bcrypt.
 *
 * A password is text as it came from SQL: UTF-8 with a length, not terminated.
 */
#ifndef JERRY_PASSWORD_H
#define JERRY_PASSWORD_H

#include "jerry.h"

/* Which rule the password breaks, as a sentence for details.issue, or NULL when it may be used. */
extern const char *password_weakness(const text *password);

/* The bcrypt hash ($2a$, cost jerry.bcrypt_cost) of a password of at most JERRY_PASSWORD_MAX bytes; palloc'd. */
extern char *password_hash(const text *password);

/*
 * Does the password belong to the hash?  hash NULL, for an account that does not exist, is false after the same work; so is a hash that is not
 * bcrypt of cost 4 to 15.
 */
extern bool password_verify(const text *password, const char *hash);

#endif /* JERRY_PASSWORD_H */
