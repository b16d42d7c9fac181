/*
 * token.h
 *		Access and refresh tokens: which claims Jerry writes into a JWT, and what makes one valid.  Whether its session still lives is not asked here.
 */
#ifndef JERRY_TOKENS_H
#define JERRY_TOKENS_H

#include "base/jerry.h"

#define TOKEN_ACCESS  "access"
#define TOKEN_REFRESH "refresh"

#define TOKEN_CLOCK_LEEWAY 30 /* seconds that another issuer's clock may be ahead of ours */

typedef enum TokenVerdict
{
	TOKEN_VALID,
	TOKEN_INVALID,
	TOKEN_EXPIRED /* everything is right but the time */
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
	const char *email; /* NULL: no such claim */
	TimestampTz expires_at;
	const char *payload; /* all claims, JSON */
	int payload_length;
} Token;

/* type is TOKEN_ACCESS or TOKEN_REFRESH; token is filled when the verdict is TOKEN_VALID, its parts palloc'd. */
extern TokenVerdict token_verify(const text *bytes, const char *type, Token *token);

/* The negative answer for a verdict other than TOKEN_VALID. */
extern Datum token_refusal(TokenVerdict verdict);

/* A new access token of a session, valid for jerry.access_token_ttl from now. */
extern text *token_make_access(const pg_uuid_t *user_id, const char *email, const pg_uuid_t *session_id, TimestampTz now);

/* The refresh token of a session, valid for jerry.refresh_token_ttl from now. */
extern text *token_make_refresh(const pg_uuid_t *user_id, const pg_uuid_t *session_id, const pg_uuid_t *jti, TimestampTz now);

/* A random UUID (RFC 9562, version 4). */
extern pg_uuid_t token_new_id(void);

/*
 * A UUID that begins with the time and is random from there (RFC 9562, version 7): new sessions are neighbours in their index, which costs a login
 * one page of a large table instead of three, and no page image after a checkpoint.
 */
extern pg_uuid_t token_new_session_id(TimestampTz now);

/* The text argument n of an SQL-callable function, or NULL when it is too long for a token: what is too long is not even read. */
extern text *token_argument(FunctionCallInfo fcinfo, int n);

#endif /* JERRY_TOKENS_H */
