/*
 * lanes.c: see lanes.h.
 *
 * A job is in its lane's queue, under way on a connection, or ended.  It ends
 * when its outcome is known, which for a job under way may be before the
 * server answers: it then keeps its place on the connection, and whichever
 * comes last, the server's answer or lane_release(), recycles it.
 *
 * A lane leads to the primary through a door of connections with a queue.  The
 * read lane has another one, to the replica, when DATABASE_READ_URL is set; the
 * connections of both are open all the time.  A job goes to the replica if
 * there is room at once, else to the primary: when the replica hangs, only what
 * it was given first has to wait.  What a server does not answer, because it is
 * lost, slow or recovering, goes to the other one, once and within the
 * deadline: reads may be sent twice.  So does what the replica answers with an
 * error code, because the session may be too new for it: the primary has the
 * last word there, while it can be asked.  The replica is asked, and its
 * answers count, only while it is known to be no older than the bound of the
 * configuration.
 */
#include "db/lanes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/param.h>
#include <sys/queue.h>

#include <kore/kore.h>

#include "base/address.h"
#include "base/lengthof.h"
#include "base/log.h"
#include "db/fair_queue.h"
#include "db/freshness.h"
#include "db/hash_ahead.h"
#include "db/lane_metrics.h"
#include "db/pg.h"

#define LANES_TICK_MS 20
#define REFUSAL_TICKS 12   /* between refusals */
#define INLINE_VALUES 1024 /* bytes; longer values are allocated */
#define POOL_MAX	  256  /* jobs kept for reuse */
#define GRACE_MS	  1000 /* a lane without connection for less is not missed */
#define REPEAT_LOG_MS 60000

/* Between the questions where a server stands. */
#define PROBES_PER_BOUND 8
#define PROBE_MS_MAX	 1000

#define ALONE_MS   10000 /* until hashes ahead are tried again */
#define WRITING_MS 1000	 /* until those that may write are asked again whether they would */

#define READ_CONNECTIONS	  2
#define WRITE_CONNECTIONS_MIN 2
#define WRITE_CONNECTIONS_MAX 4
#define QUEUE_PER_LOGIN		  10
#define LOGIN_QUEUE_MIN		  20

#define MEAN_WEIGHT 8 /* a job counts for one part in this many of the running mean */

/*
 * How answers begin, negative ones up to the code; see the extension's answers.
 */
#define POSITIVE	 "{\"success\":true,"
#define NEGATIVE	 "{\"success\":false,\"error\":{\"code\":\""
#define NEGATIVE_RFC "{\"error\":\""
#define CODE_SIZE	 32

struct LaneJob
{
	FairEntry entry;		   /* in the door's queue; must be first */
	TAILQ_ENTRY(LaneJob) link; /* in surplus, or in the pool */
	TAILQ_ENTRY(LaneJob) due;  /* in the lane's pending, oldest first */
	struct Door *door;
	const Statement *statement;
	uint64_t client;
	LaneOutcome outcome;
	bool surplus;  /* waits to be refused */
	bool moved;	   /* came from the other door */
	bool appealed; /* has an answer, which stands unless who has the last word says another */
	bool sent;	   /* the connection holds on to it */
	bool released; /* the caller does not */
	uint64_t sent_at;
	uint64_t deadline;
	void (*done)(void *arg);
	void *arg;
	PgConn *conn; /* on which it was sent last */
	PgAnswer *answer;
	char code[CODE_SIZE]; /* of a negative answer */
	char request_id[REQUEST_ID_SIZE];
	char traceparent[TRACEPARENT_SIZE];

	/* The copied values, in storage or in allocated; size 0 once wiped. */
	const char *values[STATEMENT_MAX_VALUES];
	char *allocated;
	size_t size;
	char storage[INLINE_VALUES];
	char address[INET6_ADDRSTRLEN]; /* the value that an appeal adds */
};

TAILQ_HEAD(JobList, LaneJob);

/* A way to one server. */
typedef struct Door
{
	PgGroup group; /* must be first: pg.c hands it back */
	struct Lane *lane;
	FairQueue *queue;
} Door;

typedef struct Lane
{
	Door primary;
	Door replica; /* without connections if there is none */
	unsigned deadline_ms;
	int queue_max;				/* of each door */
	int together;				/* jobs that an idle connection takes at a time, or 0 */
	const Statement *ahead;		/* makes their hashes; NULL until there is one */
	const Statement *last_word; /* the one of its statements that have any; likewise */
	uint64_t alone_until;		/* they would gain nothing by it */
	uint64_t empty_since;		/* has no connection; 0: has one */
	uint64_t said_at;			/* that it has none; 0: it has not been said */
	uint64_t stale_since;		/* its replica cannot be believed; 0: it can */
	bool said_stale;
	unsigned mean_time;		/* of a job on its connection, in ms / MEAN_WEIGHT */
	struct JobList pending; /* every job without an outcome but the surplus */
} Lane;

