/*
 * token.c
 *		See tokens.h.
 */
#include "jose/token.h"

#include "access/detoast.h"
#include "base/envelope.h"
#include "base/bytes.h"
#include "jose/claims.h"
#include "jose/keys.h"
#include "base/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

/* claims that are Jerry's own, whatever jerry.create_access_token is given */
static const char *const own_claims[] = { "type", "iat", "exp", "nbf", "jti", "iss", "aud" };

static pg_uuid_t
random_uuid(int version)
{
	pg_uuid_t id;

	random_bytes(id.data, UUID_LEN);
	id.data[6] = (id.data[6] & 0x0f) | version << 4;
	id.data[8] = (id.data[8] & 0x3f) | 0x80;
	return id;
}

pg_uuid_t
token_new_id(void)
{
	return random_uuid(4);
}

pg_uuid_t
token_new_session_id(TimestampTz now)
{
	pg_uuid_t id = random_uuid(7);
	uint64 ms = (now - SetEpochTimestamp()) / 1000;

	for (int i = 0; i < 6; i++)
		id.data[i] = ms >> (40 - 8 * i);
	return id;
}

static int64
unix_time(TimestampTz t)
{
	return timestamptz_to_time_t(t);
}

/* the claims that every token ends with; jti may be NULL for a new one */
static void
add_own_claims(JsonWriter *w, const char *type, const pg_uuid_t *jti, TimestampTz now, TimestampTz expires_at)
{
	pg_uuid_t id = jti == NULL ? token_new_id() : *jti;
	const Settings *set = settings();

	json_text(w, "type", type);
	json_int(w, "iat", unix_time(now));
	json_int(w, "exp", unix_time(expires_at));
	json_uuid(w, "jti", &id);
	if (set->issuer[0] != '\0')
		json_text(w, "iss", set->issuer);
	if (set->audience[0] != '\0')
		json_text(w, "aud", set->audience);
}

static text *
sign(JsonWriter *w, TimestampTz now)
{
	const SigningKey *key = key_for_signing(now);

	json_end(w);
	return jwt_sign(key->headers[0].text, key->headers[0].length, w->buf.data, w->buf.len, key->hmac);
}

text *
token_make_access(const pg_uuid_t *user_id, const char *email, const pg_uuid_t *session_id, TimestampTz now)
{
	JsonWriter w;

	json_start(&w);
	json_uuid(&w, "sub", user_id);
	json_uuid(&w, "user_id", user_id);
	json_text(&w, "email", email);
	json_uuid(&w, "sid", session_id);
	add_own_claims(&w, TOKEN_ACCESS, NULL, now, jerry_after(now, settings()->access_token_ttl));
	return sign(&w, now);
}

text *
token_make_refresh(const pg_uuid_t *user_id, const pg_uuid_t *session_id, const pg_uuid_t *jti, TimestampTz now)
{
	JsonWriter w;

	json_start(&w);
	json_uuid(&w, "sub", user_id);
	json_uuid(&w, "user_id", user_id);
	json_uuid(&w, "sid", session_id);
	add_own_claims(&w, TOKEN_REFRESH, jti, now, jerry_after(now, settings()->refresh_token_ttl));
	return sign(&w, now);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* the canonical form only: what else the type uuid reads is nothing that a token should hold */
static bool
read_uuid(const char *s, pg_uuid_t *uuid)
{
	if (s == NULL || strlen(s) != 36)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int high;
		int low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
			return false;
		high = hex_value(*s++);
		low = hex_value(*s++);
		if (high < 0 || low < 0)
			return false;
		uuid->data[i] = high << 4 | low;
	}
	return true;
}

/* the payload that a key has signed, and whether the key is imported; or NULL */
static uint8 *
authenticate(const char *bytes, int length, TimestampTz now, int *payload_length, bool *imported)
{
	uint8 *payload = palloc(length + 1);
	const SigningKey *key = NULL;
	int header_length;

	while ((key = key_for_token(bytes, length, key, now, &header_length)) != NULL)
	{
		*payload_length = jwt_verify(bytes, length, header_length, key->hmac, payload);
		if (*payload_length >= 0)
		{
			payload[*payload_length] = '\0'; /* the JSON parser of some versions looks one byte ahead */
			*imported = key->imported;
			return payload;
		}
	}
	return NULL;
}

TokenVerdict
token_verify(const text *bytes, const char *type, Token *token)
{
	const Settings *set = settings();
	JwtClaims claims = { .expected_audience = set->audience[0] != '\0' ? set->audience : NULL };
	TimestampTz instant = jerry_now();
	int64 now = unix_time(instant);
	pg_uuid_t other;
	uint8 *payload;

	memset(token, 0, sizeof(*token));
	if (bytes == NULL || VARSIZE_ANY_EXHDR(bytes) > JERRY_TOKEN_MAX)
		return TOKEN_INVALID;
	payload = authenticate(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), instant,
						   &token->payload_length, &token->imported_key);
	if (payload == NULL || !jwt_read_claims(payload, token->payload_length, &claims))
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

	/* sub is the standard's name, user_id Jerry's; where both stand they are the same user */
	token->has_user = read_uuid(claims.subject, &token->user_id);
	if (claims.user_id != NULL)
	{
		if (!read_uuid(claims.user_id, &other))
			return TOKEN_INVALID;
		if (claims.subject != NULL && !(token->has_user && memcmp(&other, &token->user_id, UUID_LEN) == 0))
			return TOKEN_INVALID;
		token->user_id = other;
		token->has_user = true;
	}
	token->has_session = claims.sid != NULL;
	if (token->has_session && !read_uuid(claims.sid, &token->session_id))
		return TOKEN_INVALID;
	if (!read_uuid(claims.jti, &token->jti))
		memset(&token->jti, 0, UUID_LEN);

	if (claims.expiry <= now)
		return TOKEN_EXPIRED;
	token->email = claims.email;
	token->expires_at = time_t_to_timestamptz(claims.expiry);
	token->payload = (const char *) payload;
	return TOKEN_VALID;
}

