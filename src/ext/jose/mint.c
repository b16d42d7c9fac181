/*
 * mint.c: see mint.h.
 */
#include "jose/mint.h"

#include "base/json.h"
#include "base/json_patch.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "jose/jws.h"
#include "jose/keys.h"
#include "jose/token.h"
#include "store/role.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* Claims that are Jerry's own, whatever jerry.create_access_token is given. */
static const char *const own_claims[] = { "type", "iat", "exp", "nbf", "jti", "iss", "aud" };

/* The claims that every token ends with; jti may be NULL for a new one. */
static void
add_own_claims(JsonWriter *w, const char *type, const pg_uuid_t *jti, TimestampTz now,
			   TimestampTz expires_at)
{
	pg_uuid_t id = jti == NULL ? uuid_random() : *jti;
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

/* Ends the payload and signs it. */
static text *
sign_payload(JsonWriter *w, const SigningKey *key)
{
	json_end(w);
	return jws_sign(key->headers[0].text, key->headers[0].length, w->buf.data, w->buf.len,
					key->object);
}

/* Which session, and which of its refresh tokens. */
static void
add_session(JsonWriter *w, const pg_uuid_t *session_id, int64 generation)
{
	json_uuid(w, "sid", session_id);
	if (generation > 0)
		json_int(w, "gen", generation);
}

/* How long a payload may be whose token is not to be longer than this. */
static int
payload_max(const SigningKey *key, int token_max)
{
	/* Each part in base64url, with two dots between. */
	return (token_max - key->headers[0].length - 2 - (key->object->signature_length * 4 + 2) / 3) *
		   3 / 4;
}

/* At the end, where it shows how much room is left. */
static void
add_roles(JsonWriter *w, const pg_uuid_t *user_id, const SigningKey *key)
{
	Roles roles = store_roles_of(user_id, PROBE_LATEST);

	if (!roles_are_none(&roles))
		roles_write(w, &roles, payload_max(key, ROLES_SAID_MAX) - strlen("}"));
}

text *
token_make_access(const pg_uuid_t *user_id, const char *email, const pg_uuid_t *session_id,
				  int64 generation, const Assurance *assurance, TimestampTz now,
				  const char *claims)
{
	const SigningKey *key = key_for_access(now);
	JsonWriter w;

	json_start(&w);
	json_uuid(&w, "sub", user_id);
	json_uuid(&w, "user_id", user_id);
	json_text(&w, "email", email);
	add_session(&w, session_id, generation);
	assurance_write(&w, assurance);
	add_own_claims(&w, TOKEN_ACCESS, NULL, now, jerry_after(now, settings()->access_token_ttl));
	if (claims != NULL)
		json_member(&w, "app", claims);
	add_roles(&w, user_id, key);
	return sign_payload(&w, key);
}

text *
token_make_refresh(const pg_uuid_t *user_id, const pg_uuid_t *session_id, const pg_uuid_t *jti,
				   int64 generation, TimestampTz issued_at, TimestampTz expires_at)
{
	JsonWriter w;

	json_start(&w);
	json_uuid(&w, "sub", user_id);
	json_uuid(&w, "user_id", user_id);
	add_session(&w, session_id, generation);
	add_own_claims(&w, TOKEN_REFRESH, jti, issued_at, expires_at);
	return sign_payload(&w, key_for_refresh(jerry_now()));
}

static bool
is_own_claim(const char *name)
{
	for (int i = 0; i < lengthof(own_claims); i++)
		if (strcmp(name, own_claims[i]) == 0)
			return true;
	return false;
}

/* Writes the caller's claims except those in own_claims. */
static void
add_given_claims(JsonWriter *w, text *data)
{
	Jsonb *object =
		DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(data))));
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

		(void) JsonbIteratorNext(&iterator, &v, true);
		if (!is_own_claim(name))
			json_member(w, name, jsonb_text(JsonbValueToJsonb(&v)));
	}
}

text *
token_make_of(text *claims, const char *type, TimestampTz now, TimestampTz expires_at)
{
	JsonWriter w;
	text *token;
	Token result;
	TokenVerdict verdict;

	if (claims == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("claims must be a JSON object")));
	if (TIMESTAMP_NOT_FINITE(expires_at))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("token must have a finite lifetime")));
	json_start(&w);
	add_given_claims(&w, claims);
	add_own_claims(&w, type, NULL, now, expires_at);
	/*
	 * Before it is signed: the length of its base64url would overflow at 512
	 * MB.
	 */
	token = w.buf.len > JERRY_TOKEN_MAX
				? NULL
				: sign_payload(&w, strcmp(type, TOKEN_REFRESH) == 0 ? key_for_refresh(now)
																	: key_for_access(now));
	if (token == NULL || VARSIZE_ANY_EXHDR(token) > JERRY_TOKEN_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("token would be longer than %d bytes", JERRY_TOKEN_MAX)));
	/* Nobody should mint what nobody, Jerry included, can use. */
	verdict = token_verify(token, type, &result);
	if (verdict != TOKEN_VALID && verdict != TOKEN_EXPIRED)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("claims would make an invalid token"),
			 errdetail(
				 "sub and user_id differ, sid is not a UUID, there are too many claims, or the"
				 " token would end after the year 9999.")));
	return token;
}
