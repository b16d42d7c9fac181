/*
 * one_time_token.h: table jerry.one_time_token.
 */
#ifndef JERRY_STORE_ONE_TIME_TOKEN_H
#define JERRY_STORE_ONE_TIME_TOKEN_H

#include "base/jerry.h"

#define PURPOSE_VERIFY_EMAIL "verify_email"

/* A token is known by its SHA-256; of one purpose it is nothing for another. */
extern void store_insert_one_time_token(const uint8 *hash, const char *purpose,
										const pg_uuid_t *user_id, TimestampTz now,
										TimestampTz expires_at);

/* Deletes a token that has not expired; true for one caller only. */
extern bool store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now,
										pg_uuid_t *user_id);
extern bool store_one_time_token_exists(const uint8 *hash, const char *purpose);

/* Of a user: has one been made since then?  All of them go. */
extern bool store_one_time_token_made_since(const pg_uuid_t *user_id, const char *purpose,
											TimestampTz since);
extern void store_delete_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose);

/*
 * Deletes at most batch tokens, those left out that somebody else has locked;
 * returns how many.
 */
extern int64 store_delete_one_time_tokens(TimestampTz expired_before, int batch);

#endif /* JERRY_STORE_ONE_TIME_TOKEN_H */
