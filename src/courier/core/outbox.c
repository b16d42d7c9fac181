/*
 * outbox.c: takes events from the outbox of a database, and tells it what has
 * become of them.
 */
#include "core/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <libpq-fe.h>

#include "base/conninfo.h"
#include "base/log.h"
#include "base/version.h"
#include "core/backoff.h"
#include "core/loop.h"
#include "core/memory.h"

#define RECONNECT_FIRST_MS	 100
#define RECONNECT_LONGEST_MS 10000
#define RESOLVE_PAUSE_MS	 50
#define RESOLVE_WAIT_MS		 5000
#define SILENCE_MS			 30000 /* without an answer for so long the connection is given up */
#define LOOK_MS				 5000  /* between looks of our own accord */
#define LOOK_AGAIN_MS		 200   /* when there is something that could not be claimed */
#define IDS_MAX				 1000  /* in one statement, at least */
#define TEXTS_MAX			 5	   /* that a statement is told */

#define TYPE_TEXT 25 /* OID of type text */

#define SERVER_SETTINGS "-c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"

typedef enum Step
{
	STEP_CLOSED,
	STEP_RESOLVE,
	STEP_CONNECT,
	STEP_GREET, /* the version is asked for, and LISTEN said */
	STEP_IDLE,	/* connected, and nothing under way; each of the others is a statement */
	STEP_SETTLE,
	STEP_CLAIM,
	STEP_NEXT /* when is there something to claim? */
} Step;

typedef enum Kind
{
	KIND_ACK,
	KIND_RETRY,
	KIND_RELEASE,
	KIND_REJECT,
	KIND_FINISH
} Kind;

/* What the database has to be told of an event. */
typedef struct Settlement
{
	Kind kind;
	char key[OUTBOX_KEY_SIZE];
	uint64_t delay_ms;
	int status;
	int wait_s;
	char reason[OUTBOX_REASON_SIZE];
	struct Settlement *next;
} Settlement;

const OutboxStatements outbox_of_events = {
	.claim = "SELECT event_id, event_type, payload, attempt, event_id, " OUTBOX_CLOCK
			 " FROM jerry.claim_events($1, $2::integer, $3::interval)",
	.next = "SELECT (1000 OPERATOR(pg_catalog.*) pg_catalog.date_part('epoch',"
			" jerry.next_event_at($1) OPERATOR(pg_catalog.-)"
			" pg_catalog.clock_timestamp()))::bigint",
	.ack = "SELECT jerry.ack_events($1, $2::bigint[])",
	.retry = "SELECT jerry.retry_events($1, $2::bigint[], $3::interval, $4)",
	.release = "SELECT jerry.release_events($1, $2::bigint[], $3::interval)",
	.reject = "SELECT jerry.reject_events($1, $2::bigint[], $3)",
};

static OutboxSettings settings;
static ConninfoUrl *url;
static Conninfo conninfo;
static PGconn *db;
static Step step;
static bool proved;		/* this connection is of use */
static unsigned failed; /* to get one, in a row */
static uint64_t resolve_since;
static char said[512]; /* the last reason why there is no connection */

static Settlement *owed, **owed_last = &owed;
static Settlement *under_way; /* of STEP_SETTLE */
static size_t nowed;		  /* both */

static bool stopped;
static bool look = true; /* there may be something to claim */
static bool ask_next;	 /* there is nothing, and nobody knows when there will be */
static int asked;		 /* how many events STEP_CLAIM wants */

static PGresult *last_result; /* the last one of the statement under way */

static LoopTimer connect_timer, silence_timer, look_timer;

static void advance(void);
static void on_database(void *argument, uint32_t events);

/* The connection. */

/* Gives the connection up, and tries again later. */
static void
lose(const char *why)
{
	int length = (int) strcspn(why, "\n");

	if (proved)
		log_line(LOG_LEVEL_WARNING, "database_lost", "%.*s", length, why);
	else if (strncmp(said, why, (size_t) length) != 0 || said[length] != '\0')
		log_line(LOG_LEVEL_WARNING, "database_unreachable", "%.*s", length, why);
	snprintf(said, sizeof(said), "%.*s", length, proved ? "" : why);
	proved = false;

	if (db != NULL)
		loop_forget(PQsocket(db));
	PQfinish(db);
	db = NULL;
	PQclear(last_result);
	last_result = NULL;
	loop_stop_timer(&silence_timer);
	loop_stop_timer(&look_timer);

	/* Nobody knows what became of them: they are said again, first. */
	if (under_way != NULL)
	{
		Settlement *last = under_way;

		while (last->next != NULL)
			last = last->next;
		last->next = owed;
		if (owed == NULL)
			owed_last = &last->next;
		owed = under_way;
		under_way = NULL;
	}

	step = STEP_CLOSED;
	loop_set_timer(&connect_timer, backoff_ms(++failed, RECONNECT_FIRST_MS, RECONNECT_LONGEST_MS));
}