static void on_answered(void *query, PgAnswer *answer);
static void on_refused(void *query, const char *sqlstate, const char *message);
static void on_lost(void *query);
static void on_changed(PgGroup *group);
static const char *on_probed(PgConn *conn, uint64_t asked_at, const char *answer);

/*
 * The server stops a statement shortly before its lane's deadline, so that the
 * connection is free again when the caller is told; the replica does earlier,
 * so that the primary has the other half of the time.  A queue is as long as
 * the lane can work off well within the deadline on an idle machine: a read
 * takes some 30 us, a write a few ms, a login a fifth of a second.  On a busy
 * one the running mean of these times tells who would wait in vain.
 *
 * The login lane's backends give way to all others when the processors are
 * busy: own bcrypt by its pace, pgcrypto's as far as the kernel lets it.  A
 * connection of this lane takes several jobs at a time when it is idle
 * and they wait, and none as long as it is busy: their hashes are made together
 * by the statement in front of them, which has a place on the connection too.
 * Nobody waits for company: a queue forms by itself while all are busy.
 *
 * What the role, the database or the server may have for a default, and we
 * cannot live with, is set here: idle connections are kept, each statement sees
 * what was committed, indexes are used, nothing is compiled, and neither a
 * parse tree nor a plan for the values of a statement, which would have them in
 * it, goes to the server's log.
 */
#define SERVER_OPTIONS                                                        \
	" -c lock_timeout=1000 -c idle_in_transaction_session_timeout=5000"       \
	" -c client_connection_check_interval=500 -c idle_session_timeout=0"      \
	" -c default_transaction_isolation=read\\ committed"                      \
	" -c plan_cache_mode=force_generic_plan -c enable_indexscan=on"           \
	" -c jit=off -c exit_on_error=off -c log_parameter_max_length_on_error=0" \
	" -c debug_print_parse=off -c debug_print_rewritten=off -c debug_print_plan=off"

#define CALLBACKS                                                                           \
	.answered = on_answered, .refused = on_refused, .lost = on_lost, .changed = on_changed, \
	.probed = on_probed

#define OPTIONS(timeout_ms, more) \
	.server_options = "-c statement_timeout=" #timeout_ms more SERVER_OPTIONS

/* clang-format off */
static Lane lanes[LANE_COUNT] = {
	[LANE_READ] = {
		.primary.group = { .name = "read", .depth = 16, .silence_ms = 2000, OPTIONS(900, " -c jerry.defer_writes=on"), CALLBACKS },
		.replica.group = {
			.name = "replica", .is_standby = true, .depth = 16, .silence_ms = 500, OPTIONS(400, ""), CALLBACKS
		},
		.deadline_ms = 1000,
		.queue_max = 1024,
	},
	[LANE_WRITE] = {
		.primary.group = { .name = "write", .depth = 1, .silence_ms = 4000, OPTIONS(1900, " -c jerry.defer_writes=off"), CALLBACKS },
		.deadline_ms = 2000,
		.queue_max = 64,
	},
	[LANE_LOGIN] = {
		.primary.group = {
			.name = "login", .depth = HASH_AHEAD_MAX + 1, .silence_ms = 10000, OPTIONS(4900, " -c jerry.bcrypt_least_share=0.15 -c jerry.login_nice=10"), CALLBACKS
		},
		.deadline_ms = 5000,
		.together = HASH_AHEAD_MAX,
	},
};
/* clang-format on */

/*
 * Jobs that are refused, because a lane has too much to do.  They are told
 * within REFUSAL_TICKS: clients that come again as soon as they are refused
 * would leave the event loop time for little else.  A flood that is
 * answered four times a second leaves a tenth more validations than one that is
 * answered 25 times.
 */
static struct JobList surplus = TAILQ_HEAD_INITIALIZER(surplus);

static struct JobList pool = TAILQ_HEAD_INITIALIZER(pool);
static int pooled;
static unsigned pending;
static bool all_connected; /* every lane has had a connection */
static bool stopped;

/* So long those that may write are sent to the write lane at once. */
static uint64_t writing_until;

/* The system's allocator, so that the sanitizers see what we do. */
static void *
allocate(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		fatal("jerry: out of memory");
	return memory;
}

/*
 * Divides a worker's connections: two for reading, because each takes sixteen
 * queries, and as many for reading from a replica; one for each processor to
 * run bcrypt on, shared by the workers; the rest, two to four, for writing.  A
 * short pool shortens the login lane first, but each door has a connection at
 * least.
 */
