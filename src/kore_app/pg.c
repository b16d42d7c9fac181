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
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <kore/kore.h>
#include <libpq-fe.h>

#include "conninfo.h"
#include "log.h"
#include "pg.h"
#include "resolve.h"

#define BACKOFF_MIN_MS	50
#define BACKOFF_MAX_MS	500
#define RESOLVE_WAIT_MS 1000  /* then the addresses known so far will do */
#define SETTLED_MS		1000  /* lost earlier, it counts as a failed attempt */
#define REPEAT_LOG_MS	60000 /* the same failure is logged so often */
#define TLS_READS		3
#define READ_ONLY		"25006" /* SQLSTATE: the server does not write */

typedef enum ConnState
{
	CONN_CLOSED,
	CONN_RESOLVING,	 /* waiting for the addresses of the hosts */
	CONN_CONNECTING, /* in PQconnectPoll() */
	CONN_PREPARING,	 /* version check and PREPAREs are under way */
	CONN_READY,
	CONN_RETIRED, /* takes no queries; pg_tick() closes it when it has
								 * answered those it has */
	CONN_BROKEN	  /* sending failed; pg_tick() closes it */
} ConnState;

struct PgConn
{
	struct kore_event event; /* must be first: Kore casts */
	PgGroup *group;
	const Conninfo *conninfo;
	PGconn *db; /* NULL while closed */
	ConnState state;
	int mask;		/* what epoll waits for */
	uint64_t since; /* start of the attempt, then of readiness */
	int prepared;	/* results seen while preparing */

	/* queries under way, a ring, and what has arrived for the first of them */
	void *queries[PG_MAX_DEPTH];
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
	int next_conn;
	unsigned timeouts; /* of attempts; the next begins one address on */

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

	*conninfo = conninfo_build(server->url, group->name, group->settings);
	for (int i = 0; i < count; i++)
	{
		PgConn *conn = &group->conns[i];

		conn->event.type = KORE_TYPE_TASK;
		conn->event.handle = conn_event;
		conn->group = group;
		conn->conninfo = conninfo;
		server->conns[server->nconns++] = conn;
	}
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
	server->next_attempt = now + server->backoff_ms / 2 + arc4random_uniform(server->backoff_ms / 2 + 1);
}

/* Closes a connection in whatever state it is, and reports its queries. */
static void
conn_close(PgConn *conn, const char *why)
{
	PgGroup *group = conn->group;
	PgServer *server = group->server;
	ConnState was = conn->state;
	void *queries[PG_MAX_DEPTH];
	int count = conn->count;
	uint64_t now = kore_time_ms();

	if (was >= CONN_READY)
	{
		if (!stopped)
			log_line(LOG_LEVEL_WARNING, "database_lost", "%s lane, %d queries under way: %.*s",
					 group->name, count, (int) strcspn(why, "\r\n"), why);
		if (now - conn->since < SETTLED_MS)
			back_off(server, now);
		else
			server->next_attempt = now;
	}
	else
	{
		if (!stopped)
			log_failure(group, why, now);
		back_off(server, now);
	}
	server->reachable = false;
	if (was == CONN_READY)
		group->nready--;

	for (int i = 0; i < count; i++)
		queries[i] = conn->queries[(conn->first + i) % PG_MAX_DEPTH];
	conn->count = 0;
	PQclear(conn->held);
	conn->held = NULL;
	PQfinish(conn->db);
	conn->db = NULL;
	conn->state = CONN_CLOSED;

	for (int i = 0; i < count; i++)
		group->lost(queries[i]);
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
	const Conninfo *conninfo = conn->conninfo;
	PgServer *server = conn->group->server;
	Resolver *resolver = server->url->resolver;
	int n = conninfo->count;
	HostList hosts = { 0 };

	if (!resolve_fresh(resolver, now) && now - conn->since < RESOLVE_WAIT_MS)
		return;
	if (!resolve_hosts(resolver, server->timeouts, &hosts))
	{
		conn_close(conn, resolve_error(resolver));
		return;
	}
	conninfo->keywords[n] = "host";
	conninfo->values[n++] = hosts.host;
	conninfo->keywords[n] = "hostaddr";
	conninfo->values[n++] = hosts.hostaddr;
	conninfo->keywords[n] = "port";
	conninfo->values[n++] = hosts.port;
	conninfo->keywords[n] = NULL;
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
	conn_watch(conn, EPOLLOUT);
}

/*
 * What a connection asks first.  A commit that does not wait for the disk would
 * break the promise that an acknowledged write is there after a crash; which of
 * the other settings of synchronous_commit is right is the operator's to say.
 * transaction_timeout is not known to every server, so it cannot stand among
 * the settings of a lane.
 */
#define VERSION_CHECK                                                                                \
	"SELECT jerry.version(),"                                                                        \
	" CASE WHEN pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'"       \
	" THEN pg_catalog.set_config('synchronous_commit', 'on', false) END,"                            \
	" CASE WHEN pg_catalog.current_setting('transaction_timeout', true) OPERATOR(pg_catalog.<>) '0'" \
	" THEN pg_catalog.set_config('transaction_timeout', '0', false) END"

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
		   PQsendQueryParams(db, VERSION_CHECK, 0, NULL, NULL, NULL, NULL, 0);
	for (int i = 0; sent && i < group->nstatements; i++)
	{
		const PgStatement *s = &group->statements[i];

		sent = s->unprepared || PQsendPrepare(db, s->name, s->sql, s->nparams, NULL);
	}
	if (!sent || !PQpipelineSync(db) || !conn_flush(conn))
		conn_close(conn, PQerrorMessage(db));
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
			conn_close(conn, PQerrorMessage(conn->db));
			break;
	}
}

