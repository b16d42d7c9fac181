/*
 * one_time_token.h: table jerry.one_time_token: a row per user and purpose.
 */
#ifndef JERRY_STORE_ONE_TIME_TOKEN_H
#define JERRY_STORE_ONE_TIME_TOKEN_H

#include "base/jerry.h"

typedef struct StoredOneTimeToken
{
	pg_uuid_t user_id;
	TimestampTz expires_at;
	char *email; /* to which it was mailed; NULL: one of before 1.2.0 */
	char *data;	 /* a JSON object; NULL: there is none */
	int tries;
} StoredOneTimeToken;

/*
 * A token is known by its SHA-256; of one purpose it is nothing for another,
 * nor is it anything once its user has another address than this one, or than
 * member user_email of its data (a JSON object, or NULL).  It takes the place
 * of the one that the user has for the purpose, unless that is mfa; the caller
 * holds the user.
 */
extern void store_put_one_time_token(const uint8 *hash, const char *purpose,
									 const pg_uuid_t *user_id, const char *email,
									 const char *data, TimestampTz now, TimestampTz expires_at);

/* One that is there, expired or not. */
extern bool store_find_one_time_token(const uint8 *hash, const char *purpose,
									  StoredOneTimeToken *token);

/*
 * Deletes a token that has not expired, and holds its user; true for one caller
 * only.
 */
extern bool store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now,
										StoredOneTimeToken *token);

/*
 * Counts a try of a token that has not expired, and holds its user.  false:
 * there is none, or there were max tries of it: however many try at once, no
 * more are let through.
 */
extern bool store_try_one_time_token(const uint8 *hash, const char *purpose, int max,
									 TimestampTz now, StoredOneTimeToken *token);

/*
 * The token that a user, whom the caller holds, has for a purpose, and other
 * data for it.  false: there is none.
 */
extern bool store_find_one_time_token_of(const pg_uuid_t *user_id, const char *purpose,
										 StoredOneTimeToken *token);
extern bool store_set_one_time_data(const pg_uuid_t *user_id, const char *purpose,
									const char *data);

/*
 * For an address without an account there is one token at most: puts it in
 * place of the one before; counts a try, as store_try_one_time_token(), and
 * token->user_id is nobody; and deletes it.
 */
extern void store_put_newcomer(const uint8 *hash, const char *purpose, const char *email,
							   const char *data, TimestampTz now, TimestampTz expires_at);
extern bool store_try_newcomer(const uint8 *hash, const char *purpose, int max, TimestampTz now,
							   StoredOneTimeToken *token);
extern void store_delete_newcomer(const uint8 *hash);

/*
 * Deletes at most batch of those that have expired and of which nothing is to
 * stay, these and mfa, and returns how many.
 */
extern int64 store_delete_short_lived(TimestampTz expired_before, int batch);

/*
 * Is the address kept for a user other than this one, by a token of this
 * purpose (email_undo)?  As the last commit left it.
 */
extern bool store_address_is_kept(const char *email, const pg_uuid_t *user_id, TimestampTz now);

/* The one of this hash, whose user the caller holds. */
extern void store_delete_one_time_token(const uint8 *hash);

/*
 * Those of a user for a purpose; and all but that; the caller holds the user.
 */
extern void store_delete_one_time_token_of(const pg_uuid_t *user_id, const char *purpose);
extern void store_delete_other_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose);

/*
 * Deletes at most batch tokens, those left out that somebody else has locked;
 * returns how many.
 */
extern int64 store_delete_one_time_tokens(TimestampTz expired_before, int batch);

#endif /* JERRY_STORE_ONE_TIME_TOKEN_H */