static void
divide_pool(const Config *config, int count[LANE_COUNT], int *replica)
{
	int cores = sysconf(_SC_NPROCESSORS_ONLN);
	int logins = (cores + config->workers - 1) / config->workers;
	int rest = config->database_pool_size;
	int writes;

	*replica = 0;
	if (config->database_read_url != NULL)
		*replica = rest > LANE_COUNT + 1 ? READ_CONNECTIONS : 1;
	rest -= *replica;

	count[LANE_READ] = rest > LANE_COUNT ? READ_CONNECTIONS : 1;
	rest -= count[LANE_READ];

	writes = rest >= 2 * WRITE_CONNECTIONS_MIN ? WRITE_CONNECTIONS_MIN : 1;
	count[LANE_LOGIN] = MAX(1, MIN(logins, rest - writes));
	rest -= count[LANE_LOGIN];

	count[LANE_WRITE] = MAX(1, MIN(rest, WRITE_CONNECTIONS_MAX));
}

static PgServer *
add_server(const char *setting, const char *url)
{
	PgServer *server = pg_add_server(url);

	if (server == NULL)
		fatalx("jerry: %s cannot be parsed", setting);
	return server;
}

/* Opens a door of nconns connections; with none it stays shut. */
static void
open_door(Lane *lane, Door *door, PgServer *server, int nconns)
{
	door->lane = lane;
	door->group.server = server;
	door->group.probe = freshness_sql;
	if (nconns == 0)
		return;
	pg_add_group(&door->group, nconns);
	lane_metrics_add(&door->group);
	door->queue = fair_queue_new(lane->queue_max, nconns * door->group.depth);
	if (door->queue == NULL)
		fatal("jerry: out of memory");
}

void
lanes_configure(const Config *config)
{
	int count[LANE_COUNT];
	int replica_count;
	PgServer *primary = add_server("DATABASE_URL", config->database_url);
	PgServer *replica = NULL;
	uint64_t bound_ms = (uint64_t) config->database_read_max_lag * 1000;

	lane_metrics_configure();
	freshness_configure(bound_ms);
	if (config->database_read_url != NULL)
		replica = add_server("DATABASE_READ_URL", config->database_read_url);

	divide_pool(config, count, &replica_count);
	for (int id = 0; id < LANE_COUNT; id++)
	{
		Lane *lane = &lanes[id];

		TAILQ_INIT(&lane->pending);
		if (id == LANE_LOGIN)
			lane->queue_max = MAX(LOGIN_QUEUE_MIN, QUEUE_PER_LOGIN * count[id]);
		if (replica != NULL && id == LANE_READ && bound_ms > 0)
		{
			lane->replica.group.leased = true;
			lane->primary.group.probe_ms = lane->replica.group.probe_ms =
				(unsigned) MIN(bound_ms / PROBES_PER_BOUND, PROBE_MS_MAX);
		}
		open_door(lane, &lane->primary, primary, count[id]);
		open_door(lane, &lane->replica, replica, id == LANE_READ ? replica_count : 0);
	}
}

void
lanes_add(const Statement *statement)
{
	Lane *lane = &lanes[statement->lane];

	if (statement->nparams > STATEMENT_MAX_VALUES)
		fatalx("jerry: statement %s has too many parameters", statement->name);
	pg_add_statement(&lane->primary.group, statement);
	pg_add_statement(&lane->replica.group, statement);
	if (statement->may_write)
		pg_add_statement(&lanes[LANE_WRITE].primary.group, statement);
	if (statement->last_word != NULL && lane->last_word == NULL)
	{
		lane->last_word = statement->last_word;
		pg_add_statement(&lane->primary.group, lane->last_word);
	}
	if (statement->ahead.kind != NULL && lane->ahead == NULL)
	{
		lane->ahead = hash_ahead_statement(statement);
		pg_add_statement(&lane->primary.group, lane->ahead);
	}
}

/* Takes a job out of the pool, or makes one; cleared but for its storage. */
static LaneJob *
job_new(void)
{
	LaneJob *job = TAILQ_FIRST(&pool);

	if (job != NULL)
	{
		TAILQ_REMOVE(&pool, job, link);
		pooled--;
	}
	else
		job = allocate(sizeof(*job));
	memset(job, 0, offsetof(LaneJob, storage));
	return job;
}

/* Passwords are not to be left in memory any longer than needed. */
static void
job_wipe(LaneJob *job)
{
	explicit_bzero(job->allocated != NULL ? job->allocated : job->storage, job->size);
	free(job->allocated);
	job->allocated = NULL;
	job->size = 0;
}

/* Recycles a job that neither its caller nor a connection holds. */
static void
job_recycle(LaneJob *job)
{
	pg_free_answer(job->answer);
	if (stopped || pooled >= POOL_MAX)
		free(job);
	else
	{
		TAILQ_INSERT_HEAD(&pool, job, link);
		pooled++;
	}
}

/* The job has left its connection. */
static void
job_returned(LaneJob *job)
{
	job->sent = false;
	if (job->released)
		job_recycle(job);
}

/* The job needs its place in the queue, or on the connection, no more. */
static void
job_make_room(LaneJob *job)
{
	if (job->entry.client != NULL)
		fair_queue_remove(job->door->queue, &job->entry);
}

