/*
 * conninfo.h: what a connection to the database is opened with.
 *
 * The URL comes first, then libpq's own environment (PGPASSWORD,
 * PGSERVICE and so on), then what Jerry wants: short timeouts, keepalives and
 * the limits that the server is to keep.  Hosts are not in here but in
 * resolve.h.
 */
#ifndef JERRY_CONNINFO_H
#define JERRY_CONNINFO_H

#include <stdbool.h>

#include "base/resolve.h"

/* A URL of the configuration, read. */
typedef struct ConninfoUrl
{
	struct _PQconninfoOption *options;
	Resolver *resolver;
	bool writable; /* target_session_attrs asks for a server that can
								 * write */
} ConninfoUrl;

/*
 * Keywords and values for PQconnectStartParams(), ended by a NULL keyword.
 * There is room for the three host parameters at the end.
 */
typedef struct Conninfo
{
	const char **keywords;
	const char **values;
	int count;
	unsigned timeout_ms; /* connect_timeout: for one attempt */
} Conninfo;

/*
 * Reads a URL, or a string of keywords and values, with the environment that is
 * there now.  Returns NULL when libpq cannot make sense of it.  The result
 * lives as long as the process.  Where the connection is exposed, a libpq that
 * can (16 and later) gives the password to nobody who does not know it already,
 * unless the user says otherwise: require_auth.
 */
extern ConninfoUrl *conninfo_read(const char *text);

/*
 * Would a connection go over a network without proof of who is at the other
 * end?  text is one that conninfo_read() takes.
 */
extern bool conninfo_is_exposed(const char *text);

/*
 * Builds the parameters for one lane: its name ends application_name, its
 * settings ("-c name=value ...") go before those of the user, who has the last
 * word.  The result lives as long as the process.
 */
extern Conninfo conninfo_build(const ConninfoUrl *url, const char *lane, const char *settings);

/*
 * Puts the hosts in, in place of others; the list has to live until libpq has
 * read them.
 */
extern void conninfo_set_hosts(const Conninfo *conninfo, const HostList *hosts);

#endif /* JERRY_CONNINFO_H */
