/*
 * authenticator_data.h: what an authenticator says and signs (WebAuthn Level 3,
 * 6.1).
 */
#ifndef JERRY_AUTHENTICATOR_DATA_H
#define JERRY_AUTHENTICATOR_DATA_H

#include "webauthn/ceremony.h"

/* Flags; the others are reserved, and nothing may be concluded from them. */
#define AUTHENTICATOR_UP 0x01 /* the user was present */
#define AUTHENTICATOR_UV 0x04 /* the user was verified, by a PIN or a finger */
#define AUTHENTICATOR_BE 0x08 /* the key can be backed up: to the user's other devices */
#define AUTHENTICATOR_BS 0x10 /* and is */
#define AUTHENTICATOR_AT 0x40 /* a new key follows */
#define AUTHENTICATOR_ED 0x80 /* extensions follow */

#define CREDENTIAL_ID_MIN 16 /* bytes */
#define CREDENTIAL_ID_MAX 1023

/* What was read points into the input. */
typedef struct AuthenticatorData
{
	const uint8 *rp_id_hash; /* SHA-256 */
	uint8 flags;
	uint32 sign_count;
	/* With AUTHENTICATOR_AT: */
	const uint8 *aaguid; /* UUID of the model; all zero: not told */
	Octets credential_id;
	Octets public_key; /* COSE_Key */
} AuthenticatorData;

/* False unless it has all that its flags promise, and nothing behind. */
extern bool authenticator_data_read(Octets bytes, AuthenticatorData *data);

/* What is wrong with it in any ceremony, a sentence; NULL: nothing. */
extern const char *authenticator_data_fault(const AuthenticatorData *data,
											const Ceremony *ceremony);

#endif /* JERRY_AUTHENTICATOR_DATA_H */
