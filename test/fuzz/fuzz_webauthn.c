/*
 * fuzz_webauthn.c: libFuzzer target: what authenticators answer
 * (registration.c, assertion.c, and all that they are made of).
 *
 * The first byte says what follows: R is a registration, of client data and an
 * attestation object, A an assertion, of client data, authenticator data, a
 * signature and the key.  All but the last have their length in front, in two
 * bytes.  The challenge that is asked for is the one that comes back: left
 * alone a fuzzer would not get behind it.
 *
 * Beyond crashes this looks for what is accepted of another origin, another RP
 * ID or another challenge, or with a changed byte in what is signed.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "fuzz.h"
#include "webauthn/assertion.h"
#include "webauthn/client_data.h"
#include "webauthn/cose.h"
#include "webauthn/registration.h"

static const char *const origins[] = { "https://example.org", "http://localhost:18500" };
static const char *const others[] = { "https://example.com" };

static const uint8 *next;
static const uint8 *end;

/* A part of the input, in memory that ends with it. */
static Octets
next_part(bool last)
{
	int length = end - next;
	uint8 *bytes;

	if (!last)
	{
		int wanted = length < 2 ? 0 : next[0] << 8 | next[1];

		next += Min(length, 2);
		length = Min(wanted, end - next);
	}
	bytes = palloc(length);
	memcpy(bytes, next, length);
	next += length;
	return (Octets){ bytes, length };
}

static bool
lies_in(const void *part, int length, Octets whole)
{
	const uint8 *start = part;

	return start >= whole.bytes && start + length <= whole.bytes + whole.length;
}

/* The ceremony that would fit, and those that do not. */
static Ceremony
ceremony_for(Octets client_data_json, const char *rp_id)
{
	Ceremony ceremony = {
		.challenge = "AAAA", .rp_id = rp_id, .origins = origins, .origin_count = lengthof(origins)
	};
	ClientData client_data;

	if (client_data_read(client_data_json, &client_data))
		ceremony.challenge = client_data.challenge;
	return ceremony;
}

#define MISFITS 3

static Ceremony
misfit(Ceremony ceremony, int kind)
{
	if (kind == 0)
		ceremony.challenge = psprintf("%s.", ceremony.challenge);
	else if (kind == 1)
		ceremony.rp_id = "example.net";
	else
	{
		ceremony.origins = others;
		ceremony.origin_count = 1;
	}
	return ceremony;
}

static void
check_registration(const char *rp_id)
{
	RegistrationResponse response = { .client_data = next_part(false) };
	AuthenticatorData passkey;
	Ceremony ceremony = ceremony_for(response.client_data, rp_id);
	CoseKey key;

	response.attestation_object = next_part(true);
	if (registration_fault(&response, &ceremony, &passkey) != NULL)
		return;
	REQUIRE(lies_in(passkey.credential_id.bytes, passkey.credential_id.length,
					response.attestation_object));
	REQUIRE(passkey.credential_id.length >= CREDENTIAL_ID_MIN &&
			passkey.credential_id.length <= CREDENTIAL_ID_MAX);
	REQUIRE(lies_in(passkey.public_key.bytes, passkey.public_key.length,
					response.attestation_object));
	REQUIRE(lies_in(passkey.aaguid, UUID_LEN, response.attestation_object));
	REQUIRE(cose_read(passkey.public_key.bytes, passkey.public_key.length, &key));
	REQUIRE(algorithm_load(&key.parts) != NULL);
	REQUIRE(passkey.flags & AUTHENTICATOR_UP);
	for (int i = 0; i < MISFITS; i++)
	{
		Ceremony other = misfit(ceremony, i);

		REQUIRE(registration_fault(&response, &other, &passkey) != NULL);
	}
}

static void
check_assertion(const char *rp_id)
{
	AssertionResponse response = { .client_data = next_part(false),
								   .authenticator_data = next_part(false),
								   .signature = next_part(false) };
	KnownPasskey passkey = { .public_key = next_part(true) };
	Ceremony ceremony = ceremony_for(response.client_data, rp_id);
	Assertion assertion;
	Octets *parts[] = { &response.client_data, &response.authenticator_data };

	if (assertion_fault(&response, &ceremony, &passkey, &assertion) != NULL)
		return;
	for (int i = 0; i < MISFITS; i++)
	{
		Ceremony other = misfit(ceremony, i);

		REQUIRE(assertion_fault(&response, &other, &passkey, &assertion) != NULL);
	}
	for (int i = 0; i < lengthof(parts); i++)
	{
		uint8 *byte = unconstify(uint8 *, parts[i]->bytes) + parts[i]->length / 2;

		*byte ^= 1;
		REQUIRE(assertion_fault(&response, &ceremony, &passkey, &assertion) != NULL);
		*byte ^= 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const rp_ids[] = { "example.org", "localhost" };

	if (size == 0)
		return 0;
	for (int i = 0; i < lengthof(rp_ids); i++)
	{
		next = data + 1;
		end = data + size;
		if (data[0] == 'R')
			check_registration(rp_ids[i]);
		else if (data[0] == 'A')
			check_assertion(rp_ids[i]);
		shim_end_statement();
	}
	return 0;
}
