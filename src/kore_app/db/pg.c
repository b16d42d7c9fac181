/*
 * pg.c: see pg.h.
 *
 * Connections sit in Kore's epoll set, level-triggered, because libpq may leave
 * data unread.  Their slots are never freed: epoll may deliver an event of a
 * connection that was closed a moment before, in the same batch.
 *
 * A query is reported as answered at its sync, not at its row: in the extended
 * protocol the row is sent before the transaction commits, and an error of the
 * commit still follows it.
 */
#include "db/pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <kore/kore.h>
#include <libpq-fe.h>

#include "base/conninfo.h"
#include "base/log.h"
#include "base/resolve.h"
#include "base/version.h"

#define BACKOFF_MIN_MS	50
#define BACKOFF_MAX_MS	500
#define RESOLVE_WAIT_MS 1000  /* then the addresses known so far will do */
#define SETTLED_MS		1000  /* lost earlier, it counts as a failed attempt */
#define REPEAT_LOG_MS	60000 /* the same failure is logged so often */
#define TLS_READS		3
#define EAGER_PROBES	8
#define ANNOUNCE_MS		1000 /* connections that open together are logged together */

/*
 * Proofs of a pooler count together for so long; then it is left alone for so
 * long.
 */
#define POOLER_PROOFS	 2
#define POOLER_MEMORY_MS 60000
#define POOLER_PAUSE_MS	 10000

/* A name that all connections use: two of them in one server session clash. */
#define PROBE_NAME "jerry_probe"

/* Tells what a statement belongs to; PostgreSQL keeps 63 bytes of it. */
#define TRACE_NAME "jerry_trace"
#define TRACE_SQL                                      \
	"SELECT pg_catalog.set_config('application_name'," \
	" pg_catalog.concat('jerry/', $1::pg_catalog.text), true)"

/* SQLSTATEs */
#define READ_ONLY		   "25006" /* the server does not write */
#define UNKNOWN_NAME	   "26000" /* no such prepared statement */
#define NAME_TAKEN		   "42P05" /* there is such a prepared statement */
#define TOO_MANY_CLIENTS   "53300"
#define UNDEFINED_FUNCTION "42883"
#define UNDEFINED_OBJECT   "42704" /* a type */

typedef enum ConnState
{
	CONN_CLOSED,
	CONN_RESOLVING,	 /* waiting for the addresses of the hosts */
	CONN_CONNECTING, /* in PQconnectPoll() */
	CONN_PREPARING,	 /* version check and PREPAREs are under way */
	CONN_PROVING,	 /* the first probe is under way */
	CONN_READY,
	CONN_RETIRED, /* takes no more queries; pg_tick() closes it behind the last */
	CONN_BROKEN	  /* pg_tick() closes it */
} ConnState;

#define QUERIES_MAX (PG_MAX_DEPTH + 1)

struct PgConn
{
	struct kore_event event; /* must be first: Kore casts */
	PgGroup *group;
	PGconn *db; /* NULL while closed */
	ConnState state;
	int mask;		 /* what epoll waits for */
	uint64_t since;	 /* start of the attempt, then of readiness */
	int prepared;	 /* results seen while preparing */
	const char *why; /* it is to be closed; a constant, or NULL */
	uint64_t probed_at;
	bool probing;
	uint64_t trusted_until;

	/*
	 * Queries under way, a ring, and what has arrived for the first of them.
	 * The connection itself stands for a probe, for which there is always room.
	 */
	void *queries[QUERIES_MAX];
	int first;
	int count;
	uint64_t first_since; /* when it became the first */
	PGresult *held;
};

struct PgServer
{
	PgServer *next;
	const ConninfoUrl *url;
	PgConn **conns;
	int nconns;

	bool reachable;
	unsigned backoff_ms;
	uint64_t next_attempt;
	unsigned timeouts; /* of attempts; the next begins one address on */

	uint64_t announce_at; /* when new connections are logged; 0: none */
	int lost;			  /* connections since the last tick, and what was on them */
	int lost_queries;
	char lost_why[512];
	bool said_unlimited;

	int proofs; /* of a pooler */
	uint64_t last_proof_at;
	uint64_t said_pooler_at;
	uint64_t paused_until;

