/*
 * totp_lines.c: Jerry's codes of authenticator apps as a filter, for the tests.
 * A line has a secret in hexadecimal and a Unix time; the code of that time is
 * the line of the answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factor/totp.h"

#define SECRET_MAX 64

int
main(void)
{
	char hex[2 * SECRET_MAX + 1];
	int64_t time;

	while (scanf("%128s %" SCNd64, hex, &time) == 2)
	{
		uint8_t secret[SECRET_MAX];
		size_t n = strlen(hex) / 2;

		for (size_t i = 0; i < n; i++)
		{
			unsigned byte;

			if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
				abort();
			secret[i] = (uint8_t) byte;
		}
		printf("%06" PRId32 "\n", totp_code(secret, n, totp_step(time)));
	}
	return 0;
}
