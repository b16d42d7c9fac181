/*
 * fuzz_email.c
 *		libFuzzer target: the syntax of an address (email.c).  The input is the address.
 *
 * What is accepted goes into SQL values, JSON, mail headers and logs: beyond crashes this looks for an accepted address with anything in it that
 * one of these could misread, checked here in the plainest way there is.
 */
#include <ctype.h>

#include "email.h"
#include "fuzz.h"

static bool
contains(const char *bytes, size_t length, const char *what)
{
	return memmem(bytes, length, what, strlen(what)) != NULL;
}

static void
check_accepted(const char *address, size_t length)
{
	const char *at = memchr(address, '@', length);
	size_t local_length;
	size_t domain_length;

	REQUIRE(at != NULL && length <= 254);
	local_length = at - address;
	domain_length = address + length - (at + 1);
	REQUIRE(local_length >= 1 && local_length <= 64);
	REQUIRE(domain_length >= 3 && domain_length <= 253);
	REQUIRE(memchr(at + 1, '@', domain_length) == NULL);
	REQUIRE(memchr(at + 1, '.', domain_length) != NULL);
	for (size_t i = 0; i < length; i++)
		REQUIRE(address[i] > ' ' && address[i] <= '~' && strchr("\"(),:;<>[\\]", address[i]) == NULL);
	for (size_t i = 0; i < domain_length; i++)
		REQUIRE(isalnum((unsigned char) at[1 + i]) || at[1 + i] == '.' || at[1 + i] == '-');
	REQUIRE(address[0] != '.' && address[length - 1] != '.');
	REQUIRE(!contains(address, length, "..") && !contains(address, length, ".@") && !contains(address, length, "@."));
	REQUIRE(!contains(at, domain_length + 1, "@-") && !contains(at, domain_length + 1, ".-") && !contains(at, domain_length + 1, "-."));
	REQUIRE(isalpha((unsigned char) address[length - 1]));
}

/* Only the bytes of the address count: not what is behind it in memory. */
static void
check_with_more_behind(const char *address, size_t length, bool accepted)
{
	static const char behind[] = { '.', '@', 'a', '-', '\0', (char) 0xff };
	char *longer = malloc(length + 1);

	REQUIRE(longer != NULL);
	memcpy(longer, address, length);
	for (size_t i = 0; i < sizeof(behind); i++)
	{
		longer[length] = behind[i];
		REQUIRE(email_is_valid(longer, length) == accepted);
	}
	free(longer);
}

/* jerry.user is unique by the lower-case form: no address may be valid in one case and not in the other. */
static void
check_other_case(const char *address, size_t length, bool accepted)
{
	char *other = exact_copy(address, length);

	for (size_t i = 0; i < length; i++)
		other[i] = islower((unsigned char) other[i]) ? toupper((unsigned char) other[i]) : tolower((unsigned char) other[i]);
	REQUIRE(email_is_valid(other, length) == accepted);
	free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *address = exact_copy(data, size);
	bool accepted = email_is_valid(address, size);

	if (accepted)
		check_accepted(address, size);
	check_with_more_behind(address, size, accepted);
	check_other_case(address, size, accepted);
	free(address);
	return 0;
}
