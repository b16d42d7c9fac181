/*
 * pace.c: see pace.h.
 */
#include "domain/pace.h"

#include <time.h>

#include "base/settings.h"
#include "hash/bcrypt.h"

/* Nanoseconds. */
#define MEMORY	  10e6 /* of what was waited for, as work and waiting */
#define SLEEP_MIN 20e3 /* it is not worth less */
#define SLEEP_MAX 20e6
#define WORK_MAX  1e9 /* so long may it take because of us */

/* Of working and waiting: without company, and with. */
#define WAITING_ALONE 0.04
#define WAITING_AMONG 0.10

/* Kept from work to work. */
static double pace_mean; /* share of the waiting */

static double pace_begun;
static double pace_last; /* look, or end of the sleep */
static double pace_ran;	 /* by the processor's clock of this process */
static double pace_left; /* rounds */

static double
clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

void
pace_begin(uint64 rounds)
{
	if (jerry_bcrypt_least_share >= 1)
		return;
	pace_begun = pace_last = clock_now(CLOCK_MONOTONIC);
	pace_ran = clock_now(CLOCK_THREAD_CPUTIME_ID);
	pace_left = rounds;
}

/*
 * The least share of so many lanes: few hashes at a time may take more each, as
 * they are fewer.  No work takes too long by it: with the time that is left for
 * it comes the share that it needs.
 */
static double
least_share(int nlanes, double now, double ns_per_round)
{
	static const double more[BCRYPT_LANES + 1] = { 1, 2, 1.6, 1.3, 1 };
	double time_left = pace_begun + WORK_MAX - now;
	double needed = pace_left * ns_per_round;

	if (time_left <= needed)
		return 1;
	return Max(jerry_bcrypt_least_share * more[nlanes], needed / time_left);
}

void
pace_look(int nlanes, uint32 rounds)
{
	double now;
	double now_ran;
	double ran;
	double passed;
	double waited;
	double least;
	double share;
	double pause;

	if (jerry_bcrypt_least_share >= 1)
		return;
	now = clock_now(CLOCK_MONOTONIC);
	now_ran = clock_now(CLOCK_THREAD_CPUTIME_ID);
	ran = now_ran - pace_ran;
	passed = now - pace_last;
	waited = Max(0, passed - ran);
	pace_mean = (pace_mean * MEMORY + waited) / (MEMORY + ran + waited);
	pace_left = Max(0, pace_left - rounds);

	least = Min(1, least_share(nlanes, now, ran / rounds));
	share = pace_mean <= WAITING_ALONE	 ? 1
			: pace_mean >= WAITING_AMONG ? least
										 : 1 - (pace_mean - WAITING_ALONE) /
												   (WAITING_AMONG - WAITING_ALONE) * (1 - least);
	pause = Min(ran / share - passed, SLEEP_MAX);
	if (pause > SLEEP_MIN)
	{
		struct timespec t = { .tv_nsec = (long) pause };

		(void) nanosleep(&t, NULL);
		now = clock_now(CLOCK_MONOTONIC);
		now_ran = clock_now(CLOCK_THREAD_CPUTIME_ID);
	}
	pace_last = now;
	pace_ran = now_ran;
}
