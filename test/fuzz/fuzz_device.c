/*
 * fuzz_device.c: libFuzzer target: what a client sends as the token of a known
 * device (known_device.c).
 *
 * The input is such a token, and beside it says where one of ours is changed.
 * Whoever is not given a token must not have one: beyond crashes and reads past
 * the end this looks for any other bytes that open what a token of ours opens.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "base/bytes.h"
#include "domain/known_device.h"
#include "fuzz.h"
#include "store/installation_secret.h"
#include "store/user.h"

/* 1 byte, a UUID and a digest, in base64url. */
#define TOKEN_LENGTH 66

static const pg_uuid_t ada = { { 1, 2, 3, 4 } };
static const pg_uuid_t eve = { { 1, 2, 3, 5 } };

bool
store_installation_secret(uint8 secret[SHA256_LENGTH])
{
	memset(secret, 's', SHA256_LENGTH);
	return true;
}

/* There are two, by the first letter of their addresses. */
bool
store_find_user_by_email(const char *email, Hold hold, StoredUser *user)
{
	user->id = email[0] == 'a' ? ada : eve;
	return email[0] == 'a' || email[0] == 'e';
}

/* A change of one character of a token of ours: it opens nothing any more. */
static void
check_changed(const char *token, const uint8_t *data, size_t size)
{
	char *changed = pstrdup(token);
	pg_uuid_t device;

	changed[data[0] % TOKEN_LENGTH] = size > 1 ? (char) data[1] : '\0';
	if (strcmp(changed, token) != 0)
		REQUIRE(!known_device_is("ada", changed, &device));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *given = palloc0(size + 1);
	char *token;
	pg_uuid_t device;
	pg_uuid_t again;
	bool known;

	memcpy(given, data, size);
	token = known_device_token(&ada, NULL, &known);
	REQUIRE(!known);
	REQUIRE(strlen(token) == TOKEN_LENGTH);
	REQUIRE(known_device_is("ada", token, &device));
	REQUIRE(!known_device_is("eve", token, &again) && !known_device_is("nobody", token, &again));
	REQUIRE(strcmp(known_device_token(&ada, token, &known), token) == 0 && known);
	REQUIRE(strcmp(known_device_token(&eve, token, &known), token) != 0 && !known);

	REQUIRE(!known_device_is("ada", given, &again));
	REQUIRE(!known_device_is("nobody", given, &again));
	REQUIRE(strcmp(known_device_token(&ada, given, &known), given) != 0 && !known);
	if (size > 0)
		check_changed(token, data, size);
	shim_end_statement();
	return 0;
}
