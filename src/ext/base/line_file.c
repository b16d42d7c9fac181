/*
 * line_file.c: see line_file.h.
 */
#include "base/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"

bool
path_is_folder(const char *path)
{
	struct stat status;

	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME), errmsg("path of a file must be absolute")));
	if (stat(path, &status) != 0)
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not find file \"%s\": %m", path)));
	if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is neither a regular file nor a folder", path)));
	return S_ISDIR(status.st_mode);
}

LineFile *
line_file_open(const char *path)
{
	LineFile *lines = palloc0(sizeof(LineFile));
	struct stat status;

	lines->path = path;
	/* Without waiting for somebody who writes, should it be a pipe by now. */
	lines->file = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	if (lines->file < 0)
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
	if (fstat(lines->file, &status) != 0 || !S_ISREG(status.st_mode))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a regular file", path)));
	return lines;
}

/* false: the file has ended. */
static bool
read_chunk(LineFile *lines)
{
	ssize_t n;

	CHECK_FOR_INTERRUPTS();
	n = read(lines->file, lines->chunk, sizeof(lines->chunk));
	if (n < 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read file \"%s\": %m", lines->path)));
	lines->at = 0;
	lines->end = n;
	return n > 0;
}

/* Adds bytes to the line, as many as there is room for. */
static void
add_bytes(LineFile *lines, const char *bytes, int n)
{
	int room = LINE_MAX_BYTES - lines->length;

	lines->has_nul |= memchr(bytes, '\0', n) != NULL;
	lines->is_too_long |= n > room;
	n = Min(n, room);
	memcpy(lines->line + lines->length, bytes, n);
	lines->length += n;
}

static void
skip_mark(LineFile *lines)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (lines->length < 3 || memcmp(lines->line, mark, 3) != 0)
		return;
	lines->length -= 3;
	memmove(lines->line, lines->line + 3, lines->length);
}

bool
line_file_next(LineFile *lines)
{
	bool has_begun = false;
	bool has_ended = false;

	lines->length = 0;
	lines->is_too_long = false;
	/* What has a byte 0 may have no line at all. */
	while (!has_ended && !lines->has_nul && (lines->at < lines->end || read_chunk(lines)))
	{
		const char *from = lines->chunk + lines->at;
		const char *end = memchr(from, '\n', lines->end - lines->at);
		int n = end != NULL ? end - from : lines->end - lines->at;

		has_begun = true;
		has_ended = end != NULL;
		add_bytes(lines, from, n);
		lines->at += n + has_ended;
	}
	if (!has_begun)
		return false;
	if (++lines->number == 1)
		skip_mark(lines);
	if (lines->length > 0 && lines->line[lines->length - 1] == '\r')
		lines->length--;
	lines->line[lines->length] = '\0';
	return true;
}

void
line_file_close(LineFile *lines)
{
	CloseTransientFile(lines->file);
	pfree(lines);
}
