/*
 * one_time.c: see one_time.h.
 */
#include "domain/one_time.h"

#include "base/bytes.h"

#define TOKEN_BYTES	 32
#define TOKEN_LENGTH BASE64URL_LENGTH(TOKEN_BYTES)

char *
one_time_issue(const char *purpose, const pg_uuid_t *user_id, TimestampTz now, int ttl)
{
	uint8 random[TOKEN_BYTES];
	uint8 hash[SHA256_LENGTH];
	char *token = palloc0(TOKEN_LENGTH + 1);

	random_bytes(random, sizeof(random));
	base64url_encode(random, sizeof(random), token);
	sha256(token, TOKEN_LENGTH, hash);
	store_insert_one_time_token(hash, purpose, user_id, now, jerry_after(now, ttl));
	return token;
}

char *
one_time_dummy(void)
{
	char *token = palloc(TOKEN_LENGTH + 1);

	memset(token, '-', TOKEN_LENGTH);
	token[TOKEN_LENGTH] = '\0';
	return token;
}

OneTimeVerdict
one_time_redeem(const text *token, const char *purpose, TimestampTz now, pg_uuid_t *user_id)
{
	uint8 hash[SHA256_LENGTH];

	if (token == NULL || VARSIZE_ANY_EXHDR(token) != TOKEN_LENGTH)
		return ONE_TIME_UNKNOWN;
	sha256(VARDATA_ANY(token), TOKEN_LENGTH, hash);
	if (store_redeem_one_time_token(hash, purpose, now, user_id))
		return ONE_TIME_REDEEMED;
	return store_one_time_token_exists(hash, purpose) ? ONE_TIME_EXPIRED : ONE_TIME_UNKNOWN;
}
