/*
 * caller.h: who calls with a token: whether a session stands behind it.
 */
#ifndef JERRY_CALLER_H
#define JERRY_CALLER_H

#include "base/client.h"
#include "jose/token.h"
#include "store/probe.h"
#include "store/user.h"

/*
 * Does the session of a token with a user live: not revoked, not gone with its
 * user?  A token that was minted outside a login has no session: it is allowed
 * if an imported key has signed it, if its user is there, and if it ends no
 * later than an access token that is made now.
 */
extern bool session_allows(const Token *token, ProbeView view);

/* TOKEN_VALID: an access token of a user whose session lives. */
extern TokenVerdict caller_verify(const text *bytes, ProbeView view, Token *token);

/*
 * The caller of a function that changes something about its user, who is as the
 * last commit left it.  false: *refusal is the answer.
 */
extern bool caller_find_user(const text *bytes, Token *token, StoredUser *user, Datum *refusal);

/*
 * What is asked for by min_aal, a text, in argument n and max_age, an integer,
 * in the next one; where an older version of the SQL has no such arguments,
 * nothing.  false: *refusal is the answer.
 */
extern bool demand_arguments(FunctionCallInfo fcinfo, int n, Demand *demand, Datum *refusal);

/* The negative answer for a verdict other than TOKEN_VALID. */
extern Datum token_refusal(TokenVerdict verdict);

/*
 * The same, and one that never was a token counts for the network of the
 * client: beyond its limit the answer is CODE_RATE_LIMITED.  That is asked
 * about once a token has been found to be none, so that no good one is ever
 * refused for it.  Writes with the rights of the owner.
 */
extern Datum token_refusal_counted(TokenVerdict verdict, const Client *client);

/* The same without counting it, for a function that does not write. */
extern Datum token_refusal_uncounted(TokenVerdict verdict, const Client *client);

#endif /* JERRY_CALLER_H */