/* Takes a pending job off its lane's lists. */
static void
job_unlink(LaneJob *job)
{
	pending--;
	if (job->surplus)
	{
		TAILQ_REMOVE(&surplus, job, link);
		return;
	}
	TAILQ_REMOVE(&job->door->lane->pending, job, due);
	if (!job->sent)
		job_make_room(job);
	job_wipe(job);
}

/* The lane of a job. */
static LaneId
job_lane(const LaneJob *job)
{
	return (LaneId) (job->door->lane - lanes);
}

/* Lets a job wait for its refusal. */
static void
job_refuse(LaneJob *job, LaneRefusal reason)
{
	lane_metrics_refused(job_lane(job), reason);
	job->surplus = true;
	TAILQ_INSERT_TAIL(&surplus, job, link);
	pending++;
}

/*
 * Gives a job its outcome, if it has none yet, and tells the caller, who may
 * release it at once.
 */
static void
job_end(LaneJob *job, LaneOutcome outcome)
{
	if (job->outcome != LANE_PENDING || job->released)
		return;
	job_unlink(job);
	job->outcome = job->appealed ? LANE_ANSWERED : outcome;
	if (!stopped)
		job->done(job->arg);
}

/* Gives every job of a list its outcome, which takes it off the list. */
static void
end_all(struct JobList *jobs, LaneOutcome outcome)
{
	LaneJob *job;

	while ((job = TAILQ_FIRST(jobs)) != NULL)
		job_end(job, outcome);
}

/* Copies the values into one piece of memory. */
static void
job_copy_values(LaneJob *job, const char *const *values, const int *lengths, int nvalues)
{
	size_t size[STATEMENT_MAX_VALUES];
	char *to;

	for (int i = 0; i < nvalues; i++)
	{
		size[i] = values[i] == NULL ? 0 : lengths != NULL ? (size_t) lengths[i]
														  : strlen(values[i]);
		job->size += size[i] + 1;
	}
	to = job->storage;
	if (job->size > sizeof(job->storage))
		to = job->allocated = allocate(job->size);

	for (int i = 0; i < nvalues; i++)
	{
		if (values[i] == NULL)
			continue;
		job->values[i] = to;
		memcpy(to, values[i], size[i]);
		to[size[i]] = '\0';
		to += size[i] + 1;
	}
}

static bool
lane_has_replica(const Lane *lane)
{
	return lane->replica.group.nconns > 0;
}

/*
 * Has a job that has waited less time left than it will need?  One that has not
 * waited is always tried: how else would the lane learn that it is quick again?
 */
static bool
job_is_late(const LaneJob *job, uint64_t now)
{
	const Lane *lane = job->door->lane;

	return now + lane->deadline_ms != job->deadline &&
		   now + lane->mean_time / MEAN_WEIGHT > job->deadline;
}

/* How many jobs one connection of the lane takes. */
static int
lane_room(const Lane *lane)
{
	if (lane->together == 0)
		return lane->primary.group.depth;
	return kore_time_ms() < lane->alone_until ? 1 : lane->together;
}

/*
 * A connection with room for jobs, and for how many of those that wait: where
 * they go together, for its share of them, if it is idle.
 */
static PgConn *
door_vacant(Door *door, int *most)
{
	PgConn *conn = NULL;
	int waiting;
	int idle;

	*most = 1;
	if (door->lane->together == 0)
		return pg_vacant(&door->group);
	idle = pg_idle(&door->group, &conn);
	waiting = fair_queue_waiting(door->queue);
	if (idle > 0)
		*most = MIN(lane_room(door->lane), MAX(1, (waiting + idle - 1) / idle));
	return conn;
}

/*
 * Takes up to so many jobs out of the queue, those whose turn it is, and
 * refuses what would come too late.  What nothing can be done ahead for goes
 * alone.
 */
static int
door_take(Door *door, LaneJob **jobs, int most, uint64_t now)
{
	LaneJob *job;
	int n = 0;

	while (n < most && (job = (LaneJob *) fair_queue_first(door->queue)) != NULL)
	{
		if (job_is_late(job, now))
		{
			job_unlink(job);
			job_refuse(job, REFUSED_LATE);
			continue;
		}
		if (n > 0 && (jobs[0]->statement->ahead.kind == NULL || job->statement->ahead.kind == NULL))
			break;
		fair_queue_pop(door->queue);
		jobs[n++] = job;
	}
	return n;
}

/* Notes that a job is on its way. */
static void
job_note_sent(LaneJob *job, PgConn *conn, uint64_t now)
{
	job->sent = true;
	job->sent_at = now;
	job->conn = conn;
}

/*
 * Sends what lets the hashes of some jobs be made together.  It is a job that
 * nobody waits for.
 */
