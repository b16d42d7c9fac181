/*
 * fuzz_email.c: libFuzzer target: the syntax of an address (email.c).  The
 * input is the address.
 *
 * The stored form goes into SQL values, JSON, mail headers and logs: beyond
 * crashes and leaks this looks for one with anything in it that one of these
 * could misread, checked here in the plainest way there is, and for one that is
 * not its own.
 */
#include <ctype.h>
#include <stdbool.h>
#include <strings.h>

#include "domain/email.h"
#include "fuzz.h"

static bool
contains(const char *bytes, size_t length, const char *what)
{
	return memmem(bytes, length, what, strlen(what)) != NULL;
}

static bool
is_ascii(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((bytes[i] & 0x80) != 0)
			return false;
	return true;
}

/*
 * No-break spaces, what is invisible, what turns the direction, what ends a
 * line.
 */
static void
check_outside_of_ascii(const char *address, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		REQUIRE(address[i] != '\xc2' ||
				((unsigned char) address[i + 1] > 0xa0 && address[i + 1] != '\xad'));
	for (int last = 0x80; last <= 0xaf; last++)
		if (last <= 0x8f || last >= 0xa8)
			REQUIRE(!contains(address, length, (char[]){ '\xe2', '\x80', (char) last, '\0' }));
	REQUIRE(!contains(address, length, "\xef\xbb\xbf"));
}

static void
check_stored(const char *address, size_t length)
{
	const char *at = memchr(address, '@', length);
	size_t local_length;
	size_t domain_length;

	REQUIRE(at != NULL && length <= EMAIL_MAX);
	local_length = at - address;
	domain_length = address + length - (at + 1);
	REQUIRE(local_length >= 1);
	REQUIRE(local_length <= 64 || !is_ascii(address, local_length));
	REQUIRE(domain_length >= 3 && domain_length <= 253);
	REQUIRE(memchr(at + 1, '@', domain_length) == NULL);
	REQUIRE(memchr(at + 1, '.', domain_length) != NULL);
	for (size_t i = 0; i < length; i++)
		REQUIRE((address[i] & 0x80) != 0 || (address[i] > ' ' && address[i] <= '~' &&
											 strchr("\"(),:;<>[\\]", address[i]) == NULL));
	check_outside_of_ascii(address, length);
	for (size_t i = 0; i < domain_length; i++)
		REQUIRE(isalnum((unsigned char) at[1 + i]) || at[1 + i] == '.' || at[1 + i] == '-');
	REQUIRE(address[0] != '.' && address[length - 1] != '.');
	REQUIRE(!contains(address, length, "..") && !contains(address, length, ".@") &&
			!contains(address, length, "@."));
	REQUIRE(!contains(at, domain_length + 1, "@-") && !contains(at, domain_length + 1, ".-"));
	REQUIRE(!contains(at, domain_length + 1, "-."));
	REQUIRE(isalpha((unsigned char) address[length - 1]));
}

/* Only the bytes of the address count: not what is behind it in memory. */
static void
check_with_more_behind(const char *address, size_t length, EmailVerdict verdict)
{
	static const char behind[] = { '.', '@', 'a', '-', '\0', (char) 0xff };
	char *longer = malloc(length + 1);
	char stored[EMAIL_MAX + 1];

	REQUIRE(longer != NULL);
	memcpy(longer, address, length);
	for (size_t i = 0; i < sizeof(behind); i++)
	{
		longer[length] = behind[i];
		REQUIRE(email_read(longer, length, stored) == verdict);
	}
	free(longer);
}

/*
 * jerry.user is unique by the lower-case form of ASCII: no address may be valid
 * in one case and not in the other.  (Outside of ASCII a capital may join with
 * a mark where the small letter does not.).
 */
static void
check_other_case(const char *address, size_t length, EmailVerdict verdict, const char *stored)
{
	char *other = exact_copy(address, length);
	char other_stored[EMAIL_MAX + 1];

	for (size_t i = 0; i < length; i++)
		other[i] = islower((unsigned char) other[i]) ? toupper((unsigned char) other[i])
													 : tolower((unsigned char) other[i]);
	REQUIRE(email_read(other, length, other_stored) == verdict);
	REQUIRE((verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED) ||
			strcasecmp(stored, other_stored) == 0);
	free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *address = exact_copy(data, size);
	char stored[EMAIL_MAX + 1];
	EmailVerdict verdict = email_read(address, size, stored);

	if (verdict == EMAIL_VALID || verdict == EMAIL_OUTDATED)
	{
		char again[EMAIL_MAX + 1];

		check_stored(stored, strlen(stored));
		REQUIRE(verdict != EMAIL_VALID || stored[0] != '-');
		REQUIRE(email_read(stored, strlen(stored), again) == verdict && strcmp(stored, again) == 0);
	}
	check_with_more_behind(address, size, verdict);
	if (is_ascii(address, size))
		check_other_case(address, size, verdict, stored);
	free(address);
	return 0;
}
