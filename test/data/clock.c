/*
 * clock.c: preloaded into a server, sets its clock.
 *
 * The file OFFSET holds the number of seconds by which the clock is ahead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/time.h>

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
	int result = real(now, zone);
	FILE *file = fopen(OFFSET, "r");
	long seconds;

	if (file != NULL)
	{
		if (fscanf(file, "%ld", &seconds) == 1)
			now->tv_sec += seconds;
		fclose(file);
	}
	return result;
}