	char last_failure[512];
	uint64_t last_failure_at;
};

static PgServer *servers;
static bool stopped;

static void conn_event(void *arg, int error);

PgServer *
pg_add_server(const char *url)
{
	PgServer *server = calloc(1, sizeof(*server));

	if (server == NULL)
		fatalx("jerry: out of memory");
	server->url = conninfo_read(url);
	if (server->url == NULL)
	{
		free(server);
		return NULL;
	}
	server->next = servers;
	servers = server;
	return server;
}

void
pg_add_group(PgGroup *group, int count)
{
	PgServer *server = group->server;
	Conninfo *conninfo = malloc(sizeof(*conninfo));

	group->conns = calloc(count, sizeof(PgConn));
	group->nconns = count;
	group->nready = 0;
	server->conns = realloc(server->conns, (server->nconns + count) * sizeof(PgConn *));
	if (conninfo == NULL || group->conns == NULL || server->conns == NULL)
		fatalx("jerry: out of memory");

	*conninfo = conninfo_build(server->url, group->name, group->server_options);
	group->conninfo = conninfo;
	for (int i = 0; i < count; i++)
	{
		PgConn *conn = &group->conns[i];

		conn->event.type = KORE_TYPE_TASK;
		conn->event.handle = conn_event;
		conn->group = group;
		server->conns[server->nconns++] = conn;
	}
}

void
pg_add_statement(PgGroup *group, const Statement *statement)
{
	group->statements = realloc(
		group->statements, (size_t) (group->nstatements + 1) * sizeof(*group->statements));
	if (group->statements == NULL)
		fatalx("jerry: out of memory");
	group->statements[group->nstatements++] = statement;
}

/* A line for an attempt that failed, but not the same line every second. */
static void
log_failure(const PgGroup *group, const char *why, uint64_t now)
{
	PgServer *server = group->server;
	char line[sizeof(server->last_failure)];

	snprintf(line, sizeof(line), "%s", why);
	line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, server->last_failure) == 0 && now - server->last_failure_at < REPEAT_LOG_MS)
		return;
	memcpy(server->last_failure, line, sizeof(line));
	server->last_failure_at = now;
	log_line(LOG_LEVEL_WARNING, "database_unreachable", "%s lane: %s", group->name, line);
}

/* Puts the next attempt off; failures that come together count once. */
static void
back_off(PgServer *server, uint64_t now)
{
	if (now < server->next_attempt)
		return;
	server->backoff_ms = server->backoff_ms == 0 ? BACKOFF_MIN_MS : server->backoff_ms * 2;
	if (server->backoff_ms > BACKOFF_MAX_MS)
		server->backoff_ms = BACKOFF_MAX_MS;
	server->next_attempt =
		now + server->backoff_ms / 2 + arc4random_uniform(server->backoff_ms / 2 + 1);
}

/* Notes a connection that was lost; those of one moment are one line. */
static void
note_loss(PgServer *server, const PgConn *conn, const char *why)
{
	if (server->lost++ == 0)
		snprintf(server->lost_why, sizeof(server->lost_why), "%s lane: %.*s", conn->group->name,
				 (int) strcspn(why, "\r\n"), why);
	server->lost_queries += conn->count - conn->probing;
}

/* Writes what was noted about connections that came and went. */
static void
log_changes(PgServer *server, uint64_t now)
{
	char text[512] = "";
	size_t length = 0;
	bool complete = true;

	if (server->lost > 0)
		log_line(LOG_LEVEL_WARNING, "database_lost",
				 "%d connections with %d queries in progress; the first one, %s", server->lost,
				 server->lost_queries, server->lost_why);
	server->lost = server->lost_queries = 0;

	if (server->announce_at == 0)
		return;
	for (int i = 0; i < server->nconns; i++)
	{
		const PgGroup *group = server->conns[i]->group;

		if (server->conns[i] != group->conns)
			continue; /* not its first */
		complete &= group->nready == group->nconns;
		if (length < sizeof(text))
			length += (size_t) snprintf(text + length, sizeof(text) - length, "%s%s lane %d of %d",
										length > 0 ? ", " : "", group->name, group->nready,
										group->nconns);
	}
	if (!complete && now < server->announce_at)
		return;
	server->announce_at = 0;
	log_line(LOG_LEVEL_INFO, "database_connected", "connections: %s", text);
}

