/*
 * consumer.c
 *		The consumers of the outbox: claim_events, ack_events, replay_events,
 *		remove_consumer, assign_consumer; and maintain, which bounds what Jerry
 *		keeps.
 *
 * However long a transaction stays open, nobody else waits for it.  The
 * transaction in which an event happens gives it to the consumers that it sees,
 * so a claim touches nothing but the deliveries of its own consumer, and passes
 * over those that are locked.  A new consumer is the hard part:
 *
 *	- it begins with all events that its first claim sees (column seen);
 *	- who sees the consumer gives it what happens from then on;
 *	- what remains was written by transactions that did not see it.  Each had
 *	  its number before it looked.  So, once the consumer can be seen by
 *	  everybody, their numbers are below the next one that will be given out
 *	  (column horizon), and when all below it have ended, what they wrote without
 *	  giving it to the consumer is made up for, once: then it is complete.
 */
#include "base/jerry.h"

#include "access/xact.h"
#include "base/envelope.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "base/settings.h"
#include "storage/latch.h"
#include "store/store.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/wait_event.h"

#define CLAIM_MAX				 10000
#define LEASE_MAX				 SECS_PER_DAY
#define CONSUMERS_MAX			 100 /* a row for each of them comes with each event */
#define CONSUMERS_PER_ROLE_MAX	 16
#define MAINTAIN_BATCH_MAX		 100000
#define ONE_TIME_TOKEN_RETENTION (7 * SECS_PER_DAY) /* so long an expired one is called expired, later unknown */
#define CONSUMER_NAME_MAX		 64
#define ACK_PAUSE_MS			 10
#define ACK_PATIENCE_MS			 1000

static void
require_writing(const char *call)
{
	PreventCommandDuringRecovery(call);
	/*
	 * ANALYZE and autovacuum run functions of whoever owns a table in their own
	 * session, as whose role he must not act
	 */
	if (InSecurityRestrictedOperation())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied: %s cannot be called by what the server runs for the owner of a table", call)));
	if (!store_knows_consumers())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the tables of extension \"jerry\" are older than its library"),
						errhint("ALTER EXTENSION jerry UPDATE;")));
}

static char *
consumer_argument(FunctionCallInfo fcinfo)
{
	text *name = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(name);
	char *consumer = length > CONSUMER_NAME_MAX ? NULL : text_to_cstring(name);

	if (length == 0 || consumer == NULL ||
		strspn(consumer, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") != (size_t) length)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("name of a consumer must have 1 to %d letters, digits, and characters of \"_.-\"", CONSUMER_NAME_MAX)));
	return consumer;
}

static int
count_argument(FunctionCallInfo fcinfo, int n, const char *name, int max)
{
	int value = PG_GETARG_INT32(n);

	if (value < 1 || value > max)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be between 1 and %d", name, max)));
	return value;
}

/*
 * each statement must see what others committed before it, or an event could
 * pass between a new consumer and whoever writes
 */
static void
require_read_committed(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("events can be given to consumers in isolation level READ COMMITTED only")));
}

static bool
has_role(Oid role, const char *name)
{
	Oid other = get_role_oid(name, true);

	return OidIsValid(other) && has_privs_of_role(role, other);
}

/* the owner of our functions may do everything as well: he has the tables */
static bool
is_admin(Oid role)
{
	return role == GetUserId() || has_role(role, "jerry_admin");
}

/*
 * who calls is the session's role, as SET ROLE left it, not the owner of this
 * function, with whose rights it runs
 */
static void
require_owner(const StoredConsumer *consumer)
{
	Oid role = GetOuterUserId();

	if (consumer->owner != NULL && !is_admin(role) && !has_role(role, consumer->owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied: the consumer belongs to another role"),
						errhint("jerry.assign_consumer gives it to a role of which several can be members.")));
}

/* false: somebody else is making it at this moment, or another one for this role */
static bool
make_consumer(const char *name, TimestampTz now)
{
	Oid role = GetOuterUserId();
	char *owner = GetUserNameFromId(role, false);
	int64 all;
	int64 owned;

	if (!store_try_making_consumer(name, role))
		return false;
	store_count_consumers(owner, &all, &owned);
	if (all >= CONSUMERS_MAX || (owned >= CONSUMERS_PER_ROLE_MAX && !is_admin(role)))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many consumers of events"),
						errdetail("One role can have %d, all together %d.", CONSUMERS_PER_ROLE_MAX, CONSUMERS_MAX),
						errhint("jerry.remove_consumer forgets those that nobody needs.")));
	return store_insert_consumer(name, owner, now);
}

