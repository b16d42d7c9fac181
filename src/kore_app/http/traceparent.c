/*
 * traceparent.c: see traceparent.h.
 */
#include "http/traceparent.h"

#include <string.h>

#include "base/lengthof.h"
#include "base/log.h"

#define HEX_DIGITS "0123456789abcdef"

/* Digits from here to the next hyphen, and whether they may all be 0. */
static const struct
{
	size_t digits;
	bool may_be_zero;
} traceparent_parts[] = { { 32, false }, { 16, false }, { 2, true } };

bool
traceparent_is_valid(const char *text)
{
	if (strnlen(text, TRACEPARENT_SIZE) != TRACEPARENT_SIZE - 1 || strncmp(text, "00-", 3) != 0)
		return false;
	text += 3;
	for (size_t i = 0; i < lengthof(traceparent_parts); i++)
	{
		size_t digits = traceparent_parts[i].digits;

		if (strspn(text, HEX_DIGITS) != digits ||
			(!traceparent_parts[i].may_be_zero && strspn(text, "0") == digits))
			return false;
		text += digits;
		if (*text != (i + 1 < lengthof(traceparent_parts) ? '-' : '\0'))
			return false;
		text++;
	}
	return true;
}
