/*
 * second_step.h: the second step of a login: who has proved to be the user by
 * one factor, of an account that has a second one or is to get one, is given a
 * token in the place of a session, and shows the other factor with it.
 *
 * Whoever knows a password can have such tokens, and the owner of the account
 * has one of each login: there are several at a time.  A token is good for
 * little: five minutes and five tries, from the client that has begun the
 * login.
 */
#ifndef JERRY_SECOND_STEP_H
#define JERRY_SECOND_STEP_H

#include "base/bytes.h"
#include "domain/factor.h"
#include "store/session.h"

/* How often a code may be tried with one token. */
#define SECOND_STEP_TRIES 5

/*
 * Is a second factor to be shown, or set up, before this session opens?
 */
extern bool second_step_is_due(const StoredUser *user, const NewSession *session);

/*
 * Makes the token: session->instead is the answer, and the first step is on
 * record.  false: as store_insert_session().
 */
extern bool second_step_begin(const StoredUser *user, NewSession *session);

/* What a token stands for. */
typedef struct SecondStep
{
	uint8 hash[SHA256_LENGTH];
	StoredUser user;
	List *methods; /* char *: those of the first step */
} SecondStep;

/*
 * Looks at a token, which stays what it is.  false: *refusal is the answer, and
 * that is on record.
 */
extern bool second_step_find(const text *token, const Client *client, SecondStep *step,
							 Datum *refusal);

/*
 * The second factor was shown, or was not: counts the try, and uses the token
 * up if it was.  The caller holds the user.  false: there were too many tries,
 * or somebody else was first.
 */
extern bool second_step_end(const SecondStep *step, bool shown);

#endif /* JERRY_SECOND_STEP_H */
