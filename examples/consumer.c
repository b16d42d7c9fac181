/*
 * consumer.c
 *		Handles Jerry's events, at least once each: claim, commit, handle, acknowledge.  The same as consumer.py, in C.
 *
 *		cc -o consumer consumer.c -I"$(pg_config --includedir)" -lpq
 *		DATABASE_URL=postgresql://mailer:...@localhost/app ./consumer [NAME]
 *
 * Run as many workers of one NAME (default: mail) as you like; they share its events.  The role needs jerry_events.  An event can come twice, when
 * a worker died or its lease ended, so handle() must not mind.  One whose handling fails comes again later, ATTEMPTS times, and is
 * a dead letter then.  When the database is away the worker waits for it.  SIGTERM and Ctrl-C let it finish what it has claimed; a second one ends it at once.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ATTEMPTS 100			/* a day and a half: mail servers are away for long at times */
#define DELAY_MIN_S 5			/* before an event comes again: at first, and at most */
#define DELAY_MAX_S 1800
#define POLL_MS 5000			/* a notification wakes us at once; this is for those that nobody heard */
#define PAUSE_MIN_MS 1000		/* before the database is tried again: at first, and at most */
#define PAUSE_MAX_MS 30000

static volatile sig_atomic_t end_is_near = 0;

static void
end_comes(int number)
{
	(void) number;
	end_is_near = 1;
}

/* false: it could not be done now, try again later */
static bool
handle(const char *event_id, const char *event_type, const char *payload)
{
	return printf("%s %s %s\n", event_id, event_type, payload) > 0 && fflush(stdout) == 0;
}

/* waits for bytes from the server, or for a signal; fd -1: for the time alone */
static void
wait_for(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (!end_is_near)
		(void) poll(&p, 1, ms);
}

/* NULL: the statement failed; most often the server is gone */
static PGresult *
run(PGconn *connection, const char *sql, int n, const char *const *values)
{
	PGresult   *result = PQexecParams(connection, sql, n, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	fprintf(stderr, "consumer: %s", PQerrorMessage(connection));
	PQclear(result);
	return NULL;
}

/* says what becomes of an event that was handled, or was not; NULL: an error of the database */
static PGresult *
settle(PGconn *connection, const char *name, const char *event_id, const char *attempt, bool handled)
{
	int			delay = DELAY_MIN_S;
	char		seconds[16];
	const char *values[] = {name, event_id, seconds};

	if (handled)
		return run(connection, "SELECT jerry.ack_events($1, ARRAY[$2::bigint])", 2, values);
	fprintf(stderr, "consumer: event %s, attempt %s: it could not be handled\n", event_id, attempt);
	if (atoi(attempt) >= ATTEMPTS)
	{
		fprintf(stderr, "consumer: event %s is given up after %s attempts; jerry.requeue_events brings it back\n", event_id, attempt);
		return run(connection, "SELECT jerry.reject_events($1, ARRAY[$2::bigint], 'it could not be handled')", 2, values);
	}
	for (int n = atoi(attempt); n > 1 && delay < DELAY_MAX_S; n--)
		delay *= 2;
	snprintf(seconds, sizeof(seconds), "%d", delay < DELAY_MAX_S ? delay : DELAY_MAX_S);
	/* not all at the same moment */
	return run(connection, "SELECT jerry.retry_events($1, ARRAY[$2::bigint], (0.5 + random() / 2) * make_interval(secs => $3::int), "
			   "'it could not be handled')", 3, values);
}

/* handles what there is; -1: an error of the database */
static int
work(PGconn *connection, const char *name)
{
	/* a statement of its own commits: no lock is held while we handle */
	PGresult   *events = run(connection, "SELECT event_id, event_type, payload, attempt FROM jerry.claim_events($1, 100, '1 minute')", 1, &name);
	int			n = events != NULL ? PQntuples(events) : -1;

	for (int i = 0; i < n; i++)
	{
		const char *event_id = PQgetvalue(events, i, 0);
		bool		handled = handle(event_id, PQgetvalue(events, i, 1), PQgetvalue(events, i, 2));
		PGresult   *settled = settle(connection, name, event_id, PQgetvalue(events, i, 3), handled);

		if (settled == NULL)
			n = -1;
		PQclear(settled);
	}
	PQclear(events);
	return n;
}

static void
wait_for_notification(PGconn *connection)
{
	PGnotify   *notify;

	wait_for(PQsocket(connection), POLL_MS);
	(void) PQconsumeInput(connection);
	while ((notify = PQnotifies(connection)) != NULL)
		PQfreemem(notify);
}

static PGconn *
connect_and_listen(void)
{
	/* a server that is gone without a word is noticed as well */
	const char *names[] = {"dbname", "connect_timeout", "keepalives_idle", "tcp_user_timeout", NULL};
	const char *values[] = {getenv("DATABASE_URL"), "10", "30", "60000", NULL};
	PGconn	   *connection = PQconnectdbParams(names, values, 1);
	PGresult   *listening;

	if (PQstatus(connection) != CONNECTION_OK)
		fprintf(stderr, "consumer: %s", PQerrorMessage(connection));
	/* first listen, then look: nothing falls between */
	else if ((listening = run(connection, "LISTEN jerry_events", 0, NULL)) != NULL)
	{
		PQclear(listening);
		return connection;
	}
	PQfinish(connection);
	return NULL;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "mail";
	/* the second time the signal ends us */
	struct sigaction ending = {.sa_handler = end_comes, .sa_flags = SA_RESETHAND | SA_RESTART};
	int			pause = PAUSE_MIN_MS;

	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGINT, &ending, NULL);
	while (!end_is_near)
	{
		PGconn	   *connection = connect_and_listen();
		int			n = connection != NULL ? 0 : -1;

		while (!end_is_near && n >= 0)
		{
			n = work(connection, name);
			if (n == 0)
				wait_for_notification(connection);
			if (n >= 0)
				pause = PAUSE_MIN_MS;
		}
		PQfinish(connection);
		if (n < 0)
		{
			wait_for(-1, pause);
			pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
		}
	}
	return EXIT_SUCCESS;
}