static void
door_hash_ahead(Door *door, PgConn *conn, LaneJob *const *jobs, int n, uint64_t now)
{
	HashAheadCall calls[HASH_AHEAD_MAX];
	const char *values[HASH_AHEAD_MAX_VALUES];
	LaneJob *ahead = job_new();

	for (int i = 0; i < n; i++)
		calls[i] = (HashAheadCall){ jobs[i]->statement, jobs[i]->values };
	hash_ahead_values(calls, n, values);
	ahead->door = door;
	ahead->statement = door->lane->ahead;
	ahead->released = true;
	memcpy(ahead->request_id, jobs[0]->request_id, sizeof(ahead->request_id));
	job_note_sent(ahead, conn, now);
	pg_send(conn, ahead->statement, values, "", ahead);
}

static bool
job_is_ahead(const LaneJob *job)
{
	return job->statement == job->door->lane->ahead;
}

/* Sends queued jobs as long as there is room on a connection. */
static void
door_pump(Door *door)
{
	uint64_t now = kore_time_ms();
	LaneJob *jobs[HASH_AHEAD_MAX];
	PgConn *conn;
	int most;

	while (fair_queue_first(door->queue) != NULL && (conn = door_vacant(door, &most)) != NULL)
	{
		int n = door_take(door, jobs, most, now);

		if (n > 1)
			door_hash_ahead(door, conn, jobs, n, now);
		for (int i = 0; i < n; i++)
		{
			job_note_sent(jobs[i], conn, now);
			pg_send(conn, jobs[i]->statement, jobs[i]->values, jobs[i]->traceparent, jobs[i]);
			if (!lane_has_replica(door->lane) && jobs[i]->statement->last_word == NULL &&
				!jobs[i]->statement->may_write)
				job_wipe(jobs[i]);
		}
	}
}

/*
 * Lets a job wait in front of a door, perhaps at the cost of another one.
 * Returns false when there is no place for it.
 */
static bool
door_enter(Door *door, LaneJob *job)
{
	FairEntry *displaced;

	job->door = door;
	if (!fair_queue_push(door->queue, &job->entry, job->client, &displaced))
		return false;
	if (displaced != NULL)
	{
		job_unlink((LaneJob *) displaced);
		job_refuse((LaneJob *) displaced, REFUSED_FULL);
	}
	return true;
}

/*
 * Can a new job of this client be done in time?  Those before it come first,
 * and of those under way half is done.
 */
static bool
door_in_time(Door *door, uint64_t client)
{
	const Lane *lane = door->lane;
	unsigned room = (unsigned) (pg_usable(&door->group) * lane_room(lane));
	unsigned ahead = (unsigned) fair_queue_ahead(door->queue, client);
	int most;
	uint64_t time =
		(uint64_t) lane->mean_time * (2 * ahead + 3 * room) / (2 * room * MEAN_WEIGHT);

	return time <= lane->deadline_ms || door_vacant(door, &most) != NULL;
}

/*
 * Sends a job through the other door, after its own has not led to an answer
 * that will do.  Returns false when nobody is behind it, or nobody waits for
 * the job.
 */
static bool
job_move(LaneJob *job)
{
	Door *door = job->door;
	Lane *lane = door->lane;
	Door *other = door == &lane->primary ? &lane->replica : &lane->primary;

	if (job->outcome != LANE_PENDING || job->released || job->moved ||
		pg_usable(&other->group) == 0 || stopped)
		return false;

	job_make_room(job);
	job->sent = false;
	job->moved = true;
	if (door_enter(other, job))
		door_pump(other);
	else
	{
		job_unlink(job);
		job_refuse(job, REFUSED_FULL);
	}
	return true;
}

/* Ends or moves every job that waits in front of a door. */
static void
door_empty(Door *door)
{
	LaneJob *job;

	while ((job = (LaneJob *) fair_queue_first(door->queue)) != NULL)
	{
		if (job_move(job))
			continue;
		lane_metrics_refused(job_lane(job), REFUSED_DOWN);
		job_end(job, LANE_DOWN);
	}
}

/* A door has got room, or has no connection left. */
static void
on_changed(PgGroup *group)
{
	Door *door = (Door *) group;

	if (pg_usable(group) > 0)
		door_pump(door);
	else
		door_empty(door);
}

/*
 * A server has said where it stands, or refuses to.  Without a replica nobody
 * needs to know but this: a standby in the primary's place answers what nobody
 * can bound.
 */
