/*
 * claims.h: the claims of a JSON Web Token (RFC 7519): what its payload says.
 */
#ifndef JERRY_CLAIMS_H
#define JERRY_CLAIMS_H

#include "base/assurance.h"
#include "base/roles.h"

/*
 * The claims that somebody asked about.  Strings are palloc'd, NULL when the
 * claim is missing.
 */
typedef struct Claims
{
	const char *expected_audience; /* input; NULL: any */
	char *subject;
	char *user_id;
	char *email;
	char *type;
	char *issuer;
	char *jti;
	char *sid;
	bool audience_found; /* is expected_audience the audience, or one of several? */
	bool has_expiry;	 /* RFC 7519, 4.1.4; seconds since 1970, as integers */
	bool has_not_before;
	int64 expiry;
	int64 not_before;
	int64 generation; /* claim gen; 0: there is none, or it is no such number */
	Roles roles;	  /* the texts in arrays of these names */
	Assurance assurance;
} Claims;

/*
 * Reads an authenticated payload.  False unless it is one JSON object in UTF-8
 * without duplicate names, whose exp, nbf and iat, where present, are integers
 * of a year below 10000, and whose claims above are strings where they are
 * present.
 */
extern bool claims_read(const uint8 *payload, int length, Claims *claims);

#endif /* JERRY_CLAIMS_H */
