/*
 * token.h: what makes an access or refresh token valid.  Whether its session
 * still lives is not asked here.
 */
#ifndef JERRY_TOKEN_H
#define JERRY_TOKEN_H

#include "base/assurance.h"
#include "base/roles.h"

#define TOKEN_ACCESS  "access"
#define TOKEN_REFRESH "refresh"

#define TOKEN_CLOCK_LEEWAY 30 /* seconds that another issuer's clock may be ahead of ours */

typedef enum TokenVerdict
{
	TOKEN_VALID,
	TOKEN_INVALID,
	TOKEN_UNSIGNED, /* none of our keys has signed it: it never was a token */
	TOKEN_EXPIRED	/* everything is right but the time */
} TokenVerdict;

/* What a verified token says. */
typedef struct Token
{
	bool has_user;	   /* is there a user id? */
	bool has_session;  /* false: minted outside a login */
	bool imported_key; /* others know the key that has signed it */
	pg_uuid_t user_id;
	pg_uuid_t session_id;
	pg_uuid_t jti;	   /* all zero unless the claim is a UUID */
	int64 generation;  /* of the refresh token it came with or is; 0: that of the login */
	const char *email; /* NULL: no such claim */
	Roles roles;
	Assurance assurance;
	TimestampTz expires_at;
	const char *payload; /* all claims, JSON */
	int payload_length;
} Token;

/*
 * type is TOKEN_ACCESS or TOKEN_REFRESH; bytes may be NULL, for a token that is
 * too long.  token is filled when the verdict is TOKEN_VALID, its parts
 * palloc'd.
 */
extern TokenVerdict token_verify(const text *bytes, const char *type, Token *token);

/* A time as claims have it. */
static inline int64
unix_time(TimestampTz t)
{
	return timestamptz_to_time_t(t);
}

#endif /* JERRY_TOKEN_H */
