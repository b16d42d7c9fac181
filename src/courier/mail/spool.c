/*
 * spool.c: mails as files in a folder.
 *
 * There are tokens in them: nobody but this user, and the group that the folder
 * gives them, reads them.
 */
#include "mail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder;

bool
spool_open(const char *path)
{
	folder = path;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return false;
	return faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

static bool
write_all(int fd, const char *text, size_t length)
{
	while (length > 0)
	{
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		text += written;
		length -= (size_t) written;
	}
	return fsync(fd) == 0;
}

/* A name is safe when its folder is. */
static bool
keep_names(void)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	int error = errno;

	if (fd >= 0)
		(void) close(fd);
	errno = error;
	return done;
}

bool
spool_write(int64_t event_id, const char *name, const char *message, size_t length)
{
	char *path = NULL;
	char *unfinished = NULL;
	bool done = false;
	int error;
	int fd;

	if (asprintf(&path, "%s/%06" PRId64 ".%s.eml", folder, event_id, name) < 0 ||
		asprintf(&unfinished, "%s/.%06" PRId64 ".%s.eml", folder, event_id, name) < 0)
		abort();
	/* One that is there may be open, or another's: it is not written to. */
	(void) unlink(unfinished);
	fd = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd >= 0)
	{
		done = write_all(fd, message, length);
		done = close(fd) == 0 && done;
		done = done && rename(unfinished, path) == 0 && keep_names();
	}
	error = errno;
	if (fd >= 0 && !done)
		(void) unlink(unfinished);
	free(unfinished);
	free(path);
	errno = error;
	return done;
}
