/*
 * token.c: see token.h.
 */
#include "jose/token.h"

#include "base/settings.h"
#include "base/uuid.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "jose/keys.h"
#include "jose/verified.h"

/*
 * The payload that a key has signed, and that key; or NULL.  digest is for
 * verified_remember().
 */
static uint8 *
authenticate(const char *bytes, int length, TimestampTz now, int *payload_length,
			 const SigningKey **signer, uint8 *digest)
{
	uint8 *payload = palloc(length + 1);
	const SigningKey *key = NULL;
	int header_length;

	while ((key = key_for_token(bytes, length, key, now, &header_length)) != NULL)
	{
		if (verified_before(key->object, bytes, length, unix_time(now), digest))
			*payload_length = jws_payload(bytes, length, header_length, key->object, payload);
		else
			*payload_length = jws_verify(bytes, length, header_length, key->object, payload);
		if (*payload_length >= 0)
		{
			payload[*payload_length] =
				'\0'; /* the JSON parser of some versions looks one byte ahead */
			*signer = key;
			return payload;
		}
	}
	return NULL;
}

/*
 * Whose token it is.  sub is the standard's name, user_id Jerry's; where both
 * stand they are the same user.  False: they are not, or what stands there is
 * no id.
 */
static bool
read_user(const Claims *claims, Token *token)
{
	pg_uuid_t subject;
	bool subject_is_id = uuid_read(claims->subject, &subject);

	if (claims->user_id == NULL)
	{
		token->has_user = subject_is_id;
		if (subject_is_id)
			token->user_id = subject;
		return true;
	}
	token->has_user = true;
	return uuid_read(claims->user_id, &token->user_id) &&
		   (claims->subject == NULL || (subject_is_id && uuid_equal(&subject, &token->user_id)));
}

TokenVerdict
token_verify(const text *bytes, const char *type, Token *token)
{
	const Settings *set = settings();
	Claims claims = { .expected_audience = set->audience[0] != '\0' ? set->audience : NULL };
	TimestampTz instant = jerry_now();
	int64 now = unix_time(instant);
	uint8 *payload;
	const SigningKey *key;
	uint8 digest[SHA256_LENGTH];

	memset(token, 0, sizeof(*token));
	if (bytes == NULL || VARSIZE_ANY_EXHDR(bytes) > JERRY_TOKEN_MAX)
		return TOKEN_UNSIGNED;
	payload = authenticate(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), instant,
						   &token->payload_length, &key, digest);
	if (payload == NULL)
		return TOKEN_UNSIGNED;

	if (!claims_read(payload, token->payload_length, &claims))
		return TOKEN_INVALID;
	if (claims.type == NULL || strcmp(claims.type, type) != 0 || !claims.has_expiry)
		return TOKEN_INVALID;
	if (set->issuer[0] != '\0' &&
		(claims.issuer == NULL || strcmp(claims.issuer, set->issuer) != 0))
		return TOKEN_INVALID;
	if (claims.expected_audience != NULL && !claims.audience_found)
		return TOKEN_INVALID;
	if (claims.has_not_before && claims.not_before > now + TOKEN_CLOCK_LEEWAY)
		return TOKEN_INVALID;

	if (!read_user(&claims, token))
		return TOKEN_INVALID;
	token->has_session = claims.sid != NULL;
	if (token->has_session && !uuid_read(claims.sid, &token->session_id))
		return TOKEN_INVALID;
	if (!uuid_read(claims.jti, &token->jti))
		memset(&token->jti, 0, UUID_LEN);
	token->generation = claims.generation;

	if (claims.expiry <= now)
		return TOKEN_EXPIRED;
	verified_remember(key->object, digest, claims.expiry);
	token->imported_key = key->imported;
	token->email = claims.email;
	token->roles = claims.roles;
	token->assurance = claims.assurance;
	token->expires_at = time_t_to_timestamptz(claims.expiry);
	token->payload = (const char *) payload;
	return TOKEN_VALID;
}
