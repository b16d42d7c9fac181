/*
 * mint.h: making tokens: which claims Jerry writes.
 */
#ifndef JERRY_MINT_H
#define JERRY_MINT_H

#include "base/jerry.h"

/* The access token of a session, valid for jerry.access_token_ttl from now. */
extern text *token_make_access(const pg_uuid_t *user_id, const char *email,
							   const pg_uuid_t *session_id, TimestampTz now);

/*
 * The refresh token of a session, valid for jerry.refresh_token_ttl from now.
 */
extern text *token_make_refresh(const pg_uuid_t *user_id, const pg_uuid_t *session_id,
								const pg_uuid_t *jti, TimestampTz now);

/*
 * A token of either type with the claims of a JSON object (NULL is none),
 * except those that are Jerry's own.  An error unless it would be one that
 * Jerry takes.
 */
extern text *token_make_of(text *claims, const char *type, TimestampTz now, TimestampTz expires_at);

#endif /* JERRY_MINT_H */
