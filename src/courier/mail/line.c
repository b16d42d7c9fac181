/*
 * line.c: connections to the mail server, which are kept for the next mail.
 */
#include "mail/line.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "core/loop.h"
#include "core/memory.h"
#include "core/transfer.h"
#include "core/workers.h"

/* A connection is kept for so long: shorter than servers do. */
#define IDLE_MS 20000

static void on_idle(void *nothing);

static Line *idle_lines; /* the one that was used last comes first */
static LoopTimer idle_timer = { .fire = on_idle };

/*
 * In a thread, because the server is told.  What it says to that nobody listens
 * to: libcurl would wait for it, two minutes at most.
 */
static void
hang_up(void *argument)
{
	Line *line = argument;
	curl_socket_t fd;

	if (curl_easy_getinfo(line->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
		fd != CURL_SOCKET_BAD)
		(void) shutdown(fd, SHUT_RD);
	curl_easy_cleanup(line->easy);
	line->easy = NULL;
}

/*
 * Ends the connections that have had no mail for some time: those at the end.
 */
static void
on_idle(void *nothing)
{
	uint64_t now = loop_now();
	Line **link = &idle_lines;

	(void) nothing;
	while (*link != NULL && now - (*link)->used < IDLE_MS)
		link = &(*link)->next;
	while (*link != NULL)
	{
		Line *line = *link;

		*link = line->next;
		workers_give(hang_up, free, line);
	}
	if (idle_lines != NULL)
		loop_set_timer(&idle_timer, IDLE_MS);
}

Line *
line_take(void)
{
	Line *line = idle_lines;

	if (line != NULL)
	{
		idle_lines = line->next;
		return line;
	}
	line = must_have(calloc(1, sizeof(*line)));
	line->easy = transfer_new();
	return line;
}

void
line_put_back(Line *line)
{
	curl_easy_reset(line->easy); /* which keeps the connection, and nothing of the mail */
	transfer_prepare(line->easy);
	line->used = loop_now();
	line->next = idle_lines;
	idle_lines = line;
	if (!idle_timer.set)
		loop_set_timer(&idle_timer, IDLE_MS);
}
