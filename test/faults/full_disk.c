/*
 * full_disk.c: preloaded into a server, plays a full disk.
 *
 * While the file FLAG exists, no file below base/ grows: a write beyond its end
 * fails with ENOSPC, as on a file system without a free block.  Writes within a
 * file succeed there too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int
is_full(int fd, off_t end)
{
	char link[64];
	char path[4096];
	struct stat file;
	ssize_t length;
	int saved = errno;
	int full = 0;

	if (access(FLAG, F_OK) == 0 && fstat(fd, &file) == 0 && end > file.st_size)
	{
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, path, sizeof(path) - 1);
		if (length > 0)
		{
			path[length] = '\0';
			full = strstr(path, "/base/") != NULL;
		}
	}
	errno = full ? ENOSPC : saved;
	return full;
}

ssize_t
pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	static ssize_t (*next)(int, const void *, size_t, off_t);

	if (next == NULL)
		*(void **) &next = dlsym(RTLD_NEXT, "pwrite64");
	return is_full(fd, offset + (off_t) size) ? -1 : next(fd, data, size, offset);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
	return pwrite64(fd, data, size, offset);
}

ssize_t
pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
	static ssize_t (*next)(int, const struct iovec *, int, off_t);
	off_t end = offset;

	if (next == NULL)
		*(void **) &next = dlsym(RTLD_NEXT, "pwritev64");
	for (int i = 0; i < count; i++)
		end += parts[i].iov_len;
	return is_full(fd, end) ? -1 : next(fd, parts, count, offset);
}

ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev64(fd, parts, count, offset);
}

int
posix_fallocate64(int fd, off_t offset, off_t length)
{
	static int (*next)(int, off_t, off_t);

	if (next == NULL)
		*(void **) &next = dlsym(RTLD_NEXT, "posix_fallocate64");
	return is_full(fd, offset + length) ? ENOSPC : next(fd, offset, length);
}

int
posix_fallocate(int fd, off_t offset, off_t length)
{
	return posix_fallocate64(fd, offset, length);
}
