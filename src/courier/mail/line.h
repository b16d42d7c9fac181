/*
 * line.h: connections to the mail server, which are kept for the next mail.
 */
#ifndef JERRY_LINE_H
#define JERRY_LINE_H

#include <stdint.h>

#include <curl/curl.h>

/* A connection; libcurl has it in a handle. */
typedef struct Line
{
	CURL *easy;
	uint64_t used; /* when it was last */
	struct Line *next;
} Line;

/*
 * One that is open already, if there is one; its handle has no options but
 * common ones.
 */
extern Line *line_take(void);

/* For the next mail, if that comes within some seconds. */
extern void line_put_back(Line *line);

#endif /* JERRY_LINE_H */