/* gives a consumer what was under way when it began, as soon as that can be known */
static void
make_up(const char *name, StoredConsumer *consumer, TimestampTz now)
{
	/* others must have been able to see it before */
	if (consumer->complete || consumer->written_here)
		return;
	if (!consumer->has_horizon)
	{
		store_set_horizon(name);
		(void) store_find_consumer(name, consumer);
	}
	if (consumer->horizon_has_passed)
		store_complete_consumer(name, now);
}

PG_FUNCTION_INFO_V1(jerry_claim_events);

/* claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute') RETURNS TABLE (...) */
Datum
jerry_claim_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	int max = count_argument(fcinfo, 1, "max", CLAIM_MAX);
	TimestampTz now = jerry_now();
	TimestampTz lease_end = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(2)));
	StoredConsumer consumer;

	require_writing("jerry.claim_events()");
	if (lease_end <= now || lease_end > jerry_after(now, LEASE_MAX))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lease must be positive, and a day at most")));
	require_read_committed();
	InitMaterializedSRF(fcinfo, 0);
	if (!store_find_consumer(name, &consumer))
	{
		if (!make_consumer(name, now))
			return (Datum) 0;
	}
	else
	{
		require_owner(&consumer);
		if (consumer.owner == NULL && !is_admin(GetOuterUserId()))
			store_adopt_consumer(name, GetUserNameFromId(GetOuterUserId(), false));
		make_up(name, &consumer, now);
	}
	store_dispatch_events(max, now);
	store_claim_events(name, max, now, lease_end, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_ack_events);

/* ack_events(consumer text, event_ids bigint[]) RETURNS bigint */
Datum
jerry_ack_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	StoredConsumer consumer;
	int64 n;
	bool left;

	require_writing("jerry.ack_events()");
	if (!store_find_consumer(name, &consumer))
		PG_RETURN_INT64(0);
	require_owner(&consumer);
	n = store_delete_deliveries(name, PG_GETARG_DATUM(1), &left);
	/*
	 * a claim at the same moment locks, for an instant, what another worker has
	 * just claimed; one that stays open has it, and will acknowledge it
	 */
	for (int waited = 0; left && waited < ACK_PATIENCE_MS; waited += ACK_PAUSE_MS)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ACK_PAUSE_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		n += store_delete_deliveries(name, PG_GETARG_DATUM(1), &left);
	}
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(jerry_replay_events);

/* replay_events(consumer text, since timestamptz) RETURNS bigint */
Datum
jerry_replay_events(PG_FUNCTION_ARGS)
{
	char *name = consumer_argument(fcinfo);
	StoredConsumer consumer;

	require_writing("jerry.replay_events()");
	if (!store_find_consumer(name, &consumer))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there is no consumer of that name"),
						errhint("The first call of jerry.claim_events makes a consumer.")));
	require_owner(&consumer);
	PG_RETURN_INT64(store_renew_deliveries(name, PG_GETARG_TIMESTAMPTZ(1), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_remove_consumer);

/* remove_consumer(consumer text) RETURNS boolean */
Datum
jerry_remove_consumer(PG_FUNCTION_ARGS)
{
	require_writing("jerry.remove_consumer()");
	PG_RETURN_BOOL(store_delete_consumer(consumer_argument(fcinfo)));
}

PG_FUNCTION_INFO_V1(jerry_assign_consumer);

/* assign_consumer(consumer text, role name) RETURNS boolean */
Datum
jerry_assign_consumer(PG_FUNCTION_ARGS)
{
	char *role = NameStr(*PG_GETARG_NAME(1));

	require_writing("jerry.assign_consumer()");
	(void) get_role_oid(role, false);
	PG_RETURN_BOOL(store_assign_consumer(consumer_argument(fcinfo), role));
}

PG_FUNCTION_INFO_V1(jerry_maintain);

/* maintain(batch integer DEFAULT 1000) RETURNS json */
Datum
jerry_maintain(PG_FUNCTION_ARGS)
{
	int batch = count_argument(fcinfo, 0, "batch", MAINTAIN_BATCH_MAX);
	TimestampTz now = jerry_now();
	bool knows_consumers;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.maintain()");
	require_read_committed();
	knows_consumers = store_knows_consumers(); /* or events wait for the update of the extension */
	/*
	 * what a session with an older library wrote, or a copy, nobody may have
	 * asked for yet
	 */
	if (knows_consumers)
		store_dispatch_events(batch, now);
	answer_start(&w);
	json_int(&w, "events", knows_consumers ? store_delete_events(jerry_after(now, -settings()->event_retention), batch) : 0);
	json_int(&w, "one_time_tokens", store_delete_one_time_tokens(jerry_after(now, -ONE_TIME_TOKEN_RETENTION), batch));
	/* the last access token of a session can outlive its refresh token */
	json_int(&w, "sessions",
			 store_delete_sessions(jerry_after(now, -settings()->access_token_ttl), batch));
	return answer_finish(&w);
}
