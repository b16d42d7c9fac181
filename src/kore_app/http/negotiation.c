/*
 * negotiation.c: reads Accept-Encoding, Accept-Language and If-None-Match.
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

/*
 * The weight in the parameters of a list element (";q=0.5"), in thousandths;
 * what is malformed counts as left out.
 */
static int
weight(const char *parameters, size_t length)
{
	const char *end = parameters + length;
	const char *p = memchr(parameters, ';', length);
	int thousandths;

	if (p == NULL)
		return 1000;
	p = after_space(p + 1);
	if (strncasecmp(p, "q=", 2) != 0 || (p[2] != '0' && p[2] != '1'))
		return 1000;
	thousandths = (p[2] - '0') * 1000;
	p += 3;
	if (*p == '.')
	{
		p++;
		for (int place = 100; place > 0 && *p >= '0' && *p <= '9'; place /= 10)
			thousandths += place * (*p++ - '0');
		p += strspn(p, "0123456789");
	}
	return after_space(p) >= end && thousandths <= 1000 ? thousandths : 1000;
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
		accepted = weight(p, length) > 0;

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

/* "de-AT" asks for "de" (RFC 4647, 3.4), "*" for the first. */
static bool
asks_for(const char *range, size_t length, const char *language, bool is_first)
{
	size_t language_length = strlen(language);

	if (length == 1 && *range == '*')
		return is_first;
	return length >= language_length && strncasecmp(range, language, language_length) == 0 &&
		   (length == language_length || range[language_length] == '-');
}

size_t
negotiation_language(const char *header, const char *const languages[])
{
	const char *p = header;
	size_t best = 0;
	int best_weight = 0;

	for (;;)
	{
		size_t length;
		int liked;

		p = after_space(p);
		length = strcspn(p, ",");
		liked = weight(p, length);
		for (size_t i = 0; liked > best_weight && languages[i] != NULL; i++)
		{
			if (asks_for(p, strcspn(p, ";, \t"), languages[i], i == 0))
			{
				best = i;
				best_weight = liked;
			}
		}
		if (p[length] == '\0')
			return best;
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
