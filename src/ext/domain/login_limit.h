/*
 * login_limit.h: how often somebody may try to log in.
 *
 * Failures count, good logins do not.  They are counted for the network, for
 * the account in this network, and for the account.  The first two refuse; the
 * third, of many failures, puts a pause between two tries, of 1, 2, 4 ... 30
 * seconds, so that it never locks anybody out for good, and none between those
 * from a network or a device where the user has logged in.  A known device has
 * a count of its own in the place of the second: who guesses in its network is
 * not in its way.
 *
 * Before the password is hashed it is only asked whether a try may go on, so
 * that nobody waits for a row meanwhile; those that are under way at once may
 * exceed a limit, which is made up for afterwards.  Of an account with a pause
 * one try at a time goes on.
 */
#ifndef JERRY_LOGIN_LIMIT_H
#define JERRY_LOGIN_LIMIT_H

#include "domain/limit.h"

typedef struct LoginLimits
{
	const char *email;
	const Client *client;
	Limits tries;
	Limits account;
	int retry_after;
} LoginLimits;

/*
 * May this address be tried from there?  Writes nothing; whether there is such
 * an account makes no difference, nor does the password.  false: retry_after
 * says in how many seconds.  email and client are needed as long as this is.
 */
extern bool login_limit_allows(LoginLimits *limits, const char *email, const Client *client);

/*
 * The password was wrong, or there is no such account.  Emits user.lockout with
 * the first pause of a day.
 */
extern void login_limit_failed(LoginLimits *limits);

#endif /* JERRY_LOGIN_LIMIT_H */
