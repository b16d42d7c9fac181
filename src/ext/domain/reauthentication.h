/*
 * reauthentication.h: whoever changes what an account hangs on has to know its
 * password: a token that was left behind or stolen is not enough.
 */
#ifndef JERRY_REAUTHENTICATION_H
#define JERRY_REAUTHENTICATION_H

#include "base/client.h"
#include "domain/audit.h"
#include "domain/password.h"
#include "jose/token.h"
#include "store/user.h"

/*
 * Does the caller, whose user this is, know the current password?  Then the
 * user is held, and read again: nobody else has changed the password since, nor
 * has the caller been logged out.  Whoever guesses it is limited as at the
 * login, and on record with the action that it is needed for.  false: *refusal
 * is the answer.
 *
 * new: a password whose hash is wanted as *new_hash; no lock is held while it
 * is computed.  NULL: none is.
 */
extern bool reauthenticate(const Token *caller, const Client *client, const Password *current,
						   const Password *new, char **new_hash, AuditAction action,
						   StoredUser *user, Datum *refusal);

#endif /* JERRY_REAUTHENTICATION_H */
