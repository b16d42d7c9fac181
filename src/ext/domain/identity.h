/*
 * identity.h: the identity of a transaction.
 *
 * It ends with the transaction, or when the savepoint in which it was set is
 * rolled back.  An earlier identity is not restored: a mistake leaves no
 * identity, never someone else's.
 */
#ifndef JERRY_IDENTITY_H
#define JERRY_IDENTITY_H

#include "jose/token.h"

/*
 * From now on the transaction is its user's, with these roles and the assurance
 * of the token, until that ends.
 */
extern void identity_set(const Token *token, const Roles *roles);
extern void identity_clear(void);

/* NULL: there is none.  They live as long as the identity. */
extern const pg_uuid_t *identity_user(void);
extern const text *identity_claims(void);
extern const Roles *identity_roles(void);

/* Without the methods, which identity_claims() has. */
extern const Assurance *identity_assurance(void);

#endif /* JERRY_IDENTITY_H */
