/*
 * lost_names.c: a disk that cannot keep the names of files: fsync() of a folder
 * fails.  For LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int
fsync(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
	{
		errno = EIO;
		return -1;
	}
	return (int) syscall(SYS_fsync, fd);
}
