/*
 * caller.h
 *		Whether a session stands behind a verified token.
 */
#ifndef JERRY_SESSIONS_H
#define JERRY_SESSIONS_H

#include "store/probe.h"
#include "jose/token.h"

/*
 * Does the session of a token with a user live: not revoked, not gone with its
 * user?  A token that was minted outside a login has no session: it is allowed
 * if an imported key has signed it, if its user is there, and if it ends no
 * later than an access token that is made now.
 */
extern bool session_allows(const Token *token, ProbeView view);

/* TOKEN_VALID: an access token of a user whose session lives. */
extern TokenVerdict session_verify(const text *bytes, ProbeView view, Token *token);

#endif /* JERRY_SESSIONS_H */
