/*
 * pg.h: connections to PostgreSQL that never block the event loop.
 *
 * A connection opens, proves that the database has Jerry in our version,
 * prepares its group's statements, executes the group's probe, and then takes
 * queries, several at once where the group's depth allows (pipeline mode with
 * one sync for each query, so that no query can spoil its neighbours).  When it
 * is lost it opens again by itself; what was sent on it is reported as lost and
 * never sent again.
 *
 * While a server does not answer one connection at a time tries, after a pause
 * that grows from 50 ms to half a second.  Each group of a server gets one
 * connection before any gets two, if need be at the cost of one that has more.
 *
 * A server session that is not the connection's own, where statements that it
 * has prepared are unknown and others are there, means that a pooler hands out
 * transactions.  Nothing can be relied on then: after the second time all
 * connections to the server are given up for some seconds, and the log says so.
 *
 * A server that refuses to write (SQLSTATE 25006) is a standby or has become
 * one: the connection is dropped, to open again where the URL leads to by now.
 * When the URL asks for a server that can write, so are all others to it.
 */
#ifndef JERRY_PG_H
#define JERRY_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "db/statement.h"

#define PG_MAX_DEPTH 16

typedef struct PgConn PgConn;

/*
 * A server, or several of which a URL leads to one.  Each has its own state of
 * reachability.
 */
typedef struct PgServer PgServer;

/* The one value that a query answered with. */
typedef struct pg_result PgAnswer;

/*
 * Connections that are alike.  The owner fills in all but the last eight
 * members and keeps the group for as long as the process lives.
 *
 * "query" is what the owner gave to pg_send(); for each exactly one of
 * answered, refused and lost is called.  All of them are called from the event
 * loop only, and may call pg_send().
 */
typedef struct PgGroup
{
	PgServer *server;
	const char *name;			/* for the log and application_name */
	const char *server_options; /* "-c name=value ..." for the server */
	const char *probe;			/* SQL of one value; the same in every group */
	unsigned probe_ms;			/* pause between probes; 0: only at the start */
	bool leased;				/* see pg_trust() */
	bool is_standby;			/* that it does not write is no fault */
	int depth;					/* queries under way on one connection */
	unsigned silence_ms;		/* without an answer for so long it is closed */

	/*
	 * A row arrived and its transaction has ended; the owner frees the answer.
	 */
	void (*answered)(void *query, PgAnswer *answer);

	/*
	 * The server refused: SQLSTATE and primary message.  The message may hold
	 * what users typed in.
	 */
	void (*refused)(void *query, const char *sqlstate, const char *message);

	/* The connection is gone; nobody knows what became of the query. */
	void (*lost)(void *query);

	/*
	 * The answer to a probe, with the time of the question; NULL when the
	 * server refused.  Returns NULL, or why the connection is of no use.
	 */
	const char *(*probed)(PgConn *conn, uint64_t asked_at, const char *answer);

	/* A connection became ready, has room again, or went down. */
	void (*changed)(struct PgGroup *group);

	/* Where connections that broke and attempts that failed are counted. */
	MetricsCell lost_cell;
	MetricsCell failed_cell;
	MetricsCell durations_cell; /* and how long statements took */

	const struct Conninfo *conninfo;
	const Statement **statements;
	int nstatements;
	PgConn *conns;
	int nconns;
	int nready;
	int nopen;	 /* not closed: ready, or on the way to it or from it */
	bool failed; /* the last attempt; the other groups come first once */
} PgGroup;

/*
 * Adds the server of a URL.  Returns NULL when libpq cannot make sense of it.
 * It lives as long as the process.
 */
extern PgServer *pg_add_server(const char *url);

/*
 * Adds a group with nconns connections, of which a server's open in the order
 * in which they were added, once pg_start() has been called.
 */
extern void pg_add_group(PgGroup *group, int nconns);

/* Adds a statement to those that every connection of the group prepares. */
extern void pg_add_statement(PgGroup *group, const Statement *statement);

/* Begins to open connections. */
extern void pg_start(void);

/*
 * To be called every few milliseconds: opens what is to be opened and drops
 * what does not answer.  now is kore_time_ms().
 */
extern void pg_tick(uint64_t now);

/*
 * How many connections take queries.  Those of a leased group do until the time
 * of pg_trust(), and none before it was called.
 */
extern int pg_usable(const PgGroup *group);

/* How many queries are under way on its connections. */
extern int pg_under_way(const PgGroup *group);

/* The connection with the most room among those, or NULL. */
extern PgConn *pg_vacant(PgGroup *group);

/* How many of those have no query under way; *idle becomes one of them. */
extern int pg_idle(PgGroup *group, PgConn **idle);

/* Trusts a connection of a leased group until this time, at least. */
extern void pg_trust(PgConn *conn, uint64_t until);

/* Is it trusted now?  Connections of other groups always are. */
extern bool pg_is_trusted(const PgConn *conn);

/* The group of a connection. */
extern PgGroup *pg_group(const PgConn *conn);

/*
 * Sends one call of a statement of the group.  The values are text, NULL for an
 * SQL null, and may be wiped on return.  With a traceparent, which is "" for
 * none, the session has that in its application_name as long as the statement
 * runs.  What goes wrong is told by lost(), later.
 */
extern void pg_send(PgConn *conn, const Statement *statement, const char *const *values,
					const char *traceparent, void *query);

/*
 * The bytes of the answer, and a zero byte behind them, or NULL; valid until
 * pg_free_answer().
 */
extern const char *pg_answer_body(const PgAnswer *answer, size_t *length);

/* Frees an answer; NULL is ignored. */
extern void pg_free_answer(PgAnswer *answer);

/* Closes every connection for good.  Queries under way are reported as lost. */
extern void pg_stop(void);

#endif /* JERRY_PG_H */