static void
lose_connection(void)
{
	lose(PQerrorMessage(db));
}

static const char *
sqlstate_of(const PGresult *answer)
{
	const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

	return sqlstate != NULL ? sqlstate : "none";
}

/* What a notice says may be about users; libpq would write it out. */
static void
on_notice(void *argument, const PGresult *notice)
{
	(void) argument;
	log_line(LOG_LEVEL_DEBUG, "database_notice", "SQLSTATE %s", sqlstate_of(notice));
}

/* Looks the hosts up, and opens the connection when they are known. */
static void
connect_now(void *argument)
{
	uint64_t now = loop_now();
	HostList hosts;

	(void) argument;
	if (step == STEP_CLOSED)
	{
		step = STEP_RESOLVE;
		resolve_since = now;
	}
	if (!resolve_fresh(url->resolver, now) && now - resolve_since < RESOLVE_WAIT_MS)
	{
		loop_set_timer(&connect_timer, RESOLVE_PAUSE_MS);
		return;
	}
	if (!resolve_hosts(url->resolver, failed, &hosts))
	{
		lose(resolve_error(url->resolver));
		return;
	}
	conninfo_set_hosts(&conninfo, &hosts);
	db = PQconnectStartParams(conninfo.keywords, conninfo.values, 0);
	resolve_free(&hosts);
	step = STEP_CONNECT;
	if (PQstatus(must_have(db)) == CONNECTION_BAD)
	{
		lose_connection();
		return;
	}
	PQsetNoticeReceiver(db, on_notice, NULL);
	loop_set_timer(&silence_timer, conninfo.timeout_ms);
	loop_watch(PQsocket(db), EPOLLOUT, on_database, NULL);
}

static void
on_silence(void *argument)
{
	(void) argument;
	lose("no answer");
}

/* ---- statements ---- */

static void
watch(void)
{
	int flushed = PQflush(db);

	if (flushed < 0)
		lose_connection();
	else
		loop_watch(PQsocket(db), flushed > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, on_database, NULL);
}

static void
send_statement(Step next, const char *sql, int count, const char *const *values)
{
	static const Oid types[TEXTS_MAX] = { TYPE_TEXT };
	bool sent = count == 0 ? PQsendQuery(db, sql)
						   : PQsendQueryParams(db, sql, count, types, values, NULL, NULL, 0);

	if (!sent)
	{
		lose_connection();
		return;
	}
	step = next;
	loop_set_timer(&silence_timer, SILENCE_MS);
	watch();
}

static const char *
settle_sql(Kind kind)
{
	const OutboxStatements *s = settings.statements;
	const char *const statements[] = {
		[KIND_ACK] = s->ack,
		[KIND_RETRY] = s->retry,
		[KIND_RELEASE] = s->release,
		[KIND_REJECT] = s->reject,
		[KIND_FINISH] = s->finish,
	};

	return statements[kind];
}

static bool
is_alike(const Settlement *a, const Settlement *b)
{
	return a->kind == b->kind && a->delay_ms == b->delay_ms && a->status == b->status &&
		   a->wait_s == b->wait_s && strcmp(a->reason, b->reason) == 0;
}

/* Says what is to be said first, of all events of which it is to be said. */
static void
settle(void)
{
	static char ids[IDS_MAX * OUTBOX_KEY_SIZE + 2]; /* keys, each with a comma */
	const Settlement *like = owed;
	const char *values[TEXTS_MAX] = { settings.consumer, ids };
	char delay[32];
	char status[16];
	char wait[16];
	size_t used = 0;
	int count = 2;

	under_way = NULL;
	for (Settlement **link = &owed, **last = &under_way, *it; (it = *link) != NULL;)
	{
		if (used + OUTBOX_KEY_SIZE + 1 >= sizeof(ids) || !is_alike(it, like))
		{
			link = &it->next;
			continue;
		}
		*link = it->next;
		*last = it;
		it->next = NULL;
		last = &it->next;
		used += (size_t) snprintf(ids + used, sizeof(ids) - used, "%c%s",
								  used == 0 ? '{' : ',', it->key);
	}
	for (owed_last = &owed; *owed_last != NULL; owed_last = &(*owed_last)->next)
		;
	ids[used++] = '}';
	ids[used] = '\0';

	if (like->kind == KIND_RETRY || like->kind == KIND_RELEASE)
	{
		snprintf(delay, sizeof(delay), "%" PRIu64 " ms", like->delay_ms);
		values[count++] = delay;
	}
	if (like->kind == KIND_FINISH)
	{
		snprintf(status, sizeof(status), "%d", like->status);
		snprintf(wait, sizeof(wait), "%d", like->wait_s);
		values[count++] = like->status == 0 ? NULL : status;
		values[count++] = like->wait_s < 0 ? NULL : wait;
	}
	if (like->kind == KIND_RETRY || like->kind == KIND_REJECT || like->kind == KIND_FINISH)
		values[count++] = like->reason;
	send_statement(STEP_SETTLE, settle_sql(like->kind), count, values);
}

