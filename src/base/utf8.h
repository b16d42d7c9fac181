/*
 * utf8.h: where the characters of a text end.
 */
#ifndef JERRY_UTF8_H
#define JERRY_UTF8_H

/* The bytes of the UTF-8 character at p, before end; 0: none (RFC 3629). */
static inline int
utf8_length(const unsigned char *p, const unsigned char *end)
{
	unsigned char lowest = 0x80;
	unsigned char highest = 0xbf;
	int length;

	if (*p < 0x80)
		return 1;
	if (*p >= 0xc2 && *p <= 0xdf)
		length = 2;
	else if (*p >= 0xe0 && *p <= 0xef)
		length = 3;
	else if (*p >= 0xf0 && *p <= 0xf4)
		length = 4;
	else
		return 0;
	if (*p == 0xe0)
		lowest = 0xa0; /* longer than needed */
	else if (*p == 0xed)
		highest = 0x9f; /* surrogates */
	else if (*p == 0xf0)
		lowest = 0x90;
	else if (*p == 0xf4)
		highest = 0x8f; /* beyond Unicode */

	if (end - p < length || p[1] < lowest || p[1] > highest)
		return 0;
	for (int i = 2; i < length; i++)
	{
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

#endif /* JERRY_UTF8_H */
