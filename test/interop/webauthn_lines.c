/*
 * webauthn_lines.c: the extension's checks of passkeys as a filter, for the
 * tests, in the backend of the fuzz targets.  A line has words with blanks
 * between them; bytes are in hexadecimal, - if there are none:
 *
 *	register RP_ID ORIGINS VERIFIES CHALLENGE CLIENT_DATA ATTESTATION
 *					answers "good", the credential id, the key, the AAGUID, the
 *					flags and the count, or what is wrong
 *	assert RP_ID ORIGINS VERIFIES CHALLENGE CLIENT_DATA AUTHENTICATOR_DATA
 *			SIGNATURE KEY COUNT ELIGIBLE
 *					answers "good", the count, and whether the user was
 *					verified, the key is backed up and the counter has
 *					regressed, or what is wrong
 *	cbor BYTES		is it one item?
 *
 * ORIGINS have commas between them; what is true or false is 1 or 0.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "fuzz.h"
#include "webauthn/assertion.h"
#include "webauthn/cbor.h"
#include "webauthn/registration.h"

#define ORIGINS_MAX 8

static char *words; /* what is left of the line */

static char *
next_word(void)
{
	char *word = strsep(&words, " ");

	REQUIRE(word != NULL);
	return word;
}

/* Memory that ends where the bytes do. */
static Octets
next_octets(void)
{
	const char *hex = next_word();
	int length = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
	uint8 *bytes = palloc(length);

	for (int i = 0; i < length; i++)
	{
		unsigned byte;

		REQUIRE(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		bytes[i] = byte;
	}
	return (Octets){ bytes, length };
}

static bool
next_flag(void)
{
	return strcmp(next_word(), "1") == 0;
}

static Ceremony
next_ceremony(void)
{
	static const char *origins[ORIGINS_MAX];
	Ceremony ceremony = { .rp_id = next_word(), .origins = origins };

	for (char *list = next_word(); list != NULL;)
	{
		REQUIRE(ceremony.origin_count < ORIGINS_MAX);
		origins[ceremony.origin_count++] = strsep(&list, ",");
	}
	ceremony.verifies_user = next_flag();
	ceremony.challenge = next_word();
	return ceremony;
}

static void
print_octets(const uint8 *bytes, int length)
{
	putchar(' ');
	for (int i = 0; i < length; i++)
		printf("%02x", bytes[i]);
}

static void
check_registration(void)
{
	Ceremony ceremony = next_ceremony();
	RegistrationResponse response = { .client_data = next_octets() };
	AuthenticatorData passkey;
	const char *fault;

	response.attestation_object = next_octets();
	fault = registration_fault(&response, &ceremony, &passkey);
	printf("%s", fault != NULL ? fault : "good");
	if (fault == NULL)
	{
		print_octets(passkey.credential_id.bytes, passkey.credential_id.length);
		print_octets(passkey.public_key.bytes, passkey.public_key.length);
		print_octets(passkey.aaguid, UUID_LEN);
		printf(" %02x %u", passkey.flags, passkey.sign_count);
	}
}

static void
check_assertion(void)
{
	Ceremony ceremony = next_ceremony();
	AssertionResponse response = { .client_data = next_octets() };
	KnownPasskey passkey;
	Assertion assertion;
	const char *fault;

	response.authenticator_data = next_octets();
	response.signature = next_octets();
	passkey.public_key = next_octets();
	passkey.sign_count = strtoul(next_word(), NULL, 10);
	passkey.backup_eligible = next_flag();
	fault = assertion_fault(&response, &ceremony, &passkey, &assertion);
	printf("%s", fault != NULL ? fault : "good");
	if (fault == NULL)
		printf(" %u %d %d %d", assertion.sign_count, assertion.user_verified, assertion.backed_up,
			   assertion.counter_regressed);
}

static void
check_cbor(void)
{
	Octets octets = next_octets();
	CborItem item;

	printf("%s", cbor_read_whole(octets.bytes, octets.length, &item) ? "yes" : "no");
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0)
	{
		const char *what;

		line[length - 1] = '\0';
		words = line;
		what = next_word();
		if (strcmp(what, "register") == 0)
			check_registration();
		else if (strcmp(what, "assert") == 0)
			check_assertion();
		else
			check_cbor();
		putchar('\n');
		fflush(stdout);
		shim_end_statement();
	}
	free(line);
	return 0;
}
