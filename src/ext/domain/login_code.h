/*
 * login_code.h: codes that let a user in who reads the mail: six digits, and a
 * token for a link, either of which is good once, for ten minutes.
 *
 * A code answers only the request that has asked for it, which was given a
 * flow: whoever guesses codes needs that, too, and has five tries.  Of all
 * three only digests are stored; that of the code, which is short, with the
 * secret of the installation.  A token begins with its flow.
 */
#ifndef JERRY_LOGIN_CODE_H
#define JERRY_LOGIN_CODE_H

#include "domain/one_time.h"

#define LOGIN_FLOW_LENGTH 24 /* 144 random bits in base64url */

/*
 * Somebody asks for a code to be mailed to an address: if there is a user whom
 * it is for, and no mail too many, one and its event.  The answer is the flow,
 * palloc'd, whether or not there is a user; so is the time that this takes.
 * NULL: too much is asked for by this network, and *refusal is the answer.
 */
extern char *login_code_request(const char *email, const Client *client, Datum *refusal);

/*
 * Redeems the code of a flow, or a token (NULL: the other one), and holds its
 * user.  A code that is wrong, dead or late is ONE_TIME_UNKNOWN, as one of a
 * flow for nobody is, after the same time.  *known: user->id is whose it was to
 * be, whatever the verdict.
 */
extern OneTimeVerdict login_code_redeem(const text *flow, const text *code, const text *token,
										TimestampTz now, StoredUser *user, bool *known);

#endif /* JERRY_LOGIN_CODE_H */
