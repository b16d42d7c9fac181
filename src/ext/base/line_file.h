/*
 * line_file.h: reading a text file of the server line by line, in a memory that
 * does not depend on the file.
 */
#ifndef JERRY_LINE_FILE_H
#define JERRY_LINE_FILE_H

#include "base/jerry.h"

#define LINE_MAX_BYTES	1024 /* of a line; nobody needs what is longer */
#define LINE_FILE_CHUNK 65536

typedef struct LineFile
{
	const char *path;
	int file;
	char chunk[LINE_FILE_CHUNK];
	int at;
	int end;
	int64 number;	  /* of the line, from 1 */
	bool is_too_long; /* the line has more bytes than there are here */
	bool has_nul;	  /* somewhere: this is no text, and may be read no further */
	int length;
	char line[LINE_MAX_BYTES + 1]; /* terminated, without its end (LF, CR LF) */
} LineFile;

/* Is there a folder at a path?  An error if nothing can be there. */
extern bool path_is_folder(const char *path);

/*
 * Opens a regular file, which links may lead to; an error if that cannot be.
 * The end of the transaction closes it as well.
 */
extern LineFile *line_file_open(const char *path);

/*
 * The next line, without a byte order mark at the beginning of the file; false:
 * there is none.  Can be interrupted.
 */
extern bool line_file_next(LineFile *lines);

extern void line_file_close(LineFile *lines);

#endif /* JERRY_LINE_FILE_H */
