/*
 * installation_secret.c: see installation_secret.h.
 */
#include "domain/installation_secret.h"

#include "store/installation_secret.h"

HmacKey *
installation_secret(void)
{
	uint8 secret[SHA256_LENGTH] = { 0 };
	HmacKey *key;

	(void) store_installation_secret(secret);
	key = hmac_key(secret, sizeof(secret));
	explicit_bzero(secret, sizeof(secret));
	return key;
}
