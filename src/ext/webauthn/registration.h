/*
 * registration.h: is what an authenticator answers a new passkey (WebAuthn
 * Level 3, 7.1)?
 *
 * We ask for no attestation.  What comes as "none" has to be none; as "packed"
 * by the key itself, it has to be right.  What somebody else attests we do not
 * ask: without a list of whom to trust it would prove nothing.
 */
#ifndef JERRY_REGISTRATION_H
#define JERRY_REGISTRATION_H

#include "webauthn/authenticator_data.h"
#include "webauthn/ceremony.h"

#define ATTESTATION_MAX 16384 /* bytes */

typedef struct RegistrationResponse
{
	Octets client_data;
	Octets attestation_object;
} RegistrationResponse;

/*
 * What is wrong with it, a sentence; NULL: nothing, and *passkey points into
 * the response.  Whether somebody has the credential already is left to the
 * caller.
 */
extern const char *registration_fault(const RegistrationResponse *response,
									  const Ceremony *ceremony, AuthenticatorData *passkey);

#endif /* JERRY_REGISTRATION_H */
