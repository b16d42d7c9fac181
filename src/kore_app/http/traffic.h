/*
 * traffic.h: counts the requests, by what served them and how they ended.
 *
 * A row is a method and a path of the table of routes, never what a client has
 * written.  What becomes of logins and the like follows from these counts when
 * the page is written; nothing is counted twice.
 */
#ifndef JERRY_TRAFFIC_H
#define JERRY_TRAFFIC_H

#include <stdint.h>
#include <stdio.h>

/* Rows that are there without being added. */
#define TRAFFIC_UNREAD	 0 /* refused before it was read */
#define TRAFFIC_UNROUTED 1 /* no route serves it, or it is an OPTIONS request */

/* Which codes the answers of a row can have. */
typedef enum TrafficKind
{
	TRAFFIC_SIDECAR,  /* the sidecar's own */
	TRAFFIC_DATABASE, /* and the database's */
	TRAFFIC_RFC		  /* and those of the RFCs of OAuth 2.0 */
} TrafficKind;

/* Takes over the first two rows.  Call once, in the parent. */
extern void traffic_configure(void);

/* Adds a row; returns its number.  The strings live as long as the process. */
extern unsigned traffic_add_row(const char *method, const char *path, TrafficKind kind);

/*
 * Counts an answer; code is NULL if it has none.  The duration of what was not
 * read does not count.
 */
extern void traffic_count(unsigned row, int status, const char *code, uint64_t duration_us);

/* Writes the figures. */
extern void traffic_write(FILE *page);

#endif /* JERRY_TRAFFIC_H */
