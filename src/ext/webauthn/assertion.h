/*
 * assertion.h: has an authenticator signed with a passkey that we know
 * (WebAuthn Level 3, 7.2)?
 */
#ifndef JERRY_ASSERTION_H
#define JERRY_ASSERTION_H

#include "webauthn/ceremony.h"

typedef struct AssertionResponse
{
	Octets client_data;
	Octets authenticator_data;
	Octets signature;
} AssertionResponse;

/* What is known of the passkey. */
typedef struct KnownPasskey
{
	Octets public_key; /* COSE_Key */
	uint32 sign_count;
	bool backup_eligible;
} KnownPasskey;

typedef struct Assertion
{
	bool user_verified;
	bool backed_up;
	uint32 sign_count;
	/*
	 * It has not counted on: there may be a copy of the key.  That is no fault:
	 * what follows from it is for the caller to say.
	 */
	bool counter_regressed;
} Assertion;

/*
 * What is wrong with it, a sentence; NULL: nothing.  Whose passkey it is is
 * left to the caller.
 */
extern const char *assertion_fault(const AssertionResponse *response, const Ceremony *ceremony,
								   const KnownPasskey *passkey, Assertion *assertion);

#endif /* JERRY_ASSERTION_H */