/* Closes a connection in whatever state it is, and reports its queries. */
static void
conn_close(PgConn *conn, const char *why)
{
	PgGroup *group = conn->group;
	PgServer *server = group->server;
	ConnState was = conn->state;
	void *queries[QUERIES_MAX];
	int count = conn->count;
	uint64_t now = kore_time_ms();

	if (was >= CONN_READY)
	{
		if (!stopped)
		{
			note_loss(server, conn, why);
			metrics_add(group->lost_cell, 1);
		}
		if (now - conn->since < SETTLED_MS)
			back_off(server, now);
		else
			server->next_attempt = now;
	}
	else
	{
		if (!stopped)
			log_failure(group, why, now);
		metrics_add(group->failed_cell, 1);
		back_off(server, now);
		group->failed = true;
	}
	server->reachable = false;
	if (was == CONN_READY)
		group->nready--;

	for (int i = 0; i < count; i++)
		queries[i] = conn->queries[(conn->first + i) % QUERIES_MAX];
	conn->count = 0;
	conn->probing = false;
	conn->why = NULL;
	conn->trusted_until = 0;
	group->nopen--;
	PQclear(conn->held);
	conn->held = NULL;
	PQfinish(conn->db);
	conn->db = NULL;
	conn->state = CONN_CLOSED;

	for (int i = 0; i < count; i++)
	{
		if (queries[i] != conn)
			group->lost(queries[i]);
	}
	if (was >= CONN_READY)
		group->changed(group);
}

/*
 * Tells epoll what to wait for.  While connecting libpq changes sockets, and
 * the new one often has the old one's number.
 */
static void
conn_watch(PgConn *conn, int mask)
{
	if (conn->state != CONN_CONNECTING && mask == conn->mask)
		return;
	kore_platform_event_schedule(PQsocket(conn->db), mask, 0, conn);
	conn->mask = mask;
}

/* Sends what libpq has to send; false when the connection is gone. */
static bool
conn_flush(PgConn *conn)
{
	int rest = PQflush(conn->db);

	if (rest < 0 || PQsocket(conn->db) < 0)
		return false;
	conn_watch(conn, EPOLLIN | EPOLLRDHUP | (rest > 0 ? EPOLLOUT : 0));
	return true;
}

/*
 * Notices may quote what users typed in, so only their SQLSTATE is logged.  An
 * error that belongs to no query (the server shuts down) comes this way too.
 */
static void
on_notice(void *arg, const PGresult *notice)
{
	const PgConn *conn = arg;
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	log_line(LOG_LEVEL_DEBUG, "database_notice", "%s lane: SQLSTATE %s",
			 conn->group->name, sqlstate != NULL ? sqlstate : "none");
}

/* Goes on with an attempt as soon as there are addresses to try. */
static void
conn_connect(PgConn *conn, uint64_t now)
{
	const Conninfo *conninfo = conn->group->conninfo;
	PgServer *server = conn->group->server;
	Resolver *resolver = server->url->resolver;
	HostList hosts = { 0 };

	if (!resolve_fresh(resolver, now) && now - conn->since < RESOLVE_WAIT_MS)
		return;
	if (!resolve_hosts(resolver, server->timeouts, &hosts))
	{
		conn_close(conn, resolve_error(resolver));
		return;
	}
	conninfo_set_hosts(conninfo, &hosts);
	conn->db = PQconnectStartParams(conninfo->keywords, conninfo->values, 0);
	resolve_free(&hosts);

	conn->since = now;
	conn->state = CONN_CONNECTING;
	if (conn->db == NULL || PQstatus(conn->db) == CONNECTION_BAD)
	{
		conn_close(conn, conn->db != NULL ? PQerrorMessage(conn->db) : "out of memory");
		return;
	}
	PQsetNoticeReceiver(conn->db, on_notice, conn);
	/* With the SQLSTATE; only the first line is used. */
	PQsetErrorVerbosity(conn->db, PQERRORS_VERBOSE);
	conn_watch(conn, EPOLLOUT);
}

