/*
 * session.h
 *		Opening sessions.
 */
#ifndef JERRY_SESSION_H
#define JERRY_SESSION_H

#include "base/envelope.h"
#include "domain/password.h"
#include "store/session.h"
#include "store/user.h"

/*
 * Finds the user, checks the password and opens the session, all on one state
 * of the row: who changes the hash meanwhile is waited for, and the password
 * must belong to what he leaves.  false: *refusal says why.
 */
extern bool session_open(const char *email, const Password *password, NewSession *session,
						 StoredUser *user, ErrorCode *refusal);

#endif /* JERRY_SESSION_H */
