/*
 * memory.h: what a program does that gets no memory.
 *
 * It ends: what it was about comes again from the outbox.
 */
#ifndef JERRY_MEMORY_H
#define JERRY_MEMORY_H

#include <stdlib.h>

static inline void *
must_have(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

#endif /* JERRY_MEMORY_H */