/*
 * What a connection asks first.  A commit that does not wait for the disk would
 * break the promise that an acknowledged write is there after a crash; which of
 * the other settings of synchronous_commit is right is the operator's to say.
 * transaction_timeout is not known to every server, so it cannot stand among
 * the settings of a lane.  The last column shows whether those have arrived.
 */
#define VERSION_CHECK                                                                          \
	"SELECT jerry.version(),"                                                                  \
	" CASE WHEN pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'" \
	" THEN pg_catalog.set_config('synchronous_commit', 'on', false) END,"                      \
	" CASE WHEN pg_catalog.current_setting('transaction_timeout', true)"                       \
	" OPERATOR(pg_catalog.<>) '0'"                                                             \
	" THEN pg_catalog.set_config('transaction_timeout', '0', false) END,"                      \
	" pg_catalog.current_setting('statement_timeout')"

/* Sends the version check and the PREPAREs, in one go. */
static void
conn_prepare(PgConn *conn)
{
	PgGroup *group = conn->group;
	PGconn *db = conn->db;
	bool sent;

	conn->state = CONN_PREPARING;
	conn->prepared = 0;
	conn->mask = 0;

	/* What users typed in must not get into PQerrorMessage() from here on. */
	PQsetErrorVerbosity(db, PQERRORS_SQLSTATE);

	sent = PQsetnonblocking(db, 1) == 0 && PQenterPipelineMode(db) &&
		   PQsendQueryParams(db, VERSION_CHECK, 0, NULL, NULL, NULL, NULL, 0) &&
		   PQsendPrepare(db, PROBE_NAME, group->probe, 0, NULL) &&
		   PQsendPrepare(db, TRACE_NAME, TRACE_SQL, 0, NULL);
	for (int i = 0; sent && i < group->nstatements; i++)
	{
		const Statement *s = group->statements[i];

		sent = PQsendPrepare(db, s->name, s->sql, s->nparams, NULL);
	}
	if (!sent || !PQpipelineSync(db) || !conn_flush(conn))
		conn_close(conn, PQerrorMessage(db));
}

/* Sends the probe. */
static void
conn_probe(PgConn *conn, uint64_t now)
{
	conn->queries[(conn->first + conn->count) % QUERIES_MAX] = conn;
	if (conn->count++ == 0)
		conn->first_since = now;
	conn->probing = true;
	conn->probed_at = now;
	if (!PQsendQueryPrepared(conn->db, PROBE_NAME, 0, NULL, NULL, NULL, 0) ||
		!PQpipelineSync(conn->db) || !conn_flush(conn))
		conn_close(conn, PQerrorMessage(conn->db));
}

/* Lets a connection answer what it was asked, and then closes it. */
static void
conn_retire(PgConn *conn, const char *why)
{
	conn->state = CONN_RETIRED;
	conn->why = why;
	conn->group->nready--;
}

/*
 * The server does not let a connection in.  If it has no place for it, and no
 * other of its group has one, a group that has several gives one away.
 */
static void
conn_refused(PgConn *conn)
{
	PgGroup *poor = conn->group;
	PgServer *server = poor->server;
	bool full = strstr(PQerrorMessage(conn->db), ":  " TOO_MANY_CLIENTS ": ") != NULL;
	PgConn *spare = NULL;

	conn_close(conn, PQerrorMessage(conn->db));
	if (!full || poor->nopen > 0)
		return;
	for (int i = 0; i < server->nconns; i++)
	{
		PgConn *other = server->conns[i];

		if (other->state == CONN_RETIRED)
			return; /* one at a time */
		if (other->state == CONN_READY && other->group->nready > 1 &&
			(spare == NULL || other->group->nready > spare->group->nready))
			spare = other;
	}
	if (spare != NULL)
	{
		conn_retire(spare, "closed to make room for a lane that has no connection");
		poor->failed = false; /* which is the next to try */
	}
}

