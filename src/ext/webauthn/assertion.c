/*
 * assertion.c: see assertion.h.
 */
#include "webauthn/assertion.h"

#include "webauthn/authenticator_data.h"
#include "webauthn/client_data.h"
#include "webauthn/cose.h"

#define AUTHENTICATOR_DATA_MAX 4096 /* bytes, with extensions */

static bool
is_signed(const AssertionResponse *response, const ClientData *client_data,
		  const KnownPasskey *passkey)
{
	uint8 text[AUTHENTICATOR_DATA_MAX + SHA256_LENGTH];
	int length = response->authenticator_data.length;
	CoseKey key;

	if (!cose_read(passkey->public_key.bytes, passkey->public_key.length, &key))
		return false;
	memcpy(text, response->authenticator_data.bytes, length);
	memcpy(text + length, client_data->hash, SHA256_LENGTH);
	return cose_verify(&key, text, length + SHA256_LENGTH, response->signature.bytes,
					   response->signature.length);
}

/* In the order of the specification. */
const char *
assertion_fault(const AssertionResponse *response, const Ceremony *ceremony,
				const KnownPasskey *passkey, Assertion *assertion)
{
	ClientData client_data;
	AuthenticatorData data;
	const char *fault;

	if (!client_data_read(response->client_data, &client_data))
		return "The client data are not those of a browser.";
	fault = client_data_fault(&client_data, CLIENT_DATA_GET, ceremony);
	if (fault != NULL)
		return fault;

	if (response->authenticator_data.length > AUTHENTICATOR_DATA_MAX ||
		!authenticator_data_read(response->authenticator_data, &data))
		return "The authenticator data are malformed.";
	fault = authenticator_data_fault(&data, ceremony);
	if (fault != NULL)
		return fault;
	if (((data.flags & AUTHENTICATOR_BE) != 0) != passkey->backup_eligible)
		return "Whether the key can be backed up has changed.";
	if (data.flags & AUTHENTICATOR_AT)
		return "There is a new key.";

	if (!is_signed(response, &client_data, passkey))
		return "The signature is wrong.";
	/* Both are zero where the authenticator does not count. */
	*assertion = (Assertion){
		.user_verified = (data.flags & AUTHENTICATOR_UV) != 0,
		.backed_up = (data.flags & AUTHENTICATOR_BS) != 0,
		.sign_count = data.sign_count,
		.counter_regressed = (data.sign_count != 0 || passkey->sign_count != 0) &&
							 data.sign_count <= passkey->sign_count,
	};
	return NULL;
}
