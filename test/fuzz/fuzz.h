/*
 * fuzz.h: what the fuzz targets share: a broken promise, and memory in which a
 * read past the end is found.
 */
#ifndef JERRY_FUZZ_H
#define JERRY_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Stops with a report, and so makes the input a finding, unless the condition
 * holds.
 */
#define REQUIRE(condition)                                                            \
	do                                                                                \
	{                                                                                 \
		if (!(condition))                                                             \
		{                                                                             \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                  \
		}                                                                             \
	} while (0)

/* A copy of length bytes and not one more; the caller frees it. */
static inline char *
exact_copy(const void *bytes, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);

	REQUIRE(copy != NULL);
	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* JERRY_FUZZ_H */
