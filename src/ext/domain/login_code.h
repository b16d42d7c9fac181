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

#include "base/bytes.h"
#include "domain/one_time.h"

#define LOGIN_FLOW_LENGTH 24 /* 144 random bits in base64url */

/*
 * Somebody asks for a code to be mailed to an address: if there is a user whom
 * it is for, and no mail too many, one and its event; with may_register also if
 * nobody has the address, for an account that the code then makes.  The answer
 * is the flow, palloc'd, whether or not there is a user; so is the time that
 * this takes.  NULL: too much is asked for by this network, and *refusal is the
 * answer.
 */
extern char *login_code_request(const char *email, bool may_register, const Client *client,
								Datum *refusal);

/* Whom a code is for. */
typedef struct CodeHolder
{
	bool known; /* user.id is whose it was to be, whatever the verdict */
	StoredUser user;
	char *newcomer; /* the address of an account that is to be made; NULL: it is there */
	pg_uuid_t newcomer_id;
	uint8 hash[SHA256_LENGTH];
} CodeHolder;

/*
 * Redeems the code of a flow, or a token (NULL: the other one), and holds its
 * user.  A code that is wrong, dead or late is ONE_TIME_UNKNOWN, as one of a
 * flow for nobody is, after the same time.  That of a newcomer is good until
 * login_code_forget().
 */
extern OneTimeVerdict login_code_redeem(const text *flow, const text *code, const text *token,
										TimestampTz now, CodeHolder *holder);
extern void login_code_forget(const CodeHolder *holder);

#endif /* JERRY_LOGIN_CODE_H */
