/*
 * mint.h: making tokens: which claims Jerry writes.
 */
#ifndef JERRY_MINT_H
#define JERRY_MINT_H

#include "base/assurance.h"

/*
 * The access token of a session, valid for jerry.access_token_ttl from now.
 * generation is that of the refresh token beside it; that of a login, 0, is not
 * written.  assurance is that of the session.  claims is what hooks add, an
 * object, which is claim app; NULL: they add none.
 */
extern text *token_make_access(const pg_uuid_t *user_id, const char *email,
							   const pg_uuid_t *session_id, int64 generation,
							   const Assurance *assurance, TimestampTz now, const char *claims);

/*
 * The refresh token of a session: the same whenever it is made with the same
 * key and settings, as it is not stored.
 */
extern text *token_make_refresh(const pg_uuid_t *user_id, const pg_uuid_t *session_id,
								const pg_uuid_t *jti, int64 generation, TimestampTz issued_at,
								TimestampTz expires_at);

/*
 * A token of either type with the claims of a JSON object (NULL is none),
 * except those that are Jerry's own.  An error unless it would be one that
 * Jerry takes.
 */
extern text *token_make_of(text *claims, const char *type, TimestampTz now, TimestampTz expires_at);

#endif /* JERRY_MINT_H */
