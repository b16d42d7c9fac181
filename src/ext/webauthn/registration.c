/*
 * registration.c: see registration.h.
 */
#include "webauthn/registration.h"

#include "webauthn/cbor.h"
#include "webauthn/client_data.h"
#include "webauthn/cose.h"

/*
 * The formats that are registered (WebAuthn, 8; RFC 8809, 2.1), as far as they
 * are not looked into.
 */
static const char *const attested_by_others[] = {
	"packed",
	"tpm",
	"android-key",
	"android-safetynet",
	"fido-u2f",
	"apple",
	"compound",
};

typedef struct Attestation
{
	CborItem format;
	CborItem statement;
	CborItem authenticator_data;
} Attestation;

static bool
read_attestation(Octets object, Attestation *attestation)
{
	CborItem map;

	return object.length <= ATTESTATION_MAX &&
		   cbor_read_whole(object.bytes, object.length, &map) && map.type == CBOR_MAP &&
		   map.number == 3 && cbor_find_text(&map, "fmt", &attestation->format) &&
		   attestation->format.type == CBOR_TEXT &&
		   cbor_find_text(&map, "attStmt", &attestation->statement) &&
		   attestation->statement.type == CBOR_MAP &&
		   cbor_find_text(&map, "authData", &attestation->authenticator_data) &&
		   attestation->authenticator_data.type == CBOR_BYTES;
}

/* The key attests itself (8.2). */
static const char *
self_attestation_fault(const Attestation *attestation, const CoseKey *key,
					   const ClientData *client_data)
{
	const CborItem *data = &attestation->authenticator_data;
	CborItem algorithm;
	CborItem signature;
	uint8 *text;

	if (!cbor_find_text(&attestation->statement, "alg", &algorithm) ||
		algorithm.type != CBOR_INTEGER || algorithm.number != key->algorithm ||
		!cbor_find_text(&attestation->statement, "sig", &signature) ||
		signature.type != CBOR_BYTES)
		return "The attestation has no signature by the algorithm of the key.";
	text = palloc(data->length + SHA256_LENGTH);
	memcpy(text, data->bytes, data->length);
	memcpy(text + data->length, client_data->hash, SHA256_LENGTH);
	if (!cose_verify(key, text, data->length + SHA256_LENGTH, signature.bytes, signature.length))
		return "The signature of the attestation is wrong.";
	return NULL;
}

static const char *
attestation_fault(const Attestation *attestation, const CoseKey *key,
				  const ClientData *client_data)
{
	CborItem certificates;

	if (cbor_is_text(&attestation->format, "none"))
		return attestation->statement.number == 0 ? NULL
												  : "An attestation that is none says something.";
	if (cbor_is_text(&attestation->format, "packed") &&
		!cbor_find_text(&attestation->statement, "x5c", &certificates))
		return self_attestation_fault(attestation, key, client_data);
	for (int i = 0; i < lengthof(attested_by_others); i++)
		if (cbor_is_text(&attestation->format, attested_by_others[i]))
			return NULL;
	return "The format of the attestation is unknown.";
}

/* In the order of the specification. */
const char *
registration_fault(const RegistrationResponse *response, const Ceremony *ceremony,
				   AuthenticatorData *passkey)
{
	ClientData client_data;
	Attestation attestation;
	CoseKey key;
	const char *fault;

	if (!client_data_read(response->client_data, &client_data))
		return "The client data are not those of a browser.";
	fault = client_data_fault(&client_data, CLIENT_DATA_CREATE, ceremony);
	if (fault != NULL)
		return fault;

	if (!read_attestation(response->attestation_object, &attestation))
		return "The attestation object is not CBOR with its three members.";
	if (!authenticator_data_read((Octets){ attestation.authenticator_data.bytes,
										   attestation.authenticator_data.length },
								 passkey))
		return "The authenticator data are malformed.";
	fault = authenticator_data_fault(passkey, ceremony);
	if (fault != NULL)
		return fault;

	if (!(passkey->flags & AUTHENTICATOR_AT))
		return "There is no key.";
	if (!cose_read(passkey->public_key.bytes, passkey->public_key.length, &key))
		return "The key is of no algorithm that was asked for.";
	if (algorithm_fault(&key.parts) != NULL)
		return "The key is not sound.";
	return attestation_fault(&attestation, &key, &client_data);
}
