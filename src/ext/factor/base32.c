/*
 * base32.c: see base32.h.
 */
#include "factor/base32.h"

void
base32_encode(const char *alphabet, const uint8_t *bytes, size_t n, char *out)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++)
	{
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 5;)
		{
			have -= 5;
			*out++ = alphabet[bits >> have & 31];
		}
	}
	if (have > 0)
		*out++ = alphabet[bits << (5 - have) & 31];
	*out = '\0';
}
