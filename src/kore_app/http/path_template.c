/*
 * path_template.c: paths with places for values.
 */
#include "http/path_template.h"

#include <string.h>

/*
 * "." and "..": to clients and proxies they are folders, and the path another
 * one.
 */
static bool
is_dots(const char *value, size_t length)
{
	return value[0] == '.' && (length == 1 || (length == 2 && value[1] == '.'));
}

/*
 * Walks both up to the value of name, or to the first difference when name is
 * NULL.  Returns where the path's value stands; with a NULL name, the path's
 * end if it matches, and otherwise NULL.
 */
static const char *
walk(const char *pattern, const char *path, const char *name, size_t *length)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	while (*pattern != '\0')
	{
		size_t name_length;

		if (*pattern != '{')
		{
			if (*pattern++ != *path++)
				return NULL;
			continue;
		}
		name_length = strcspn(++pattern, "}");
		*length = strspn(path, unreserved);
		if (*length == 0 || *length > PATH_VALUE_MAX || is_dots(path, *length) ||
			(path[*length] != '/' && path[*length] != '\0'))
			return NULL;
		if (name != NULL && strlen(name) == name_length && memcmp(pattern, name, name_length) == 0)
			return path;
		pattern += name_length + 1;
		path += *length;
	}
	return name == NULL ? path : NULL;
}

bool
path_matches(const char *pattern, const char *path)
{
	size_t length;
	const char *rest = walk(pattern, path, NULL, &length);
	size_t pattern_length = strlen(pattern);

	if (rest == NULL)
		return false;
	return *rest == '\0' || (pattern_length > 1 && pattern[pattern_length - 1] == '/');
}

const char *
path_value(const char *pattern, const char *path, const char *name, size_t *length)
{
	return walk(pattern, path, name, length);
}