static void
settled(void)
{
	while (under_way != NULL)
	{
		Settlement *next = under_way->next;

		free(under_way);
		nowed--;
		under_way = next;
	}
}

static void
claim(int room)
{
	const char *values[3] = { settings.consumer };
	char max[16];
	char lease[16];

	asked = room;
	snprintf(max, sizeof(max), "%d", room);
	snprintf(lease, sizeof(lease), "%d s", settings.lease_s);
	values[1] = max;
	values[2] = lease;
	send_statement(STEP_CLAIM, settings.statements->claim, 3, values);
}

/*
 * Whoever takes the events may say at once what has become of them: the step is
 * over before.
 */
static void
claimed(PGresult *events)
{
	int count = PQntuples(events);

	look = count == asked;
	ask_next = !look;
	for (int i = 0; i < count; i++)
	{
		OutboxEvent event = {
			.key = PQgetvalue(events, i, 0),
			.id = strtoll(PQgetvalue(events, i, 4), NULL, 10),
			.type = PQgetvalue(events, i, 1),
			.payload = PQgetvalue(events, i, 2),
			.length = (size_t) PQgetlength(events, i, 2),
			.attempt = atoi(PQgetvalue(events, i, 3)),
			.claimed_at = strtoll(PQgetvalue(events, i, 5), NULL, 10),
		};

		settings.claimed(&event);
	}
}

static void
ask_when_next(void)
{
	ask_next = false;
	send_statement(STEP_NEXT, settings.statements->next, 1, &settings.consumer);
}

/* Sleeps until then, but looks every few seconds. */
static void
sleep_until_next(const PGresult *answer)
{
	bool nothing = PQgetisnull(answer, 0, 0);
	long long left = nothing ? LOOK_MS : strtoll(PQgetvalue(answer, 0, 0), NULL, 10);

	/*
	 * Something that is there, and was not to be had a moment ago, is another
	 * courier's in a moment.
	 */
	loop_set_timer(&look_timer, left < LOOK_AGAIN_MS ? LOOK_AGAIN_MS
								: left < LOOK_MS	 ? (uint64_t) left
													 : LOOK_MS);
}

static void
on_look(void *argument)
{
	(void) argument;
	look = true;
	advance();
}

static void
greet(void)
{
	PQsetErrorVerbosity(db, PQERRORS_TERSE);
	if (PQsetnonblocking(db, 1) != 0)
	{
		lose_connection();
		return;
	}
	/* First listen, then look: nothing falls between. */
	send_statement(STEP_GREET, "LISTEN jerry_events; SELECT jerry.version()", 0, NULL);
}

static void
greeted(const PGresult *answer)
{
	const char *version = PQgetvalue(answer, 0, 0);
	char why[128];

	if (!version_agrees(version, JERRY_VERSION))
	{
		snprintf(why, sizeof(why), "the database has Jerry %s; this courier needs %s", version,
				 JERRY_VERSION);
		lose(why);
		return;
	}
	look = true;
}

/*
 * A connection that claims and the like is one; that of a role that may not, is
 * none.
 */
static void
prove(void)
{
	if (proved)
		return;
	proved = true;
	failed = 0;
	said[0] = '\0';
	log_line(LOG_LEVEL_INFO, "database_connected", "as consumer %s", settings.consumer);
}

/* The statement has its answer. */
static void
finish(void)
{
	Step done = step;
	PGresult *answer = last_result;
	char why[512];

	last_result = NULL;
	loop_stop_timer(&silence_timer);
	if (PQresultStatus(answer) != PGRES_TUPLES_OK)
	{
		/* What is wrong may be right on another server, or in a while. */
		snprintf(why, sizeof(why), "SQLSTATE %s: %s", sqlstate_of(answer),
				 PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY) != NULL
					 ? PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY)
					 : PQerrorMessage(db));
		PQclear(answer);
		lose(why);
		return;
	}

	step = STEP_IDLE;
	if (done != STEP_GREET)
		prove();
	switch (done)
	{
		case STEP_GREET:
			greeted(answer);
			break;
		case STEP_SETTLE:
			settled();
			break;
		case STEP_CLAIM:
			claimed(answer);
			break;
		default:
			sleep_until_next(answer);
			break;
	}
	PQclear(answer);
}

