/*
 * repeats.c: see repeats.h.
 */
#include "base/repeats.h"

#include <stdio.h>
#include <string.h>


#define KINDS	  32
#define WINDOW_MS 1000

/* The last one is for what finds no place. */
static Repeat kinds[KINDS + 1];
static int kinds_known;
static int handed_out;
static uint64_t began; /* 0: nothing was refused yet in this second */

/* What is kept may have been cut to its size. */
static bool
is_same(const char *kept, size_t size, const char *text)
{
	return strncmp(kept, text, size - 1) == 0;
}

bool
repeats_is_first(int status, const char *code, const char *path, const char *remote)
{
	Repeat *kind;

	code = code != NULL ? code : "";
	path = path != NULL ? path : "";
	remote = remote != NULL ? remote : "";
	for (int i = 0; i < kinds_known; i++)
	{
		kind = &kinds[i];
		if (kind->status == status && is_same(kind->code, sizeof(kind->code), code) &&
			is_same(kind->path, sizeof(kind->path), path) &&
			is_same(kind->remote, sizeof(kind->remote), remote))
		{
			kind->count++;
			return false;
		}
	}
	if (kinds_known == KINDS)
	{
		kinds[KINDS].status = status;
		kinds[KINDS].count++;
		return false;
	}
	kind = &kinds[kinds_known++];
	kind->status = status;
	kind->count = 0;
	snprintf(kind->code, sizeof(kind->code), "%s", code);
	snprintf(kind->path, sizeof(kind->path), "%s", path);
	snprintf(kind->remote, sizeof(kind->remote), "%s", remote);
	return true;
}

const Repeat *
repeats_next(uint64_t now, bool flush)
{
	if (kinds_known == 0)
		return NULL;
	if (began == 0)
		began = now;
	if (now - began < WINDOW_MS && !flush)
		return NULL;

	while (handed_out <= KINDS)
	{
		const Repeat *kind = &kinds[handed_out++];

		if (kind->count > 0 && (kind < &kinds[kinds_known] || kind == &kinds[KINDS]))
			return kind;
	}
	kinds_known = handed_out = 0;
	kinds[KINDS].count = 0;
	began = 0;
	return NULL;
}