Datum
token_refusal(TokenVerdict verdict)
{
	return answer_error(verdict == TOKEN_EXPIRED ? EXPIRED_TOKEN : INVALID_TOKEN, NULL, NULL);
}

text *
token_argument(FunctionCallInfo fcinfo, int n)
{
	if (toast_raw_datum_size(PG_GETARG_DATUM(n)) > JERRY_TOKEN_MAX + VARHDRSZ)
		return NULL;
	return PG_GETARG_TEXT_PP(n);
}

/* begins a token with the claims of an object that the caller gives, but those that are Jerry's own */
static void
add_given_claims(JsonWriter *w, text *data)
{
	Jsonb *object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(data))));
	JsonbIterator *iterator;
	JsonbValue v;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("claims must be a JSON object")));
	iterator = JsonbIteratorInit(&object->root);
	(void) JsonbIteratorNext(&iterator, &v, true);
	while (JsonbIteratorNext(&iterator, &v, true) == WJB_KEY)
	{
		char *name = pnstrdup(v.val.string.val, v.val.string.len);
		bool own = false;

		(void) JsonbIteratorNext(&iterator, &v, true);
		for (int i = 0; i < lengthof(own_claims); i++)
			own |= strcmp(name, own_claims[i]) == 0;
		if (!own)
		{
			Jsonb *value = JsonbValueToJsonb(&v);
			StringInfoData quoted;
			char *json = JsonbToCString(NULL, &value->root, VARSIZE(value));

			/* json_raw takes a name as it is: this one may need escapes */
			initStringInfo(&quoted);
			escape_json(&quoted, name);
			json_raw(w, pnstrdup(quoted.data + 1, quoted.len - 2), json, strlen(json));
		}
	}
}

static text *
make_token(FunctionCallInfo fcinfo, const char *type, TimestampTz now, TimestampTz expires_at)
{
	JsonWriter w;
	text *token;
	Token result;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("claims must be a JSON object")));
	if (TIMESTAMP_NOT_FINITE(expires_at))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("token must have an end")));
	key_make_first(now);
	json_start(&w);
	add_given_claims(&w, PG_GETARG_TEXT_PP(0));
	add_own_claims(&w, type, NULL, now, expires_at);
	/* before it is signed: the length of its base64url would overflow at 512 MB */
	token = w.buf.len > JERRY_TOKEN_MAX ? NULL : sign(&w, now);
	if (token == NULL || VARSIZE_ANY_EXHDR(token) > JERRY_TOKEN_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("token would be longer than %d bytes", JERRY_TOKEN_MAX)));
	/* nobody should mint what nobody, Jerry included, can use */
	if (token_verify(token, type, &result) == TOKEN_INVALID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("claims would make a token that is not valid"),
						errdetail("sub and user_id differ, sid is not a UUID, there are too many claims, or the token would end after the year 9999.")));
	return token;
}

PG_FUNCTION_INFO_V1(jerry_create_access_token);

/* create_access_token(data json, expires_delta interval DEFAULT NULL) RETURNS text */
Datum
jerry_create_access_token(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	TimestampTz expires_at = jerry_after(now, settings()->access_token_ttl);

	if (!PG_ARGISNULL(1))
		expires_at = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(1)));
	PG_RETURN_TEXT_P(make_token(fcinfo, TOKEN_ACCESS, now, expires_at));
}

PG_FUNCTION_INFO_V1(jerry_create_refresh_token);

/* create_refresh_token(data json) RETURNS text */
Datum
jerry_create_refresh_token(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();

	PG_RETURN_TEXT_P(
		make_token(fcinfo, TOKEN_REFRESH, now, jerry_after(now, settings()->refresh_token_ttl)));
}

PG_FUNCTION_INFO_V1(jerry_decode_token);

/* decode_token(token text, token_type text DEFAULT 'access') RETURNS json */
Datum
jerry_decode_token(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	char *type;

	if (PG_ARGISNULL(0))
		return answer_required("token");
	type = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (type == NULL || (strcmp(type, TOKEN_ACCESS) != 0 && strcmp(type, TOKEN_REFRESH) != 0))
		return answer_error(VALIDATION_ERROR, "token_type", "Type must be access or refresh");
	verdict = token_verify(token_argument(fcinfo, 0), type, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	return answer_data(token.payload, token.payload_length);
}
