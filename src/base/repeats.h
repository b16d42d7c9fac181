/*
 * repeats.h: refusals that say the same again, counted instead of logged.
 *
 * One client that is refused all the time would write thousands of lines a
 * second.  The first refusal of its kind in a second is logged as it is; the
 * rest becomes one line when the second is over.  Memory is fixed: what finds
 * no place is counted together.
 */
#ifndef JERRY_REPEATS_H
#define JERRY_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#define REPEATS_PATH_SIZE 64

/* Refusals of one kind: those of the same status, code, path and client. */
typedef struct Repeat
{
	int status;
	char code[32];
	char path[REPEATS_PATH_SIZE]; /* cut off; empty: unknown, or of many kinds */
	char remote[46];			  /* as path */
	uint64_t count;				  /* beyond the one that was logged */
} Repeat;

/*
 * Is such a refusal to be logged?  If not, it was counted.  NULL is as good as
 * an empty string.
 */
extern bool repeats_is_first(int status, const char *code, const char *path, const char *remote);

/*
 * Hands out what was counted, when its second is over or flush is set, one kind
 * at a time; NULL when there is no more, and a new second begins.  now is in
 * milliseconds.
 */
extern const Repeat *repeats_next(uint64_t now, bool flush);

#endif /* JERRY_REPEATS_H */