static const char *
on_probed(PgConn *conn, uint64_t asked_at, const char *answer)
{
	const Door *door = (Door *) pg_group(conn);
	Position position;

	if (answer == NULL || !freshness_read(answer, &position))
		return NULL;
	if (door == &door->lane->replica)
		pg_trust(conn, freshness_until(&position));
	else if (position.recovering)
		return "the server is a standby, to which only DATABASE_READ_URL may lead";
	else
		freshness_note(&position, asked_at);
	return NULL;
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/*
 * Reads the code of a negative answer.  An envelope that is not certainly
 * positive is negative.
 */
static void
read_code(AnswerStyle style, const char *body, char code[CODE_SIZE])
{
	const char *start = "UNREADABLE";
	const char *negative = style == ANSWER_RFC ? NEGATIVE_RFC : NEGATIVE;
	size_t length;

	code[0] = '\0';
	if (style == ANSWER_BARE || begins_with(body, POSITIVE))
		return;
	if (begins_with(body, negative) && body[strlen(negative)] != '"')
		start = body + strlen(negative);
	else if (style == ANSWER_RFC)
		return;
	length = MIN(strcspn(start, "\""), CODE_SIZE - 1);
	memcpy(code, start, length);
	code[length] = '\0';
}

/*
 * The server is done with a job: makes room for another, and learns how long
 * such a job takes.
 */
static void
job_measure(LaneJob *job)
{
	Lane *lane = job->door->lane;
	uint64_t time = kore_time_ms() - job->sent_at;

	job_make_room(job);
	lane->mean_time += (unsigned) time - lane->mean_time / MEAN_WEIGHT;
	lane_metrics_answered(&job->door->group, time);
}

/*
 * Hashes were made ahead, or jobs of this lane are better sent alone for a
 * while: jerry.bcrypt_provider makes one hash at a time.
 */
static void
ahead_answered(LaneJob *job, PgAnswer *answer)
{
	size_t length;
	const char *body = pg_answer_body(answer, &length);

	if (body == NULL || body[0] == 'f')
		job->door->lane->alone_until = kore_time_ms() + ALONE_MS;
	pg_free_answer(answer);
	job_returned(job);
}

/*
 * Asks the primary who has the last word on a refusal, if anybody has.  Returns
 * false when nobody has, can be asked, or waits for the job.
 */
static bool
job_appeal(LaneJob *job)
{
	const Statement *statement = job->statement;
	Door *door = &job->door->lane->primary;

	if (statement->last_word == NULL || strcmp(job->code, "INVALID_TOKEN") != 0 ||
		job->outcome != LANE_PENDING || job->released || stopped || pg_usable(&door->group) == 0)
		return false;
	address_text_of_client(job->client, job->address);
	job->values[1] = job->address;
	job->statement = statement->last_word;
	/* Nobody else is asked that. */
	job->moved = job->appealed = true;
	job->sent = false;
	if (door_enter(door, job))
	{
		door_pump(door);
		return true;
	}
	job->sent = true;
	return false;
}

/* The last word on a job has been said, perhaps too late. */
static void
appeal_answered(LaneJob *job, PgAnswer *answer, const char *body)
{
	if (job->outcome == LANE_PENDING && !job->released)
	{
		read_code(job->statement->style, body, job->code);
		pg_free_answer(job->answer);
		job->answer = answer;
	}
	else
		pg_free_answer(answer);
	job_end(job, LANE_ANSWERED);
	job_returned(job);
}

/* Sends a job to the write lane, in which its time begins anew. */
static void
job_turn_aside(LaneJob *job)
{
	Lane *lane = &lanes[LANE_WRITE];

	TAILQ_REMOVE(&job->door->lane->pending, job, due);
	job->sent = false;
	job->deadline = kore_time_ms() + lane->deadline_ms;
	TAILQ_INSERT_TAIL(&lane->pending, job, due);
	if (door_enter(&lane->primary, job))
		door_pump(&lane->primary);
	else
	{
		job_unlink(job);
		job_refuse(job, REFUSED_FULL);
	}
}

/*
 * The answer is NULL: that of a statement which is not for the read lane now.
 */
static void
null_answered(LaneJob *job)
{
	bool aside = job->statement->may_write && job_lane(job) == LANE_READ;

	if (aside)
		writing_until = kore_time_ms() + WRITING_MS;
	else
		log_line(LOG_LEVEL_ERROR, "statement_failed", "%s: no answer, request %s",
				 job->statement->name, job->request_id);
	if (aside && job->outcome == LANE_PENDING && !job->released && !stopped &&
		pg_usable(&lanes[LANE_WRITE].primary.group) > 0)
	{
		job_turn_aside(job);
		return;
	}
	job_end(job, aside ? LANE_DOWN : LANE_FAILED);
	job_returned(job);
}

/*
 * A statement was answered.  The other server is asked when this answer does
 * not count: a refusal of the replica, or anything from a server that is not
 * trusted.
 */
static void
on_answered(void *query, PgAnswer *answer)
{
	LaneJob *job = query;
	bool is_replicas = job->door == &job->door->lane->replica;
	bool is_trusted = pg_is_trusted(job->conn);
	size_t length;
	const char *body = pg_answer_body(answer, &length);

	if (job_is_ahead(job))
	{
		ahead_answered(job, answer);
		return;
	}
	job_measure(job);
	if (body == NULL)
	{
		pg_free_answer(answer);
		null_answered(job);
		return;
	}
	if (job->appealed)
	{
		appeal_answered(job, answer, body);
		return;
	}
	read_code(job->statement->style, body, job->code);
	if (is_replicas && (job->code[0] != '\0' || !is_trusted) && job_move(job))
	{
		pg_free_answer(answer);
		return;
	}
	job->answer = answer;
	if (is_trusted && job_appeal(job))
		return;
	job_end(job, is_trusted ? LANE_ANSWERED : LANE_DOWN);
	job_returned(job);
}

/* A connection was lost: nobody knows what became of the job. */
static void
on_lost(void *query)
{
	LaneJob *job = query;

	job_make_room(job);
	if (job_move(job))
		return;
	job_end(job, LANE_DOWN);
	job_returned(job);
}

/* What an error of the server means for the caller. */
static LaneOutcome
outcome_of(const char *sqlstate)
{
	/*
	 * The server cannot serve now; a class, or a class and a part of the rest.
	 */
	static const char *const passing[] = {
		"08",			  /* connection trouble */
		"53",			  /* out of connections, memory, disk */
		"57P",			  /* shutting down, starting up */
		"25006",		  /* read-only: a standby */
		"26000",		  /* the session is not ours; see pg.h */
		"40001", "40P01", /* serialization failure, deadlock */
		"55P03",		  /* lock not available */
		"F0000"			  /* it lacks a key file; see key_file.h of the extension */
	};

	if (strcmp(sqlstate, "57014") == 0)
		return LANE_DEADLINE; /* statement_timeout */
	for (size_t i = 0; i < lengthof(passing); i++)
	{
		if (strncmp(sqlstate, passing[i], strlen(passing[i])) == 0)
			return LANE_DOWN;
	}
	return LANE_FAILED;
}

/* A statement failed; what another server could do is sent there. */
static void
on_refused(void *query, const char *sqlstate, const char *message)
{
	LaneJob *job = query;
	LaneOutcome outcome = outcome_of(sqlstate);

	if (!job_is_ahead(job))
		job_measure(job);
	log_line(outcome == LANE_FAILED ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "statement_failed",
			 "%s: SQLSTATE %s, request %s", job->statement->name, sqlstate, job->request_id);
	log_line(LOG_LEVEL_DEBUG, "statement_message", "request %s: %s", job->request_id, message);

	if (outcome != LANE_FAILED && job_move(job))
		return;
	job_end(job, outcome);
	job_returned(job);
}

/*
 * Ends the jobs whose time is up.  In a lane they are due in order.  What was
 * never sent has certainly not been done, and is refused.
 */
static void
lane_expire(Lane *lane, uint64_t now)
{
	LaneJob *job;

	while ((job = TAILQ_FIRST(&lane->pending)) != NULL && job->deadline <= now)
	{
		if (!job->sent)
			lane_metrics_refused(job_lane(job), REFUSED_EXPIRED);
		job_end(job, job->sent ? LANE_DEADLINE : LANE_BUSY);
	}
}

/*
 * Tells when a lane has been without a connection for a while, and when it has
 * one again.
 */
static void
lane_watch(LaneId id, uint64_t now)
{
	static const char *const names[LANE_COUNT] = { "read", "write", "login" };
	static const char *const work[LANE_COUNT] = { "reads are", "writes are",
												  "logins and registrations are" };
	Lane *lane = &lanes[id];

	if (lane_ready(id))
	{
		if (lane->said_at != 0)
			log_line(LOG_LEVEL_INFO, "lane_up", "%s lane: it has a connection again", names[id]);
		lane->empty_since = lane->said_at = 0;
	}
	else if (lane->empty_since == 0)
		lane->empty_since = now;
	else if (now - lane->empty_since >= GRACE_MS && now - lane->said_at >= REPEAT_LOG_MS)
	{
		log_line(LOG_LEVEL_WARNING, "lane_down",
				 "%s lane: no connection to the database: %s refused", names[id], work[id]);
		lane->said_at = now;
	}
}

/*
 * Tells when a replica that can be reached has not been believed for a while,
 * and when it is again.  Jobs that wait for it have to go elsewhere.
 */
static void
lane_watch_replica(Lane *lane, uint64_t now)
{
	const PgGroup *group = &lane->replica.group;

	if (pg_usable(group) > 0)
	{
		if (lane->said_stale)
			log_line(LOG_LEVEL_INFO, "replica_fresh",
					 "the replica has what the primary has, and is used again");
		lane->stale_since = 0;
		lane->said_stale = false;
		return;
	}
	door_empty(&lane->replica);
	if (group->nready == 0)
		lane->stale_since = 0;
	else if (lane->stale_since == 0)
		lane->stale_since = now;
	else if (now - lane->stale_since >= GRACE_MS && !lane->said_stale)
	{
		log_line(LOG_LEVEL_WARNING, "replica_stale",
				 "nothing shows that the replica has what the primary had DATABASE_READ_MAX_LAG "
				 "seconds ago: it is not used");
		lane->said_stale = true;
	}
}

/* How many jobs wait for a connection of a lane. */
static int
lane_waiting(const Lane *lane)
{
	return fair_queue_waiting(lane->primary.queue) +
		   (lane_has_replica(lane) ? fair_queue_waiting(lane->replica.queue) : 0);
}

/* Refuses, expires and watches, every few milliseconds. */
static void
lanes_tick(void *arg, uint64_t now)
{
	static unsigned ticks;

	(void) arg;

	if (stopped)
		return;
	if (++ticks % REFUSAL_TICKS == 0)
		end_all(&surplus, LANE_BUSY);
	for (int id = 0; id < LANE_COUNT; id++)
	{
		lane_expire(&lanes[id], now);
		lane_watch(id, now);
		lane_metrics_show_waiting(id, lane_waiting(&lanes[id]));
	}
	if (lane_has_replica(&lanes[LANE_READ]))
		lane_watch_replica(&lanes[LANE_READ], now);
	pg_tick(now);
	lane_metrics_show_connections();
}

void
lanes_start(void)
{
	pg_start();
	kore_timer_add(lanes_tick, LANES_TICK_MS, NULL, 0);
}

/*
 * The door for a new job: the replica's if there is room at once, or for one
 * that asks the primary first if there is none.
 */
static Door *
lane_door(Lane *lane, bool primary_first)
{
	Door *replica = &lane->replica;

	if (primary_first && pg_usable(&lane->primary.group) > 0)
		return &lane->primary;
	if (pg_usable(&replica->group) > 0 &&
		(lane->primary.group.nready == 0 || pg_vacant(&replica->group) != NULL))
		return replica;
	return &lane->primary;
}

/* The lane for a new job. */
static Lane *
lane_for(const Statement *statement)
{
	return &lanes[statement->may_write && kore_time_ms() < writing_until ? LANE_WRITE
																		 : statement->lane];
}

LaneJob *
lane_submit(const Statement *statement, uint64_t client, const char *const *values,
			const int *lengths, const LaneMark *mark, void (*done)(void *arg), void *arg)
{
	LaneJob *job = job_new();
	Lane *lane = lane_for(statement);
	Door *door = lane_door(lane, statement->primary_first);

	job->door = door;
	job->statement = statement;
	job->client = client;
	job->done = done;
	job->arg = arg;
	memcpy(job->request_id, mark->request_id,
		   strnlen(mark->request_id, sizeof(job->request_id) - 1));
	memcpy(job->traceparent, mark->traceparent,
		   strnlen(mark->traceparent, sizeof(job->traceparent) - 1));

	if (stopped || pg_usable(&door->group) == 0)
	{
		lane_metrics_refused(job_lane(job), REFUSED_DOWN);
		job->outcome = LANE_DOWN;
		return job;
	}
	if (!door_in_time(door, client))
	{
		job_refuse(job, REFUSED_LATE);
		return job;
	}
	if (!door_enter(door, job))
	{
		job_refuse(job, REFUSED_FULL);
		return job;
	}

	job_copy_values(job, values, lengths, statement->nparams);
	job->deadline = kore_time_ms() + lane->deadline_ms;
	TAILQ_INSERT_TAIL(&lane->pending, job, due);
	pending++;
	door_pump(door);
	return job;
}

LaneOutcome
lane_outcome(const LaneJob *job)
{
	return job->outcome;
}

const char *
lane_code(const LaneJob *job)
{
	return job->code[0] != '\0' ? job->code : NULL;
}

const char *
lane_body(const LaneJob *job, size_t *length)
{
	return pg_answer_body(job->answer, length);
}

void
lane_release(LaneJob *job)
{
	if (job->outcome == LANE_PENDING)
		job_unlink(job);
	job->released = true;
	if (!job->sent)
		job_recycle(job);
}

bool
lane_ready(LaneId lane)
{
	return pg_usable(&lanes[lane].primary.group) > 0 || pg_usable(&lanes[lane].replica.group) > 0;
}

/* Does the primary serve any lane? */
static bool
primary_serves(void)
{
	for (int id = 0; id < LANE_COUNT; id++)
	{
		if (lanes[id].primary.group.nready > 0)
			return true;
	}
	return false;
}

unsigned
lanes_missing(void)
{
	unsigned missing = 0;

	for (int id = 0; id < LANE_COUNT; id++)
	{
		bool empty = !lane_ready(id);

		if (empty && (!all_connected || id == LANE_READ || lanes[id].said_at != 0))
			missing |= 1U << id;
	}
	all_connected |= missing == 0;
	if (all_connected && lane_ready(LANE_READ) && !primary_serves())
		return 0;
	return missing;
}

unsigned
lanes_pending(void)
{
	return pending;
}

void
lanes_stop(void)
{
	LaneJob *job;

	stopped = true;
	pg_stop();
	for (int id = 0; id < LANE_COUNT; id++)
		end_all(&lanes[id].pending, LANE_DOWN);
	end_all(&surplus, LANE_DOWN);
	while ((job = TAILQ_FIRST(&pool)) != NULL)
	{
		TAILQ_REMOVE(&pool, job, link);
		free(job);
	}
}
