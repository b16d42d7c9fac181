/*
 * jws.c: see jws.h.
 */
#include "jose/jws.h"

#define SIGNATURE_LENGTH BASE64URL_LENGTH(SHA256_LENGTH)

text *
jws_sign(const char *header, int header_length, const char *payload, int payload_length,
		 HmacKey *key)
{
	text *token = palloc(VARHDRSZ + header_length + 1 + BASE64URL_LENGTH(payload_length) + 1 +
						 SIGNATURE_LENGTH);
	char *start = VARDATA(token);
	char *p = start;
	uint8 mac[SHA256_LENGTH];

	memcpy(p, header, header_length);
	p += header_length;
	*p++ = '.';
	p += base64url_encode((const uint8 *) payload, payload_length, p);
	hmac_sha256(key, start, p - start, mac);
	*p++ = '.';
	p += base64url_encode(mac, SHA256_LENGTH, p);
	SET_VARSIZE(token, VARHDRSZ + (p - start));
	return token;
}

int
jws_verify(const char *token, int length, int header_length, HmacKey *key, uint8 *out)
{
	const char *payload = token + header_length + 1;
	const char *signature = token + length - SIGNATURE_LENGTH;
	uint8 mac[SHA256_LENGTH];
	char expected[SIGNATURE_LENGTH];

	if (length < header_length + 1 + 1 + SIGNATURE_LENGTH || signature[-1] != '.')
		return -1;
	hmac_sha256(key, token, signature - 1 - token, mac);
	base64url_encode(mac, SHA256_LENGTH, expected);
	/*
	 * Compare the encoded text: each signature then has one spelling.  A dot in
	 * the payload fails to decode, so there are exactly three segments.
	 */
	if (!bytes_equal(expected, signature, SIGNATURE_LENGTH))
		return -1;
	return base64url_decode(payload, signature - 1 - payload, out);
}
