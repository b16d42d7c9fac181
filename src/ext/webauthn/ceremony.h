/*
 * ceremony.h: what a relying party asks an authenticator for, with which the
 * answer is compared (WebAuthn Level 3, 7).
 */
#ifndef JERRY_CEREMONY_H
#define JERRY_CEREMONY_H

#include "base/jerry.h"

typedef struct Octets
{
	const uint8 *bytes;
	int length;
} Octets;

typedef struct Ceremony
{
	const char *challenge; /* as the client has it: base64url */
	const char *rp_id;
	const char *const *origins; /* that may ask, exactly so */
	int origin_count;
	bool verifies_user; /* whoever holds the authenticator has to be its user */
} Ceremony;

#endif /* JERRY_CEREMONY_H */
