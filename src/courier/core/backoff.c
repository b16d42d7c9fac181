/*
 * backoff.c: how long to wait before something that failed is tried again.
 */
#include "core/backoff.h"

#include <sys/random.h>

uint64_t
backoff_ms(unsigned failures, uint64_t first_ms, uint64_t longest_ms)
{
	uint64_t delay = first_ms;
	uint32_t chance = 0;

	while (failures-- > 1 && delay < longest_ms)
		delay *= 2;
	if (delay > longest_ms)
		delay = longest_ms;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = UINT32_MAX / 2;
	return delay - delay / 2 + (delay / 2 * chance >> 32);
}
