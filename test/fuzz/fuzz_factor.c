/*
 * fuzz_factor.c: libFuzzer target: what somebody types as the code of an app or
 * as a recovery code, and names that get into the URI of an app (totp.c,
 * recovery.c, base32.c).
 *
 * The input is what is typed, a name and an address at once.  Before the first
 * input the algorithm is held against the values of RFC 6238 and RFC 4648.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factor/base32.h"
#include "factor/recovery.h"
#include "factor/totp.h"
#include "fuzz.h"

#define URI_MAX	 32768
#define IN_A_URI "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%:/?&="

extern int LLVMFuzzerInitialize(int *argc, char ***argv);

static const uint8_t secret[] = "12345678901234567890";
#define SECRET_LENGTH (sizeof(secret) - 1)

/* RFC 6238, appendix B: of eight digits the last six. */
static const struct
{
	int64_t time;
	int32_t code;
} published[] = {
	{ 59, 287082 },
	{ 1111111109, 81804 },
	{ 1111111111, 50471 },
	{ 1234567890, 5924 },
	{ 2000000000, 279037 },
	{ 20000000000, 353130 },
};

static void
check_base32(void)
{
	/* RFC 4648, 10, without padding. */
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "MY" },
		{ "fo", "MZXQ" },
		{ "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" },
		{ "fooba", "MZXW6YTB" },
		{ "foobar", "MZXW6YTBOI" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		char out[BASE32_LENGTH(6) + 1];

		base32_encode(BASE32_RFC4648, (const uint8_t *) pairs[i][0], strlen(pairs[i][0]), out);
		REQUIRE(strcmp(out, pairs[i][1]) == 0);
		REQUIRE(strlen(out) == BASE32_LENGTH(strlen(pairs[i][0])));
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	check_base32();
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
	{
		int64_t now = published[i].time;
		int64_t step = now / TOTP_PERIOD;
		int64_t found;

		REQUIRE(totp_code(secret, SECRET_LENGTH, step) == published[i].code);
		for (int64_t ahead = -2; ahead <= 2; ahead++)
		{
			TotpVerdict verdict =
				totp_check(secret, SECRET_LENGTH, totp_code(secret, SECRET_LENGTH, step + ahead),
						   now, -1, &found);

			REQUIRE((verdict == TOTP_RIGHT) == (ahead >= -1 && ahead <= 1));
			REQUIRE(verdict != TOTP_RIGHT || found == step + ahead);
		}
		/* A step is good once, and none before it is. */
		for (int64_t last = step - 1; last <= step + 1; last++)
			REQUIRE((totp_check(secret, SECRET_LENGTH, published[i].code, now, last, &found) ==
					 TOTP_RIGHT) == (last < step));
	}
	return 0;
}

/* Any six digits, in any number of blanks, and nothing else. */
static void
check_code(const char *typed, size_t n)
{
	char digits[TOTP_DIGITS + 1] = "";
	size_t have = 0;
	bool fits = true;
	int64_t step;
	int32_t code = totp_read(typed, n);

	for (size_t i = 0; i < n; i++)
	{
		if (typed[i] == ' ')
			continue;
		if (have < TOTP_DIGITS)
			digits[have] = typed[i];
		have++;
		fits = fits && typed[i] >= '0' && typed[i] <= '9';
	}
	REQUIRE((code != TOTP_NO_CODE) == (fits && have == TOTP_DIGITS));
	REQUIRE(code == TOTP_NO_CODE || code == atoi(digits));
	REQUIRE(code >= TOTP_NO_CODE && code < TOTP_CODES);
	if (code == TOTP_NO_CODE)
		REQUIRE(totp_check(secret, SECRET_LENGTH, code, 59, -1, &step) == TOTP_WRONG);
}

/* What is read is in the alphabet, and reads the same when it is shown. */
static void
check_recovery(const char *typed, size_t n)
{
	char code[RECOVERY_LENGTH + 1];
	char again[RECOVERY_LENGTH + 1];
	char shown[RECOVERY_SHOWN + 1];
	uint8_t bytes[RECOVERY_BYTES] = { 0 };

	if (recovery_read(typed, n, code))
	{
		REQUIRE(strlen(code) == RECOVERY_LENGTH);
		REQUIRE(strspn(code, BASE32_CROCKFORD) == RECOVERY_LENGTH);
		recovery_show(code, shown);
		REQUIRE(strlen(shown) == RECOVERY_SHOWN && shown[5] == '-');
		REQUIRE(recovery_read(shown, RECOVERY_SHOWN, again) && strcmp(code, again) == 0);
	}
	memcpy(bytes, typed, n < sizeof(bytes) ? n : sizeof(bytes));
	recovery_make(bytes, code);
	REQUIRE(recovery_read(code, RECOVERY_LENGTH, again) && strcmp(code, again) == 0);
}

/* Of the names only what needs no escape is in the URI. */
static void
check_uri(const char *typed, size_t n)
{
	static char uri[URI_MAX];
	char *name = exact_copy(typed, n);
	char *text = malloc(n + 1);
	char *small;
	size_t length;

	REQUIRE(text != NULL);
	memcpy(text, name, n);
	text[n] = '\0';
	length = totp_uri(text, text, secret, SECRET_LENGTH, uri, sizeof(uri));
	REQUIRE(strlen(uri) == (length < sizeof(uri) ? length : sizeof(uri) - 1));
	REQUIRE(strspn(uri, IN_A_URI) == strlen(uri));
	REQUIRE(strncmp(uri, "otpauth://totp/", 15) == 0);
	/* Too little room: as much as fits, and a zero byte. */
	small = exact_copy(uri, 16);
	REQUIRE(totp_uri(text, text, secret, SECRET_LENGTH, small, 16) == length);
	REQUIRE(memcmp(small, uri, 15) == 0 && small[15] == '\0');
	free(small);
	free(text);
	free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *typed = exact_copy(data, size);

	check_code(typed, size);
	check_recovery(typed, size);
	if (size < 2048)
		check_uri(typed, size);
	free(typed);
	return 0;
}
