/*
 * password.c: hashes of passwords: hash_password, verify_password, and
 * hash_passwords and verify_passwords, which take many.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "catalog/pg_type.h"
#include "domain/password.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MANY_MAX 1000 /* passwords in one call: a minute's work on one core */

/*
 * The password to hash, given as which one of an array, or 0.
 */
static Password
read_new_password(const text *typed, int number)
{
	Password password = password_read(typed);

	if (VARSIZE_ANY_EXHDR(password.normal) > JERRY_PASSWORD_MAX)
		ereport(ERROR,
				(errcode(JERRY_SQLSTATE(CODE_WEAK_PASSWORD)),
				 number == 0 ? errmsg("password is longer than %d bytes", JERRY_PASSWORD_MAX)
							 : errmsg("password %d is longer than %d bytes", number,
									  JERRY_PASSWORD_MAX),
				 errhint("bcrypt would ignore the rest."),
				 errhidestmt(true)));
	return password;
}

PG_FUNCTION_INFO_V1(jerry_hash_password);

/* hash_password(password text) RETURNS text */
Datum
jerry_hash_password(PG_FUNCTION_ARGS)
{
	Password password = read_new_password(PG_GETARG_TEXT_PP(0), 0);

	PG_RETURN_TEXT_P(cstring_to_text(password_hash(&password)));
}

PG_FUNCTION_INFO_V1(jerry_verify_password);

/* verify_password(plain_password text, hashed_password text) RETURNS boolean */
Datum
jerry_verify_password(PG_FUNCTION_ARGS)
{
	Password password = password_read(PG_GETARG_TEXT_PP(0));
	text *hash = PG_GETARG_TEXT_PP(1);

	/* Anything else is not even copied. */
	if (VARSIZE_ANY_EXHDR(hash) != BCRYPT_LENGTH)
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(password_verify(&password, text_to_cstring(hash)) != NULL);
}

/* An array with the values and NULLs of n places. */
static ArrayType *
array_of(Datum *values, bool *nulls, int n, Oid type, int length, bool by_value, char alignment)
{
	int first = 1;

	if (n == 0)
		return construct_empty_array(type);
	return construct_md_array(values, nulls, 1, &n, &first, type, length, by_value, alignment);
}

PG_FUNCTION_INFO_V1(jerry_hash_passwords);

/* hash_passwords(passwords text[]) RETURNS text[] */
Datum
jerry_hash_passwords(PG_FUNCTION_ARGS)
{
	Texts typed = texts_argument(fcinfo, 0, MANY_MAX);
	Password *passwords = palloc(typed.n * sizeof(Password));
	char **hashes = palloc(typed.n * sizeof(char *));
	int n = 0;

	for (int i = 0; i < typed.n; i++)
		if (!typed.nulls[i])
			passwords[n++] = read_new_password(DatumGetTextPP(typed.values[i]), i + 1);
	password_hash_many(passwords, n, hashes);
	n = 0;
	for (int i = 0; i < typed.n; i++)
		if (!typed.nulls[i])
			typed.values[i] = CStringGetTextDatum(hashes[n++]);
	PG_RETURN_ARRAYTYPE_P(
		array_of(typed.values, typed.nulls, typed.n, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(jerry_verify_passwords);

/*
 * verify_passwords(plain_passwords text[], hashed_passwords text[]) RETURNS
 * boolean[]
 */
Datum
jerry_verify_passwords(PG_FUNCTION_ARGS)
{
	Texts typed = texts_argument(fcinfo, 0, MANY_MAX);
	Texts stored = texts_argument(fcinfo, 1, MANY_MAX);
	Password *passwords = palloc(typed.n * sizeof(Password));
	char **hashes = palloc(typed.n * sizeof(char *));
	const text **right = palloc(typed.n * sizeof(text *));
	int *whose = palloc(typed.n * sizeof(int));
	Datum *answers = palloc(typed.n * sizeof(Datum));
	int n = 0;

	if (typed.n != stored.n)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("arrays must have the same number of elements"),
						errhidestmt(true)));
	for (int i = 0; i < typed.n; i++)
	{
		answers[i] = BoolGetDatum(false);
		typed.nulls[i] |= stored.nulls[i];
		if (typed.nulls[i] ||
			VARSIZE_ANY_EXHDR(DatumGetTextPP(stored.values[i])) != BCRYPT_LENGTH)
			continue;
		passwords[n] = password_read(DatumGetTextPP(typed.values[i]));
		hashes[n] = TextDatumGetCString(stored.values[i]);
		whose[n++] = i;
	}
	password_verify_many(passwords, hashes, n, right);
	for (int k = 0; k < n; k++)
		answers[whose[k]] = BoolGetDatum(right[k] != NULL);
	PG_RETURN_ARRAYTYPE_P(
		array_of(answers, typed.nulls, typed.n, BOOLOID, 1, true, TYPALIGN_CHAR));
}
