/*
 * recovery.c: see recovery.h.
 */
#include "factor/recovery.h"

#include <string.h>

#include "factor/base32.h"

#define GROUP 5

void
recovery_make(const uint8_t random[RECOVERY_BYTES], char out[RECOVERY_LENGTH + 1])
{
	char digits[BASE32_LENGTH(RECOVERY_BYTES) + 1];

	base32_encode(BASE32_CROCKFORD, random, RECOVERY_BYTES, digits);
	memcpy(out, digits, RECOVERY_LENGTH);
	out[RECOVERY_LENGTH] = '\0';
}

void
recovery_show(const char *code, char out[RECOVERY_SHOWN + 1])
{
	memcpy(out, code, GROUP);
	out[GROUP] = '-';
	memcpy(out + GROUP + 1, code + GROUP, RECOVERY_LENGTH - GROUP + 1);
}

/* A character of the alphabet that is meant; or 0. */
static char
meant(char c)
{
	if (c >= 'a' && c <= 'z')
		c += 'A' - 'a';
	if (c == 'I' || c == 'L')
		return '1';
	if (c == 'O')
		return '0';
	return c != '\0' && strchr(BASE32_CROCKFORD, c) != NULL ? c : '\0';
}

bool
recovery_read(const char *typed, size_t n, char out[RECOVERY_LENGTH + 1])
{
	int have = 0;

	for (size_t i = 0; i < n; i++)
	{
		char c = meant(typed[i]);

		if (typed[i] == ' ' || typed[i] == '-')
			continue;
		if (c == '\0' || have == RECOVERY_LENGTH)
			return false;
		out[have++] = c;
	}
	out[have] = '\0';
	return have == RECOVERY_LENGTH;
}
