/*
 * consumer.c
 *		Handles Jerry's events, at least once each: claim, commit, handle, acknowledge.  The same as consumer.py, in C.
 *
 *		cc -o consumer consumer.c -I"$(pg_config --includedir)" -lpq
 *		DATABASE_URL=postgresql://mailer:...@localhost/app ./consumer [NAME]
 *
 * Run as many workers of one NAME (default: mail) as you like; they share its events.  The role needs jerry_events.  An event can come twice, when
 * a worker died or its lease ended, so handle() must not mind.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define POLL_MS 5000			/* a notification wakes us at once; this is for those that nobody heard */

/* runs a statement; ends the program when it fails: whatever restarts it finds every event again */
static PGresult *
run(PGconn *connection, const char *sql, int n, const char *const *values)
{
	PGresult   *result = PQexecParams(connection, sql, n, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
	{
		fprintf(stderr, "consumer: %s", PQerrorMessage(connection));
		exit(EXIT_FAILURE);
	}
	return result;
}

static void
handle(const char *event_id, const char *event_type, const char *payload)
{
	printf("%s %s %s\n", event_id, event_type, payload);
	fflush(stdout);
}

static void
wait_for_notification(PGconn *connection)
{
	struct pollfd fd = {.fd = PQsocket(connection),.events = POLLIN};
	PGnotify   *notify;

	(void) poll(&fd, 1, POLL_MS);
	(void) PQconsumeInput(connection);
	while ((notify = PQnotifies(connection)) != NULL)
		PQfreemem(notify);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "mail";
	const char *url = getenv("DATABASE_URL");
	PGconn	   *connection = PQconnectdb(url != NULL ? url : "");

	if (PQstatus(connection) != CONNECTION_OK)
	{
		fprintf(stderr, "consumer: %s", PQerrorMessage(connection));
		return EXIT_FAILURE;
	}
	/* first listen, then look: nothing falls between */
	PQclear(run(connection, "LISTEN jerry_events", 0, NULL));
	for (;;)
	{
		/* a statement of its own commits: no lock is held while we handle */
		PGresult   *events = run(connection, "SELECT event_id, event_type, payload FROM jerry.claim_events($1, 100, '1 minute')", 1, &name);
		int			n = PQntuples(events);

		for (int i = 0; i < n; i++)
		{
			const char *values[] = {name, PQgetvalue(events, i, 0)};

			handle(values[1], PQgetvalue(events, i, 1), PQgetvalue(events, i, 2));
			PQclear(run(connection, "SELECT jerry.ack_events($1, ARRAY[$2::bigint])", 2, values));
		}
		PQclear(events);
		if (n == 0)
			wait_for_notification(connection);
	}
}
