/*
 * negotiation.c: reads Accept-Encoding and If-None-Match.
 */
#include "http/negotiation.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *
after_space(const char *p)
{
	return p + strspn(p, " \t");
}

/* Is the weight in the parameters of a list element (";q=0.5") zero? */
static bool
weight_is_zero(const char *parameters, size_t length)
{
	const char *end = parameters + length;
	const char *p = memchr(parameters, ';', length);

	if (p == NULL)
		return false;
	p = after_space(p + 1);
	if (strncasecmp(p, "q=0", 3) != 0)
		return false;
	p += 3;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0");
	return after_space(p) >= end;
}

/* "*" stands for what is not named. */
bool
negotiation_accepts_gzip(const char *header)
{
	bool others = false;
	const char *p = header;

	for (;;)
	{
		size_t length;
		size_t name;
		bool accepted;

		p = after_space(p);
		length = strcspn(p, ",");
		name = strcspn(p, ";, \t");
		accepted = !weight_is_zero(p, length);

		if ((name == 4 && strncasecmp(p, "gzip", 4) == 0) ||
			(name == 6 && strncasecmp(p, "x-gzip", 6) == 0))
			return accepted;
		if (name == 1 && *p == '*')
			others = accepted;

		if (p[length] == '\0')
			return others;
		p += length + 1;
	}
}

bool
negotiation_has_copy(const char *header, const char *etag)
{
	size_t etag_length = strlen(etag);
	const char *p = header;

	for (;;)
	{
		p = after_space(p);
		if (*p == '*')
			return true;
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		if (strncmp(p, etag, etag_length) == 0)
			return true;

		p += strcspn(p, ",");
		if (*p == '\0')
			return false;
		p++;
	}
}