/* Goes on in libpq's connection dance. */
static void
conn_advance(PgConn *conn)
{
	struct pollfd ready = {
		.fd = PQsocket(conn->db),
		.events = (conn->mask & EPOLLIN ? POLLIN : 0) | (conn->mask & EPOLLOUT ? POLLOUT : 0)
	};

	/* PQconnectPoll() must not be called for a stale event. */
	if (poll(&ready, 1, 0) <= 0)
		return;

	switch (PQconnectPoll(conn->db))
	{
		case PGRES_POLLING_READING:
			conn_watch(conn, EPOLLIN);
			break;
		case PGRES_POLLING_WRITING:
			conn_watch(conn, EPOLLOUT);
			break;
		case PGRES_POLLING_OK:
			conn_prepare(conn);
			break;
		default:
			conn_refused(conn);
			break;
	}
}

/*
 * The server session is not the connection's own.  After the second time
 * nothing is left to hope for until somebody changes something.
 */
static void
prove_pooler(PgServer *server, const char *sqlstate)
{
	uint64_t now = kore_time_ms();

	if (now - server->last_proof_at > POOLER_MEMORY_MS)
		server->proofs = 0;
	server->last_proof_at = now;
	if (++server->proofs < POOLER_PROOFS)
		return;

	if (server->said_pooler_at == 0 || now - server->said_pooler_at >= REPEAT_LOG_MS)
	{
		server->said_pooler_at = now;
		log_line(LOG_LEVEL_ERROR, "database_pooler",
				 "SQLSTATE %s: there is a connection pooler in transaction mode in between, which "
				 "loses prepared statements and time limits; "
				 "point the URL at PostgreSQL itself, or at a pool in session mode (PgBouncer: "
				 "pool_mode=session)",
				 sqlstate);
	}
	server->proofs = 0;
	server->paused_until = now + POOLER_PAUSE_MS;
	for (int i = 0; i < server->nconns; i++)
	{
		if (server->conns[i]->state == CONN_READY)
			conn_retire(
				server->conns[i], "there is a connection pooler in transaction mode in between");
	}
}

/* Has a server session lost what the connection asked for when it opened? */
static void
check_limits(PgServer *server, const char *statement_timeout)
{
	bool unlimited = strcmp(statement_timeout, "0") == 0;

	if (unlimited && !server->said_unlimited)
		log_line(LOG_LEVEL_WARNING, "database_limits",
				 "statement_timeout is 0: something in between drops the connection's options, and "
				 "statements can outlive their "
				 "requests; ALTER ROLE ... SET statement_timeout = '5s' sets a limit on the "
				 "server");
	server->said_unlimited = unlimited;
}

/*
 * Judges a result of conn_prepare()'s queries.  Their texts are ours, so the
 * server's message can be logged.
 */