/* Do two versions agree in major and minor number? */
static bool
same_version(const char *a, const char *b)
{
	int dots = 0;

	for (; *a == *b && *a != '\0'; a++, b++)
	{
		if (*a == '.' && ++dots == 2)
			return true;
	}
	return *a == *b;
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

	if (number == 0 && PQresultStatus(result) == PGRES_TUPLES_OK)
	{
		const char *version = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "";

		if (same_version(version, JERRY_VERSION))
			return;
		snprintf(why, sizeof(why), "the database has Jerry %s, which does not go with %s",
				 version, JERRY_VERSION);
	}
	else if (number > 0 && PQresultStatus(result) == PGRES_COMMAND_OK)
		return;
	else
	{
		const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

		snprintf(why, sizeof(why), "could not prepare %s: SQLSTATE %s: %s",
				 number == 0 ? "the version check" : group->statements[number - 1].name,
				 sqlstate != NULL ? sqlstate : "none", message != NULL ? message : "no message");
	}
	conn_close(conn, why);
}

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
	log_line(LOG_LEVEL_INFO, "database_connected", "%s lane: %d of %d connections",
			 group->name, group->nready, group->nconns);
	group->changed(group);
}

static bool
is_answer(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
		   PQnfields(result) == 1 && !PQgetisnull(result, 0, 0);
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
		{
			conn->state = CONN_RETIRED;
			conn->group->nready--;
		}
	}
}

/* The first query under way has ended: tells its owner how. */
static void
query_end(PgConn *conn)
{
	PgGroup *group = conn->group;
	PGresult *result = conn->held;
	void *query = conn->queries[conn->first];

	conn->held = NULL;
	conn->first = (conn->first + 1) % PG_MAX_DEPTH;
	conn->count--;
	conn->first_since = kore_time_ms();

	if (is_answer(result))
		group->answered(query, result);
	else
	{
		const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

		if (sqlstate != NULL && strcmp(sqlstate, READ_ONLY) == 0)
			retire(conn);
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

	/* NULL ends the results of a query; two in a row mean that there is no more. */
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
				conn_ready(conn);
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
		case CONN_READY:
		case CONN_RETIRED:
			/* read even if the server has hung up: it may have answered before */
			flushed = !(conn->mask & EPOLLOUT) || conn_flush(conn);
			conn_read(conn);
			if (!flushed && conn->db != NULL)
				conn_close(conn, PQerrorMessage(conn->db));
			break;
		case CONN_BROKEN:
			conn_close(conn, PQerrorMessage(conn->db));
			break;
		case CONN_CLOSED:
		case CONN_RESOLVING:
			break; /* a stale event */
	}
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
			if (now - conn->since >= conn->conninfo->timeout_ms)
			{
				conn->group->server->timeouts++;
				conn_close(conn, "the database does not answer");
			}
			break;
		case CONN_RETIRED:
			if (conn->count == 0)
			{
				conn_close(conn, "the server does not write any more");
				break;
			}
			/* FALLTHROUGH */
		case CONN_READY:
			if (conn->count > 0 && now > conn->first_since + conn->group->silence_ms)
				conn_close(conn, "the database does not answer a query");
			break;
		case CONN_BROKEN:
			conn_close(conn, PQerrorMessage(conn->db));
			break;
	}
}

void
pg_start(void)
{
	pg_tick(kore_time_ms());
}

/* Drops connections of the server that are overdue, and opens one. */
static void
server_tick(PgServer *server, uint64_t now)
{
	bool attempting = false;

	for (int i = 0; i < server->nconns; i++)
		conn_tick(server->conns[i], now);
	for (int i = 0; i < server->nconns; i++)
		attempting |= server->conns[i]->state > CONN_CLOSED && server->conns[i]->state < CONN_READY;
	if (now < server->next_attempt || (attempting && !server->reachable))
		return;

	/*
	 * One a tick: authentication costs milliseconds of the event loop's time.
	 */
	for (int i = 0; i < server->nconns; i++)
	{
		int number = (server->next_conn + i) % server->nconns;
		PgConn *conn = server->conns[number];

		if (conn->state == CONN_CLOSED)
		{
			server->next_conn = (number + 1) % server->nconns;
			conn->state = CONN_RESOLVING;
			conn->since = now;
			conn_connect(conn, now);
			break;
		}
	}
}

void
pg_tick(uint64_t now)
{
	for (PgServer *server = servers; server != NULL; server = server->next)
		server_tick(server, now);
}

PgConn *
pg_vacant(PgGroup *group)
{
	PgConn *best = NULL;

	for (int i = 0; i < group->nconns; i++)
	{
		PgConn *conn = &group->conns[i];

		if (conn->state == CONN_READY && conn->count < group->depth &&
			(best == NULL || conn->count < best->count))
			best = conn;
	}
	return best;
}

void
pg_send(PgConn *conn, int statement, const char *const *values, void *query)
{
	PgGroup *group = conn->group;
	const PgStatement *s = &group->statements[statement];
	bool sent;

	conn->queries[(conn->first + conn->count) % PG_MAX_DEPTH] = query;
	if (conn->count++ == 0)
		conn->first_since = kore_time_ms();

	sent = s->unprepared ? PQsendQueryParams(conn->db, s->sql, s->nparams, NULL, values, NULL, NULL, 0) : PQsendQueryPrepared(conn->db, s->name, s->nparams, values, NULL, NULL, 0);
	if (!sent || !PQpipelineSync(conn->db) || !conn_flush(conn))
	{
		conn->state = CONN_BROKEN;
		group->nready--;
	}
}

const char *
pg_answer_body(const PgAnswer *answer, size_t *length)
{
	*length = PQgetlength(answer, 0, 0);
	return PQgetvalue(answer, 0, 0);
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
