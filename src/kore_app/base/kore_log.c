/*
 * kore_log.c: what Kore itself has to say, as lines of our log.
 */
#include "base/kore_log.h"

#include <stdio.h>
#include <string.h>

#include "base/kore_compat.h"
#include "base/log.h"

/*
 * The write function of the stream that takes the place of stdout.  Kore is
 * told to be quiet, so that what it still prints is worth a warning.
 */
static ssize_t
capture(void *cookie, const char *text, size_t size)
{
	const char *end = text + size;

	(void) cookie;
	while (text < end)
	{
		const char *newline = memchr(text, '\n', (size_t) (end - text));
		const char *stop = newline != NULL ? newline : end;

		if (stop > text)
			log_line(LOG_LEVEL_WARNING, "kore", "%.*s", (int) (stop - text), text);
		text = stop + 1;
	}
	return (ssize_t) size;
}

void
kore_log_capture(void)
{
	cookie_io_functions_t functions = { .write = capture };
	FILE *stream = fopencookie(NULL, "w", functions);

	if (stream == NULL)
		return;
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	log_write_to(compat_take_log(stream));
}
