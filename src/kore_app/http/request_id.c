/*
 * request_id.c: names for requests, to find them again in the log.
 *
 * New ones are 128 bits of a generator that each worker seeds for itself:
 * unique, but no secret.
 */
#include "http/request_id.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include <kore/kore.h>


/* The next output of a SplitMix64 generator. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t mixed = (*state += 0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return mixed ^ (mixed >> 31);
}

/*
 * Is it short, and of characters that need no escape in a header or the log?
 */
static bool
is_usable(const char *given)
{
	size_t length = 0;

	while (length < REQUEST_ID_SIZE && given[length] != '\0' &&
		   (isalnum((unsigned char) given[length]) || strchr("._-", given[length]) != NULL))
		length++;
	return length > 0 && length < REQUEST_ID_SIZE && given[length] == '\0';
}

void
request_id_choose(const char *given, char id[REQUEST_ID_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	static uint64_t state[2];

	if (given != NULL && is_usable(given))
	{
		strcpy(id, given);
		return;
	}

	if (state[0] == 0 && getrandom(state, sizeof(state), 0) != sizeof(state))
		fatal("could not get random bytes: %s", errno_s);
	for (int i = 0; i < 2; i++)
	{
		uint64_t bits = next_random(&state[i]);

		for (int digit = 0; digit < 16; digit++, bits >>= 4)
			id[16 * i + digit] = hex[bits & 15];
	}
	id[32] = '\0';
}