static void
prepare_result(PgConn *conn, const PGresult *result)
{
	const PgGroup *group = conn->group;
	int number = conn->prepared++;
	char why[512];

	if (number == 0 && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
	{
		const char *version = PQgetvalue(result, 0, 0);

		check_limits(group->server, PQgetvalue(result, 0, 3));
		if (version_agrees(version, JERRY_VERSION))
			return;
		snprintf(why, sizeof(why), "the database has Jerry %s; this sidecar needs %s",
				 version, JERRY_VERSION);
	}
	else if (number > 0 && PQresultStatus(result) == PGRES_COMMAND_OK)
		return;
	else
	{
		const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

		const char *name = number == 0	 ? "the version check"
						   : number == 1 ? "the probe"
						   : number == 2 ? "the trace"
										 : group->statements[number - 3]->name;

		/* The library is the new one, the SQL that comes with it is not. */
		if (sqlstate != NULL && number > 2 &&
			(strcmp(sqlstate, UNDEFINED_FUNCTION) == 0 || strcmp(sqlstate, UNDEFINED_OBJECT) == 0))
			snprintf(why, sizeof(why),
					 "the database lacks what %s calls: ALTER EXTENSION jerry UPDATE adds it",
					 name);
		else
			snprintf(why, sizeof(why), "could not prepare %s: SQLSTATE %s: %s", name,
					 sqlstate != NULL ? sqlstate : "none",
					 message != NULL ? message : "no message");
		if (sqlstate != NULL && strcmp(sqlstate, NAME_TAKEN) == 0)
			prove_pooler(group->server, sqlstate);
	}
	conn_close(conn, why);
}

/* A connection has prepared its statements and takes queries from now on. */
static void
conn_ready(PgConn *conn)
{
	PgGroup *group = conn->group;
	PgServer *server = group->server;

	conn->state = CONN_READY;
	conn->since = kore_time_ms();
	group->nready++;
	server->reachable = true;
	server->backoff_ms = 0;
	server->last_failure[0] = '\0';
	if (server->announce_at == 0)
		server->announce_at = conn->since + ANNOUNCE_MS;
	group->failed = false;
	group->changed(group);
}

/* Is it what each statement of ours returns, one value? */
static bool
is_answer(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
		   PQnfields(result) == 1;
}

/*
 * The server of this connection does not write.  Others to it are as wrong when
 * the URL asks for one that does; they would read what is no longer true.
 */
static void
retire(PgConn *wrong)
{
	PgServer *server = wrong->group->server;

	for (int i = 0; i < server->nconns; i++)
	{
		PgConn *conn = server->conns[i];

		if (conn->state == CONN_READY && (conn == wrong || server->url->writable))
			conn_retire(conn, "the server no longer accepts writes");
	}
}

/*
 * The server session does not know what the connection has prepared; pg_tick()
 * closes it.
 */
static void
conn_estranged(PgConn *conn)
{
	if (conn->state == CONN_READY)
		conn->group->nready--;
	conn->state = CONN_BROKEN;
	conn->why = "the server does not know the prepared statements";
	prove_pooler(conn->group->server, UNKNOWN_NAME);
}

/* A probe was answered.  The first one makes the connection ready. */
static void
probe_end(PgConn *conn, const PGresult *result)
{
	PgGroup *group = conn->group;
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why;

	conn->probing = false;
	if (sqlstate != NULL && strcmp(sqlstate, UNKNOWN_NAME) == 0)
	{
		prove_pooler(group->server, UNKNOWN_NAME);
		conn_close(conn, "the server does not know the prepared statements");
		return;
	}
	why = group->probed(conn, conn->probed_at, is_answer(result) ? PQgetvalue(result, 0, 0) : NULL);
	if (why != NULL)
	{
		group->server->timeouts++; /* another host of the URL may serve */
		conn_close(conn, why);
	}
	else if (conn->state == CONN_PROVING)
		conn_ready(conn);
}

/* The first query under way has ended: tells its owner how. */
static void
query_end(PgConn *conn)
{
	PgGroup *group = conn->group;
	PGresult *result = conn->held;
	void *query = conn->queries[conn->first];

	conn->held = NULL;
	conn->first = (conn->first + 1) % QUERIES_MAX;
	conn->count--;
	conn->first_since = kore_time_ms();

	if (query == conn)
	{
		probe_end(conn, result);
		PQclear(result);
	}
	else if (is_answer(result))
		group->answered(query, result);
	else
	{
		const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

		if (sqlstate != NULL && strcmp(sqlstate, READ_ONLY) == 0 && !group->is_standby)
			retire(conn);
		if (sqlstate != NULL && strcmp(sqlstate, UNKNOWN_NAME) == 0)
			conn_estranged(conn);
		group->refused(query, sqlstate != NULL ? sqlstate : "XX000",
					   message != NULL ? message : "unexpected result");
		PQclear(result);
	}
}

/* Takes what has arrived out of libpq. */
static void
conn_results(PgConn *conn)
{
	PgGroup *group = conn->group;
	int ended = 0;
	int nothing = 0;

	/*
	 * NULL ends the results of a query; two in a row mean that there is no
	 * more.
	 */
	while (conn->db != NULL && nothing < 2 && !PQisBusy(conn->db))
	{
		PGresult *result = PQgetResult(conn->db);

		if (result == NULL)
		{
			nothing++;
			continue;
		}
		nothing = 0;

		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
		{
			PQclear(result);
			if (conn->state == CONN_PREPARING)
			{
				conn->state = CONN_PROVING;
				conn_probe(conn, kore_time_ms());
			}
			else if (conn->count > 0)
			{
				query_end(conn);
				ended++;
			}
		}
		else if (conn->state == CONN_PREPARING)
		{
			prepare_result(conn, result);
			PQclear(result);
		}
		else if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED && conn->held != NULL)
			PQclear(result); /* what it was that failed is known */
		else
		{
			PQclear(conn->held);
			conn->held = result;
		}
	}
	if (ended > 0)
		group->changed(group);
}

