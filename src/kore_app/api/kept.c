/*
 * kept.c: see kept.h.
 */
#include "api/kept.h"

#include <string.h>

#include "base/lengthof.h"

#define ROUTES_MAX	4
#define LENGTH_MAX	65536
#define LIFETIME_MS (60 * 60 * 1000) /* a key that was stolen must not live here for long */

typedef struct Kept
{
	const Route *route; /* NULL: the place is free */
	char *body;
	size_t length;
	uint64_t since;
} Kept;

static Kept kept[ROUTES_MAX];

/* The place of a row, or a free one for it, or NULL. */
static Kept *
place_of(const Route *route)
{
	for (size_t i = 0; i < lengthof(kept); i++)
	{
		if (kept[i].route == route || kept[i].route == NULL)
			return &kept[i];
	}
	return NULL;
}

void
kept_store(const Route *route, const char *body, size_t length)
{
	Kept *place = route->parameters[0].source == FROM_NOWHERE ? place_of(route) : NULL;

	if (place == NULL || length > LENGTH_MAX)
		return;
	if (place->length != length || memcmp(place->body, body, length) != 0)
	{
		place->body = kore_realloc(place->body, length);
		memcpy(place->body, body, length);
	}
	place->route = route;
	place->length = length;
	place->since = kore_time_ms();
}

const char *
kept_find(const Route *route, size_t *length)
{
	const Kept *place = place_of(route);

	if (place == NULL || place->route == NULL || kore_time_ms() - place->since > LIFETIME_MS)
		return NULL;
	*length = place->length;
	return place->body;
}
