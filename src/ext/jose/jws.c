/*
 * jws.c: see jws.h.
 */
#include "jose/jws.h"

text *
jws_sign(const char *header, int header_length, const char *payload, int payload_length,
		 KeyObject *key)
{
	text *token = palloc(VARHDRSZ + header_length + 1 + BASE64URL_LENGTH(payload_length) + 1 +
						 BASE64URL_LENGTH(key->signature_length));
	char *start = VARDATA(token);
	char *p = start;
	uint8 signature[SIGNATURE_LENGTH_MAX];

	memcpy(p, header, header_length);
	p += header_length;
	*p++ = '.';
	p += base64url_encode((const uint8 *) payload, payload_length, p);
	algorithm_sign(key, start, p - start, signature);
	*p++ = '.';
	p += base64url_encode(signature, key->signature_length, p);
	SET_VARSIZE(token, VARHDRSZ + (p - start));
	return token;
}

/* The signature is what the token ends with. */
static const char *
find_signature(const char *token, int length, const KeyObject *key)
{
	return token + length - BASE64URL_LENGTH(key->signature_length);
}

int
jws_payload(const char *token, int length, int header_length, const KeyObject *key, uint8 *out)
{
	const char *payload = token + header_length + 1;

	/*
	 * A dot in the payload fails to decode, so there are exactly three
	 * segments.
	 */
	return base64url_decode(payload, find_signature(token, length, key) - 1 - payload, out);
}

int
jws_verify(const char *token, int length, int header_length, KeyObject *key, uint8 *out)
{
	int encoded_length = BASE64URL_LENGTH(key->signature_length);
	const char *encoded = find_signature(token, length, key);
	uint8 signature[SIGNATURE_LENGTH_MAX];

	if (length < header_length + 1 + 1 + encoded_length || encoded[-1] != '.')
		return -1;
	/* Strictly base64url: each signature has one spelling. */
	if (base64url_decode(encoded, encoded_length, signature) != key->signature_length ||
		!algorithm_verify(key, token, encoded - 1 - token, signature))
		return -1;
	return jws_payload(token, length, header_length, key, out);
}
