/*
 * bcrypt_lines.c: Jerry's bcrypt as a filter, for the tests.  A line has one to
 * four pairs, the setting of a hash and the password in hexadecimal (- if it is
 * empty), which are hashed together; their hashes, or the word none for what is
 * no setting, are the line of the answer.
 *
 * With SECRETS it runs under valgrind, which takes the passwords for memory
 * without a value and reports every jump that depends on one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash/bcrypt.h"

#ifdef SECRETS
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(bytes, length) ((void) 0)
#define VALGRIND_MAKE_MEM_DEFINED(bytes, length)   ((void) 0)
#endif

#define PASSWORD_MAX 256 /* bytes */

typedef struct Hashed
{
	const char *setting;
	char *password; /* of no more memory than it needs */
	char hash[BCRYPT_LENGTH + 1];
} Hashed;

static size_t
read_password(const char *hex, Hashed *hashed)
{
	size_t length = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;

	hashed->password = malloc(length > 0 ? length : 1);
	if (hashed->password == NULL || length > PASSWORD_MAX)
		abort();
	for (size_t i = 0; i < length; i++)
	{
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			abort();
		hashed->password[i] = (char) byte;
	}
	VALGRIND_MAKE_MEM_UNDEFINED(hashed->password, length);
	return length;
}

/*
 * Hashes of different costs end at different times: what is left moves up.
 */
static void
hash_together(BcryptLane *lanes, Hashed **running, int n)
{
	while (n > 0)
	{
		uint32_t rounds = UINT32_MAX;

		for (int i = 0; i < n; i++)
			rounds = lanes[i].left < rounds ? lanes[i].left : rounds;
		bcrypt_advance(lanes, n, rounds);
		for (int i = n - 1; i >= 0; i--)
			if (lanes[i].left == 0)
			{
				bcrypt_finish(&lanes[i], running[i]->setting, running[i]->hash);
				n--;
				running[i] = running[n];
				lanes[i] = lanes[n];
			}
	}
}

int
main(void)
{
	static BcryptLane lanes[BCRYPT_LANES];
	static char line[BCRYPT_LANES * (2 * PASSWORD_MAX + 100)];

	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		Hashed hashed[BCRYPT_LANES] = { 0 };
		Hashed *running[BCRYPT_LANES];
		int n = 0;
		int started = 0;

		for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n"))
		{
			Hashed *next = &hashed[n++];
			char *hex = strtok(NULL, " \n");
			size_t length;

			if (n > BCRYPT_LANES || hex == NULL)
				abort();
			next->setting = word;
			length = read_password(hex, next);
			if (bcrypt_start(&lanes[started], next->password, length, word))
				running[started++] = next;
			else
				strcpy(next->hash, "none");
		}
		hash_together(lanes, running, started);
		for (int i = 0; i < n; i++)
		{
			VALGRIND_MAKE_MEM_DEFINED(hashed[i].hash, sizeof(hashed[i].hash));
			printf("%s%c", hashed[i].hash, i + 1 < n ? ' ' : '\n');
			free(hashed[i].password);
		}
	}
	return 0;
}
