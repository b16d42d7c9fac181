/*
 * key.c: signing keys: import_key, key_weakness, rotate_key, list_keys, jwks.
 */
#include "base/jerry.h"

#include <ctype.h>

#include "base/arguments.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/secret.h"
#include "funcapi.h"
#include "jose/jwk.h"
#include "jose/key_life.h"
#include "jose/pem.h"
#include "utils/builtins.h"

/* The answer to an import, which is on record; kid NULL: it was retired. */
static text *
imported(const char *kid, TimestampTz now)
{
	if (kid == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("this key was retired"),
				 errhint("Import another one; all tokens of this one would be valid again."),
				 errhidestmt(true)));
	audit_record(audit_key_import(kid), AUDIT_OK, NULL, NULL, NULL, now);
	return cstring_to_text(kid);
}

/* What both forms of import_key do with a secret. */
static text *
import_secret(const uint8 *secret, int length, bool allow_weak)
{
	TimestampTz now = jerry_now();
	const char *reason;

	if (length < JERRY_SECRET_MIN || length > JERRY_SECRET_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("secret must have %d to %d bytes", JERRY_SECRET_MIN, JERRY_SECRET_MAX),
				 errhint("Generate one with: openssl rand -base64 48"), errhidestmt(true)));
	reason = allow_weak ? NULL : secret_weakness(secret, length);
	if (reason != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret can be guessed"),
						errdetail("%s", reason),
						errhint("Generate one with: openssl rand -base64 48"),
						errhidestmt(true)));
	return imported(key_import_secret(secret, length, now), now);
}

/* No secret looks like that by chance. */
static bool
is_pem(const char *text)
{
	return strstr(text, "-----BEGIN ") != NULL;
}

static bool
is_jwk(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '{' && strstr(text, "\"kty\"") != NULL;
}

/* What import_key does with a PEM or a JWK. */
static text *
import_text(const char *text_of_key)
{
	TimestampTz now = jerry_now();
	NewKey key;
	const char *kid = NULL;
	bool pem = is_pem(text_of_key);
	const char *fault = pem ? pem_read(text_of_key, &key) : jwk_read(text_of_key, &key, &kid);

	if (fault == NULL)
		fault = algorithm_fault(&key.parts);
	if (fault != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s cannot be imported", pem ? "PEM" : "JWK"),
						errdetail("%s", fault), errhidestmt(true)));
	kid = key_import(&key.parts, kid, now);
	explicit_bzero(&key, sizeof(key));
	return imported(kid, now);
}

/* Version 1.1 of the SQL has no second argument. */
static bool
allow_weak_argument(FunctionCallInfo fcinfo)
{
	return PG_NARGS() > 1 && PG_GETARG_BOOL(1);
}

/* What psql and psycopg send for bytes, when nobody says that they are. */
static bool
is_bytea_literal(const char *secret, int length)
{
	if (length % 2 != 0 || secret[0] != '\\' || secret[1] != 'x')
		return false;
	for (int i = 2; i < length; i++)
		if (!isxdigit((unsigned char) secret[i]))
			return false;
	return true;
}

PG_FUNCTION_INFO_V1(jerry_import_key);

/* import_key(secret text, allow_weak boolean DEFAULT false) RETURNS text */
Datum
jerry_import_key(PG_FUNCTION_ARGS)
{
	text *secret = PG_GETARG_TEXT_PP(0);
	const char *bytes = VARDATA_ANY(secret);
	int length = VARSIZE_ANY_EXHDR(secret);
	char *copy = text_to_cstring(secret);
	text *kid = is_pem(copy) || is_jwk(copy) ? import_text(copy) : NULL;

	explicit_bzero(copy, length);
	if (kid != NULL)
		PG_RETURN_TEXT_P(kid);
	if (length >= JERRY_SECRET_MIN && is_bytea_literal(bytes, length))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("secret is the text of a bytea"),
						errhint("Cast it to bytea."),
						errhidestmt(true)));
	PG_RETURN_TEXT_P(import_secret((const uint8 *) bytes, length, allow_weak_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_import_key_bytes);

/* import_key(secret bytea, allow_weak boolean DEFAULT false) RETURNS text */
Datum
jerry_import_key_bytes(PG_FUNCTION_ARGS)
{
	bytea *secret = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_TEXT_P(import_secret((const uint8 *) VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret),
								   allow_weak_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_key_weakness);

/* key_weakness(secret bytea) RETURNS text */
Datum
jerry_key_weakness(PG_FUNCTION_ARGS)
{
	bytea *secret = PG_GETARG_BYTEA_PP(0);
	const char *reason =
		secret_weakness((const uint8 *) VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret));

	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}

PG_FUNCTION_INFO_V1(jerry_rotate_key);

/* rotate_key(at_once boolean DEFAULT false) RETURNS text */
Datum
jerry_rotate_key(PG_FUNCTION_ARGS)
{
	const char *kid;

	PreventCommandDuringRecovery("jerry.rotate_key()");
	kid = keys_rotate(PG_GETARG_BOOL(0));
	audit_record(audit_key_rotate(kid), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_TEXT_P(cstring_to_text(kid));
}

PG_FUNCTION_INFO_V1(jerry_list_keys);

/*
 * list_keys() RETURNS TABLE (kid text, algorithm text, status text, status_at
 * timestamptz, due_at timestamptz, signs text, imported boolean, created_at
 * timestamptz, sealed boolean)
 */
Datum
jerry_list_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	StoredKeys keys = store_list_keys();

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < keys.n; i++)
	{
		const StoredKey *key = &keys.keys[i];
		TimestampTz due_at = key_due_at(key);
		const char *signs = key_signs(&keys, key);
		Datum values[] = { CStringGetTextDatum(key->kid),
						   CStringGetTextDatum(key->algorithm),
						   CStringGetTextDatum(key_status_name(key->status)),
						   TimestampTzGetDatum(key->status_at),
						   TimestampTzGetDatum(due_at),
						   signs == NULL ? (Datum) 0 : CStringGetTextDatum(signs),
						   BoolGetDatum(key->imported),
						   TimestampTzGetDatum(key->created_at),
						   BoolGetDatum(key->sealed) };
		bool nulls[] = { false, false, false, false, due_at == DT_NOEND, signs == NULL, false,
						 false, !key->has_secret };

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_jwks);

/* jwks() RETURNS json */
Datum
jerry_jwks(PG_FUNCTION_ARGS)
{
	StoredKeys keys = store_list_keys();
	JsonWriter w;

	json_start(&w);
	json_open_list(&w, "keys");
	for (int i = 0; i < keys.n; i++)
	{
		const StoredKey *key = &keys.keys[i];
		const KeyParts parts = { .algorithm = algorithm_by_name(key->algorithm),
								 .public_key = key->public_key,
								 .public_length = key->public_length };

		/* What only verifies here is the key of somebody else. */
		if (key->public_key == NULL || !key->has_secret || key->status == KEY_RETIRED)
			continue;
		json_open_item(&w);
		jwk_write(&w, &parts, key->kid);
		json_end(&w);
	}
	json_end_list(&w);
	json_end(&w);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(w.buf.data, w.buf.len));
}

PG_FUNCTION_INFO_V1(jerry_signing_key_changed);

/* signing_key_changed() RETURNS trigger */
Datum
jerry_signing_key_changed(PG_FUNCTION_ARGS)
{
	return trigger_announces_change(fcinfo);
}
