/*
 * resolve.h: the addresses of the database hosts, looked up outside the event
 * loop.
 *
 * libpq resolves host names synchronously, and a dead name server holds it up
 * for many seconds.  So getaddrinfo() is called in a thread of its own, and
 * libpq is only ever given numeric addresses.  A host with several addresses
 * becomes several entries of libpq's host list, which keeps the meaning of
 * lists of hosts and of target_session_attrs.  Socket folders and numeric
 * addresses pass through.
 *
 * The sandbox has to let the thread call newfstatat, uname, sendmmsg and rseq.
 * It may refuse clone3 with ENOSYS, and netlink sockets: the C library does
 * without both.
 *
 * Everything here is called from the event loop and returns at once.
 */
#ifndef JERRY_RESOLVE_H
#define JERRY_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

/* The hosts of one URL. */
typedef struct Resolver Resolver;

/*
 * Libpq's parameters host, hostaddr and port: comma-separated lists with equal
 * numbers of entries.  A value is NULL when libpq is to use its default.
 */
typedef struct HostList
{
	char *host;
	char *hostaddr;
	char *port;
} HostList;

/*
 * Takes over the three parameters as the user gave them (any may be NULL).
 * Lists that libpq would refuse pass through as they are, so that libpq says
 * what is wrong with them.  The result lives as long as the process.
 */
extern Resolver *resolve_configure(const char *host, const char *hostaddr, const char *port);

/*
 * May the addresses be used now?  True when there is nothing to resolve or the
 * last look-up ended less than a second before now (in milliseconds, as of
 * kore_time_ms()); otherwise a look-up is under way and it pays to ask again.
 */
extern bool resolve_fresh(Resolver *resolver, uint64_t now);

/*
 * Fills in *list with the addresses that are known, beginning with entry number
 * first (taken modulo their number).  A name that cannot be resolved now keeps
 * its last known addresses; one that never could is left out.  Returns false
 * when nothing is left; resolve_error() says why.  The caller frees the list.
 */
extern bool resolve_hosts(Resolver *resolver, unsigned first, HostList *list);

/* Frees what resolve_hosts() filled in. */
extern void resolve_free(HostList *list);

/* Why the last look-up failed; valid until the next call. */
extern const char *resolve_error(Resolver *resolver);

#endif /* JERRY_RESOLVE_H */
