/*
 * sessions.h
 *		Whether a session stands behind a verified token.
 */
#ifndef JERRY_SESSIONS_H
#define JERRY_SESSIONS_H

#include "tokens.h"

/*
 * Does the session of a token with a user live, in the eyes of the calling query: not revoked, not gone with its user?  A token that was minted
 * outside a login has no session; its user must be there.
 */
extern bool session_allows(const Token *token);

/* TOKEN_VALID: an access token of a user whose session lives. */
extern TokenVerdict session_verify(const text *bytes, Token *token);

#endif /* JERRY_SESSIONS_H */
