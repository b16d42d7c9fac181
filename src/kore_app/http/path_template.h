/*
 * path_template.h: paths with places for values, "/sessions/{session_id}".
 *
 * A value is one whole segment of 1 to 128 unreserved characters (RFC 3986,
 * 2.3), which nobody has to encode, other than "." and ".."; a path with
 * anything else there is another path.
 */
#ifndef JERRY_PATH_TEMPLATE_H
#define JERRY_PATH_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_VALUE_MAX 128

/*
 * Does the path match?  A pattern that ends in '/', except "/" itself, matches
 * all paths below it.
 */
extern bool path_matches(const char *pattern, const char *path);

/*
 * The value of a name of the pattern in a path that matches it; its length in
 * *length.  NULL: the pattern has no such name.
 */
extern const char *path_value(
	const char *pattern, const char *path, const char *name, size_t *length);

#endif /* JERRY_PATH_TEMPLATE_H */
