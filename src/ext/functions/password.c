/*
 * password.c: hashes of passwords: hash_password, verify_password.
 */
#include "base/jerry.h"

#include "base/envelope.h"
#include "domain/password.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jerry_hash_password);

/* hash_password(password text) RETURNS text */
Datum
jerry_hash_password(PG_FUNCTION_ARGS)
{
	Password password = password_read(PG_GETARG_TEXT_PP(0));

	if (VARSIZE_ANY_EXHDR(password.normal) > JERRY_PASSWORD_MAX)
		ereport(ERROR, (errcode(JERRY_SQLSTATE(CODE_WEAK_PASSWORD)),
						errmsg("password is longer than %d bytes", JERRY_PASSWORD_MAX),
						errhint("bcrypt would ignore the rest."),
						errhidestmt(true)));
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
