/*
 * version.c: do a program and the database's extension fit together?
 */
#include "base/version.h"

bool
version_agrees(const char *a, const char *b)
{
	int dots = 0;

	for (; *a == *b && *a != '\0'; a++, b++)
	{
		if (*a == '.' && ++dots == 2)
			return true;
	}
	return *a == *b;
}