/* Reads from the socket; closes the connection when the server has. */
static void
conn_read(PgConn *conn)
{
	/*
	 * OpenSSL may hold data back for which epoll will not wake us, if a proxy
	 * packs more into a record than libpq's buffer takes at once.
	 */
	for (int i = 0; i < TLS_READS; i++)
	{
		bool alive = PQconsumeInput(conn->db);

		conn_results(conn);
		if (conn->db == NULL)
			return;
		if (!alive || PQstatus(conn->db) == CONNECTION_BAD)
		{
			conn_close(conn, PQerrorMessage(conn->db));
			return;
		}
		if (!PQsslInUse(conn->db) || !PQisBusy(conn->db))
			return;
	}
}

static void
conn_close_broken(PgConn *conn)
{
	conn_close(conn, conn->why != NULL ? conn->why : PQerrorMessage(conn->db));
}

/* Kore calls this when the socket is ready, and on a hang-up. */
static void
conn_event(void *arg, int error)
{
	PgConn *conn = arg;
	bool flushed;

	(void) error; /* reading will tell */
	conn->event.flags = 0;

	switch (conn->state)
	{
		case CONN_CONNECTING:
			conn_advance(conn);
			break;
		case CONN_PREPARING:
		case CONN_PROVING:
		case CONN_READY:
		case CONN_RETIRED:
			/*
			 * Read even if the server has hung up: it may have answered before.
			 */
			flushed = !(conn->mask & EPOLLOUT) || conn_flush(conn);
			conn_read(conn);
			if (!flushed && conn->db != NULL)
				conn_close(conn, PQerrorMessage(conn->db));
			break;
		case CONN_BROKEN:
			conn_close_broken(conn);
			break;
		case CONN_CLOSED:
		case CONN_RESOLVING:
			break; /* a stale event */
	}
}

/* One that waits to be trusted is asked more often. */
static bool
is_probe_due(const PgConn *conn, uint64_t now)
{
	unsigned pause = conn->group->probe_ms;

	if (!pg_is_trusted(conn))
		pause /= EAGER_PROBES;
	return conn->group->probe_ms > 0 && !conn->probing && now - conn->probed_at >= pause;
}

/* Drops the connection if it is overdue. */
static void
conn_tick(PgConn *conn, uint64_t now)
{
	switch (conn->state)
	{
		case CONN_CLOSED:
			break;
		case CONN_RESOLVING:
			conn_connect(conn, now);
			break;
		case CONN_CONNECTING:
		case CONN_PREPARING:
		case CONN_PROVING:
			if (now - conn->since >= conn->group->conninfo->timeout_ms)
			{
				conn->group->server->timeouts++;
				conn_close(conn, "the database does not answer");
			}
			break;
		case CONN_RETIRED:
			if (conn->count == 0)
			{
				conn_close(conn, conn->why);
				break;
			}
			/* FALLTHROUGH */
		case CONN_READY:
			if (conn->state == CONN_READY && is_probe_due(conn, now))
				conn_probe(conn, now);
			if (conn->count > 0 && now > conn->first_since + conn->group->silence_ms)
				conn_close(conn, "the database does not answer a query");
			break;
		case CONN_BROKEN:
			conn_close_broken(conn);
			break;
	}
}

void
pg_start(void)
{
	pg_tick(kore_time_ms());
}

/*
 * The connection to open next: of the group with the fewest, so that each has
 * one before any has two.  One whose last attempt failed lets the others go
 * first.
 */
static PgConn *
next_to_open(PgServer *server)
{
	PgConn *best = NULL;

	for (int i = 0; i < server->nconns; i++)
	{
		PgConn *conn = server->conns[i];
		const PgGroup *group = conn->group;

		if (conn->state == CONN_CLOSED &&
			(best == NULL || (best->group->failed && !group->failed) ||
			 (best->group->failed == group->failed && group->nopen < best->group->nopen)))
			best = conn;
	}
	if (best != NULL && best->group->failed)
	{
		for (int i = 0; i < server->nconns; i++)
			server->conns[i]->group->failed = false;
	}
	return best;
}

