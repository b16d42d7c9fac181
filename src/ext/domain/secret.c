/*
 * secret.c: see secret.h.
 */
#include "domain/secret.h"

#define DIFFERENT_BYTES_MIN 6  /* a random key of 32 decimal digits has as many */
#define PERIOD_MIN			16 /* a secret that repeats fewer bytes than that is as good as those */

/* Does a secret begin again after a few bytes? */
static bool
repeats(const uint8 *secret, int length)
{
	for (int n = 1; n < Min(length, PERIOD_MIN); n++)
		if (memcmp(secret, secret + n, length - n) == 0)
			return true;
	return false;
}

/*
 * A service that takes the secret of HS256 from where its public key is would
 * take tokens that anybody can sign.
 */
static bool
is_public_pem(const uint8 *secret, int length)
{
	static const char *const labels[] = { "-----BEGIN PUBLIC KEY-----",
										  "-----BEGIN RSA PUBLIC KEY-----",
										  "-----BEGIN CERTIFICATE-----" };

	for (int i = 0; i < lengthof(labels); i++)
		if (length >= strlen(labels[i]) && memcmp(secret, labels[i], strlen(labels[i])) == 0)
			return true;
	return false;
}

const char *
secret_weakness(const uint8 *secret, int length)
{
	/* RFC 7515, A.1 */
	static const char rfc_example[] =
		"\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f"
		"\x5a\xb3\x28\xe6\xf0\x54\xc9\x28\xa9\x0f\x84\xb2\xd2\x50\x2e\xbf"
		"\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62\x3d\x22"
		"\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3";
	static const char *const examples[] = {
		"your-super-secret-jwt-key-change-this-in-production",
		"generate-long-random-key-use-openssl",
		"test-secret-key-for-testing",
		"a-string-secret-at-least-256-bits-long",
		"super-secret-jwt-token-with-at-least-32-characters-long",
		"your-super-secret-jwt-token-with-at-least-32-characters-long",
		"reallyreallyreallyreallyverysafe",
	};
	bool seen[256] = { false };
	int different = 0;

	for (int i = 0; i < lengthof(examples); i++)
	{
		int n = strlen(examples[i]);

		/* With something behind it, it is known no less. */
		if (length >= n && memcmp(secret, examples[i], n) == 0)
			return "It is a published example.";
	}
	if (length == sizeof(rfc_example) - 1 && memcmp(secret, rfc_example, length) == 0)
		return "It is a published example.";
	if (is_public_pem(secret, length))
		return "It is a public key.";
	for (int i = 0; i < length; i++)
	{
		different += !seen[secret[i]];
		seen[secret[i]] = true;
	}
	if (different < DIFFERENT_BYTES_MIN)
		return "It has hardly any distinct bytes.";
	if (repeats(secret, length))
		return "It repeats a few bytes.";
	return NULL;
}