/* Begins what is to be done next, if nothing is under way. */
static void
advance(void)
{
	int room;

	if (step != STEP_IDLE)
		return;
	if (owed != NULL)
		settle();
	else if (stopped)
		return;
	else if (look && (room = settings.room()) > 0)
		claim(room);
	else if (ask_next)
		ask_when_next();
}

static void
receive(void)
{
	PGnotify *notify;

	if (!PQconsumeInput(db))
	{
		lose_connection();
		return;
	}
	while (step > STEP_IDLE || step == STEP_GREET)
	{
		PGresult *answer;

		if (PQisBusy(db))
			break;
		answer = PQgetResult(db);
		if (answer == NULL)
		{
			finish();
			if (db == NULL)
				return;
			continue;
		}
		/* An error is the last of a row of statements. */
		PQclear(last_result);
		last_result = answer;
	}
	while ((notify = PQnotifies(db)) != NULL)
	{
		PQfreemem(notify);
		look = true;
	}
	if (PQstatus(db) == CONNECTION_BAD)
		lose_connection();
	else
		watch();
}

static void
on_database(void *argument, uint32_t events)
{
	(void) argument;
	(void) events;
	if (step != STEP_CONNECT)
	{
		receive();
		advance();
		return;
	}
	switch (PQconnectPoll(db))
	{
		case PGRES_POLLING_READING:
			loop_watch(PQsocket(db), EPOLLIN, on_database, NULL);
			break;
		case PGRES_POLLING_WRITING:
			loop_watch(PQsocket(db), EPOLLOUT, on_database, NULL);
			break;
		case PGRES_POLLING_OK:
			greet();
			break;
		default:
			lose_connection();
			break;
	}
}

/* What the courier says. */

bool
outbox_open(const OutboxSettings *given)
{
	settings = *given;
	url = conninfo_read(settings.database_url);
	if (url == NULL)
		return false;
	conninfo = conninfo_build(url, settings.consumer, SERVER_SETTINGS);
	connect_timer.fire = connect_now;
	silence_timer.fire = on_silence;
	look_timer.fire = on_look;
	loop_set_timer(&connect_timer, 0);
	return true;
}

static void
owe(Settlement said_of, const char *key, const char *reason)
{
	Settlement *it = must_have(malloc(sizeof(*it)));
	Kind kind = said_of.kind;

	*it = said_of;
	snprintf(it->key, sizeof(it->key), "%s", key);
	snprintf(it->reason, sizeof(it->reason), "%s", reason);
	*owed_last = it;
	owed_last = &it->next;
	nowed++;
	/* It may be the next to come, and sooner than what was asked for. */
	if (kind == KIND_RETRY || kind == KIND_RELEASE)
		ask_next = true;
	/* Where it came from there may be more, and its place is free. */
	if (kind == KIND_FINISH)
		look = true;
	advance();
}

void
outbox_ack(const char *key)
{
	owe((Settlement){ .kind = KIND_ACK }, key, "");
}

void
outbox_retry(const char *key, uint64_t delay_ms, const char *reason)
{
	owe((Settlement){ .kind = KIND_RETRY, .delay_ms = delay_ms }, key, reason);
}

void
outbox_release(const char *key, uint64_t delay_ms)
{
	owe((Settlement){ .kind = KIND_RELEASE, .delay_ms = delay_ms }, key, "");
}

void
outbox_reject(const char *key, const char *reason)
{
	owe((Settlement){ .kind = KIND_REJECT }, key, reason);
}

void
outbox_finish(const char *key, int status, int wait_s, const char *reason)
{
	owe((Settlement){ .kind = KIND_FINISH, .status = status, .wait_s = wait_s }, key,
		reason == NULL ? "" : reason);
}

void
outbox_has_room(void)
{
	advance();
}

void
outbox_stop(void)
{
	stopped = true;
}

size_t
outbox_owed(void)
{
	return nowed;
}

void
outbox_close(void)
{
	loop_stop_timer(&connect_timer);
	loop_stop_timer(&silence_timer);
	loop_stop_timer(&look_timer);
	if (db != NULL)
		loop_forget(PQsocket(db));
	PQfinish(db);
	db = NULL;
	step = STEP_CLOSED;
}
