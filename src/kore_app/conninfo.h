/*
 * conninfo.h: what a connection to the database is opened with.
 *
 * DATABASE_URL comes first, then libpq's own environment (PGPASSWORD,
 * PGSERVICE and so on), then what Jerry wants: short timeouts, keepalives and
 * the limits that the server is to keep.  Hosts are not in here but in
 * resolve.h.
 */
#ifndef JERRY_CONNINFO_H
#define JERRY_CONNINFO_H

#include <stdbool.h>

/*
 * Keywords and values for PQconnectStartParams(), ended by a NULL keyword.
 * There is room for the three host parameters at the end.
 */
typedef struct Conninfo
{
	const char **keywords;
	const char **values;
	int			count;
	unsigned	timeout_ms;		/* connect_timeout: for one attempt */
} Conninfo;

/* Reads DATABASE_URL; returns false when libpq cannot make sense of it. */
extern bool conninfo_configure(const char *database_url);

/*
 * Builds the parameters for one lane: its name ends application_name, its
 * settings ("-c name=value ...") go before those of the user, who has the last
 * word.  The result lives as long as the process.
 */
extern Conninfo conninfo_build(const char *lane, const char *settings);

#endif							/* JERRY_CONNINFO_H */
