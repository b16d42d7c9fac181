/*
 * claims.h
 *		JSON Web Tokens (RFC 7519) in the compact form of JWS (RFC 7515), signed with HS256.  The format only: which claims Jerry wants is
 *		tokens.c, which keys there are is keys.c.
 *
 * Nothing of a token is parsed before its signature holds: the header is not decoded at all but compared, byte by byte, with those that a key
 * accepts, so that "alg":"none", "crit", another algorithm and junk in the header cannot arise.
 */
#ifndef JERRY_JWT_H
#define JERRY_JWT_H

#include "base/bytes.h"

/* The claims that somebody asked about.  Strings are palloc'd, NULL when the claim is missing. */
typedef struct JwtClaims
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
} JwtClaims;

/* header.payload.signature; header is base64url already, payload is JSON.  palloc'd. */
extern text *jwt_sign(const char *header, int header_length, const char *payload, int payload_length, HmacKey *key);

/*
 * Verifies a token that begins with a header of header_length bytes and a dot, and decodes its payload to out (room for length bytes): the number
 * of bytes, or -1 when the signature is wrong or anything is not strictly base64url.
 */
extern int jwt_verify(const char *token, int length, int header_length, HmacKey *key, uint8 *out);

/*
 * Reads an authenticated payload.  False unless it is one JSON object in UTF-8 without duplicate names, whose exp, nbf and iat, where present, are
 * integers of a year below 10000, and whose claims above are strings where they are present.
 */
extern bool jwt_read_claims(const uint8 *payload, int length, JwtClaims *claims);

#endif /* JERRY_JWT_H */