/* Drops connections of the server that are overdue, and opens one. */
static void
server_tick(PgServer *server, uint64_t now)
{
	bool attempting = false;
	PgConn *conn;

	for (int i = 0; i < server->nconns; i++)
		conn_tick(server->conns[i], now);
	if (!stopped)
		log_changes(server, now);
	for (int i = 0; i < server->nconns; i++)
		attempting |= server->conns[i]->state > CONN_CLOSED && server->conns[i]->state < CONN_READY;
	if (now < server->next_attempt || now < server->paused_until ||
		(attempting && !server->reachable))
		return;

	/*
	 * One a tick: authentication costs milliseconds of the event loop's time.
	 */
	conn = next_to_open(server);
	if (conn == NULL)
		return;
	conn->state = CONN_RESOLVING;
	conn->group->nopen++;
	conn->since = now;
	conn_connect(conn, now);
}

void
pg_tick(uint64_t now)
{
	for (PgServer *server = servers; server != NULL; server = server->next)
		server_tick(server, now);
}

PgGroup *
pg_group(const PgConn *conn)
{
	return conn->group;
}

void
pg_trust(PgConn *conn, uint64_t until)
{
	conn->trusted_until = until > conn->trusted_until ? until : conn->trusted_until;
}

bool
pg_is_trusted(const PgConn *conn)
{
	return !conn->group->leased || kore_time_ms() < conn->trusted_until;
}

int
pg_usable(const PgGroup *group)
{
	int usable = 0;

	if (!group->leased)
		return group->nready;
	for (int i = 0; i < group->nconns; i++)
		usable += group->conns[i].state == CONN_READY && pg_is_trusted(&group->conns[i]);
	return usable;
}

int
pg_under_way(const PgGroup *group)
{
	int under_way = 0;

	for (int i = 0; i < group->nconns; i++)
		under_way += group->conns[i].count - group->conns[i].probing;
	return under_way;
}

PgConn *
pg_vacant(PgGroup *group)
{
	PgConn *best = NULL;

	for (int i = 0; i < group->nconns; i++)
	{
		PgConn *conn = &group->conns[i];

		if (conn->state == CONN_READY && conn->count < group->depth && pg_is_trusted(conn) &&
			(best == NULL || conn->count < best->count))
			best = conn;
	}
	return best;
}

int
pg_idle(PgGroup *group, PgConn **idle)
{
	int count = 0;

	for (int i = 0; i < group->nconns; i++)
	{
		PgConn *conn = &group->conns[i];

		if (conn->state == CONN_READY && conn->count == 0 && pg_is_trusted(conn))
		{
			if (count++ == 0)
				*idle = conn;
		}
	}
	return count;
}

void
pg_send(PgConn *conn, const Statement *statement, const char *const *values,
		const char *traceparent, void *query)
{
	PgGroup *group = conn->group;
	bool sent = true;

	conn->queries[(conn->first + conn->count) % QUERIES_MAX] = query;
	if (conn->count++ == 0)
		conn->first_since = kore_time_ms();

	/*
	 * Both are one transaction, since there is no sync between them; with it
	 * the name ends.  It costs no round trip.
	 */
	if (*traceparent != '\0')
		sent = PQsendQueryPrepared(conn->db, TRACE_NAME, 1, &traceparent, NULL, NULL, 0);
	sent = sent && PQsendQueryPrepared(
					   conn->db, statement->name, statement->nparams, values, NULL, NULL, 0);
	if ((!sent || !PQpipelineSync(conn->db) || !conn_flush(conn)) && conn->state == CONN_READY)
	{
		conn->state = CONN_BROKEN;
		group->nready--;
	}
}

const char *
pg_answer_body(const PgAnswer *answer, size_t *length)
{
	*length = PQgetlength(answer, 0, 0);
	return PQgetisnull(answer, 0, 0) ? NULL : PQgetvalue(answer, 0, 0);
}

void
pg_free_answer(PgAnswer *answer)
{
	PQclear(answer);
}

void
pg_stop(void)
{
	stopped = true;
	for (PgServer *server = servers; server != NULL; server = server->next)
	{
		for (int i = 0; i < server->nconns; i++)
		{
			if (server->conns[i]->state != CONN_CLOSED)
				conn_close(server->conns[i], "stopped");
		}
	}
}
