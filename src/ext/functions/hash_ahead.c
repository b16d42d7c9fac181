/*
 * hash_ahead.c: hash_ahead, with which a client that has several logins and
 * registrations to send lets their password hashes be made together.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "catalog/pg_type.h"
#include "domain/address.h"
#include "domain/login_limit.h"
#include "domain/password.h"
#include "domain/session.h"
#include "store/user.h"
#include "utils/array.h"

/*
 * What login() will do with a password.  false: it will not look at it.
 */
static bool
expect_login(const text *address, const Client *client, PasswordAhead *ahead)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict = address_read(address, email);
	LoginLimits limits;
	StoredUser user;

	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return false;
	if (!login_limit_allows(&limits, email, client))
		return false;
	ahead->is_new = false;
	ahead->hash =
		store_find_user_by_email(email, HOLD_NOT, &user) ? session_hash_to_match(&user) : NULL;
	return true;
}

/* The same for register(). */
static bool
expect_registration(const text *address, const Client *client, PasswordAhead *ahead)
{
	char email[EMAIL_MAX + 1];
	Limits limits;

	ahead->is_new = true;
	return address_read(address, email) == EMAIL_VALID &&
		   password_weakness(&ahead->password, email) == NULL &&
		   limit_allows_network(&limits, LIMIT_REGISTER_NETWORK, client);
}

static bool
is_text(const text *value, const char *wanted)
{
	return VARSIZE_ANY_EXHDR(value) == strlen(wanted) &&
		   memcmp(VARDATA_ANY(value), wanted, strlen(wanted)) == 0;
}

/* false: there is nothing to hash. */
static bool
expect(const text *kind, const text *address, const text *password, const Client *client,
	   PasswordAhead *ahead)
{
	ahead->password = password_read(password);
	if (is_text(kind, "login"))
		return expect_login(address, client, ahead);
	if (is_text(kind, "register"))
		return expect_registration(address, client, ahead);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("kind must be login or register"),
					errhidestmt(true)));
}

PG_FUNCTION_INFO_V1(jerry_hash_ahead);

/*
 * hash_ahead(kinds text[], emails text[], passwords text[], clients
 * jerry.client[]) RETURNS boolean
 */
Datum
jerry_hash_ahead(PG_FUNCTION_ARGS)
{
	Texts kinds;
	Texts emails;
	Texts passwords;
	ArrayType *array;
	Datum *clients;
	bool *unknown;
	int nclients;
	PasswordAhead ahead[BCRYPT_LANES];
	int n = 0;

	jerry_require_primary("jerry.hash_ahead()");
	kinds = texts_argument(fcinfo, 0, BCRYPT_LANES);
	emails = texts_argument(fcinfo, 1, BCRYPT_LANES);
	passwords = texts_argument(fcinfo, 2, BCRYPT_LANES);
	array = PG_GETARG_ARRAYTYPE_P(3);
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &clients, &unknown,
					  &nclients);
	if (kinds.n != emails.n || kinds.n != passwords.n || kinds.n != nclients)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("arrays must have the same number of elements"),
						errhidestmt(true)));
	for (int i = 0; i < kinds.n; i++)
	{
		Client client = unknown[i] ? (Client){ 0 } : client_of_row(clients[i]);

		if (!kinds.nulls[i] && !emails.nulls[i] && !passwords.nulls[i] &&
			expect(DatumGetTextPP(kinds.values[i]), DatumGetTextPP(emails.values[i]),
				   DatumGetTextPP(passwords.values[i]), &client, &ahead[n]))
			n++;
	}
	PG_RETURN_BOOL(password_ahead(ahead, n));
}
