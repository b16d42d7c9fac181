/*
 * webhook_delivery.c: see webhook_delivery.h.
 *
 * Who changes deliveries of a webhook in their course (claims, outcomes) has
 * locked the webhook before, so that they neither wait for each other with
 * their rows locked nor count wrongly what is claimed.
 */
#include "store/webhook_delivery.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/uuid.h"

/*
 * Of events e, once for all webhooks, what they are told; $1 are the members
 * that are.  The id of a message is of the time, too, so that no other event
 * ever has it, should a restored database begin again with the ids of the
 * outbox.
 */
#define MESSAGES                                                                                 \
	" message AS MATERIALIZED (SELECT"                                                           \
	" pg_catalog.concat('evt_', e.id, '_', pg_catalog.to_hex((EXTRACT(epoch FROM e.created_at)"  \
	" OPERATOR(pg_catalog.*) 1000000::numeric)::bigint)) AS id, e.event_type, e.created_at,"     \
	" pg_catalog.concat('{\"type\":', pg_catalog.to_json(e.event_type), ',\"timestamp\":',"      \
	" COALESCE(e.payload OPERATOR(pg_catalog.->) 'timestamp', 'null'), ',\"data\":{',"           \
	" (SELECT pg_catalog.string_agg(pg_catalog.concat(pg_catalog.to_json(m.key), ':', m.value)," \
	" ',' ORDER BY m.n) FROM pg_catalog.json_each(e.payload OPERATOR(pg_catalog.->) 'data')"     \
	" WITH ORDINALITY AS m (key, value, n) WHERE m.key OPERATOR(pg_catalog.=) ANY ($1)), '}}')"  \
	" AS body, CASE WHEN e.event_type OPERATOR(pg_catalog.=) 'webhook.test'"                     \
	" THEN e.payload OPERATOR(pg_catalog.->) 'data' OPERATOR(pg_catalog.->>) 'webhook_id' END"   \
	" AS alone FROM jerry.event AS e"

/* To webhooks w, from $2 on. */
#define GIVE_MESSAGES                                                                     \
	" INSERT INTO jerry.webhook_delivery (id, webhook_id, message_id, event_type, body,"  \
	" created_at, due_at) SELECT pg_catalog.gen_random_uuid(), w.id, m.id, m.event_type," \
	" m.body, m.created_at, $2 FROM message AS m JOIN jerry.webhook AS w ON "

#define WANTS                    \
	"(w.event_types IS NULL OR " \
	"m.event_type OPERATOR(pg_catalog.=) ANY (w.event_types))"

#define UNLESS_GIVEN " ON CONFLICT (webhook_id, message_id) DO NOTHING"

void
store_give_to_webhooks(const char *consumer, int max, Datum members, TimestampTz now)
{
	static Statement statement = {
		"WITH due AS MATERIALIZED"
		" (SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $3"
		" AND claimable_at OPERATOR(pg_catalog.<=) $2"
		" ORDER BY event_id LIMIT $4 FOR UPDATE SKIP LOCKED),"
		" taken AS (DELETE FROM jerry.delivery AS d USING due"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $3"
		" AND d.event_id OPERATOR(pg_catalog.=) due.event_id)," MESSAGES
		" JOIN due ON e.id OPERATOR(pg_catalog.=) due.event_id)" GIVE_MESSAGES
		"CASE WHEN m.alone IS NOT NULL THEN m.alone OPERATOR(pg_catalog.=) w.id::text"
		" ELSE w.disabled_at IS NULL AND m.created_at OPERATOR(pg_catalog.>=) w.created_at"
		" AND " WANTS " END" UNLESS_GIVEN,
		4,
		{ TEXTARRAYOID, TIMESTAMPTZOID, TEXTOID, INT4OID }
	};
	Datum values[] = { members, TimestampTzGetDatum(now), CStringGetTextDatum(consumer),
					   Int32GetDatum(max) };

	statement_count(&statement, values);
}

/*
 * How many more of webhook w may be claimed at $1, if $2 may be at a time.  Of
 * one to which nothing gets through, one finds out; it comes last besides, so
 * that those that do not answer leave room for others.
 */
#define MORE                                                                               \
	"((CASE WHEN w.failures OPERATOR(pg_catalog.>) 0 THEN 1 ELSE $2 END)"                  \
	" OPERATOR(pg_catalog.-) (SELECT pg_catalog.count(*) FROM jerry.webhook_delivery AS l" \
	" WHERE l.webhook_id OPERATOR(pg_catalog.=) w.id AND l.leased AND l.failed_at IS NULL" \
	" AND l.due_at OPERATOR(pg_catalog.>) $1))"

/* RowReader that adds a DueWebhook. */
static bool
read_due_webhook(HeapTuple row, TupleDesc descriptor, void *arg)
{
	List **found = arg;
	DueWebhook *due = palloc(sizeof(*due));

	due->id = row_uuid(row, 1, descriptor);
	due->url = row_text(row, 2, descriptor);
	*found = lappend(*found, due);
	return true;
}

List *
store_lock_due_webhooks(int max, int per_webhook, TimestampTz now)
{
	static Statement statement = {
		"SELECT w.id, w.url FROM jerry.webhook AS w"
		" WHERE (w.paused_until IS NULL OR w.paused_until OPERATOR(pg_catalog.<=) $1)"
		" AND EXISTS (SELECT FROM jerry.webhook_delivery AS d"
		" WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id AND d.failed_at IS NULL"
		" AND d.due_at OPERATOR(pg_catalog.<=) $1)"
		" AND " MORE " OPERATOR(pg_catalog.>) 0"
		" ORDER BY w.failures OPERATOR(pg_catalog.>) 0, pg_catalog.random()"
		" LIMIT $3 FOR NO KEY UPDATE OF w SKIP LOCKED",
		3,
		{ TIMESTAMPTZOID, INT4OID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(now), Int32GetDatum(per_webhook), Int32GetDatum(max) };
	List *found = NIL;

	statement_run(&statement, values, NULL, read_due_webhook, &found);
	return found;
}

/* Column n as a text of its own. */
static Datum
copy_text(HeapTuple row, int n, TupleDesc descriptor)
{
	return PointerGetDatum(DatumGetTextPCopy(row_attribute(row, n, descriptor)));
}

/* RowReader that adds a ClaimedDelivery. */
static bool
read_claimed(HeapTuple row, TupleDesc descriptor, void *arg)
{
	List **found = arg;
	ClaimedDelivery *claimed = palloc(sizeof(*claimed));

	claimed->id = row_uuid(row, 1, descriptor);
	claimed->webhook_id = row_uuid(row, 2, descriptor);
	claimed->message_id = copy_text(row, 3, descriptor);
	claimed->event_type = copy_text(row, 4, descriptor);
	claimed->body = copy_text(row, 5, descriptor);
	claimed->attempts = DatumGetInt32(row_attribute(row, 6, descriptor));
	*found = lappend(*found, claimed);
	return true;
}

List *
store_claim_deliveries(Datum webhook_ids, int per_webhook, int max, TimestampTz now,
					   TimestampTz lease_end)
{
	static Statement statement = {
		"WITH due AS MATERIALIZED (SELECT d.id"
		" FROM pg_catalog.unnest($3) WITH ORDINALITY AS ready (id, n)"
		" JOIN jerry.webhook AS w ON w.id OPERATOR(pg_catalog.=) ready.id CROSS JOIN LATERAL"
		" (SELECT d.id FROM jerry.webhook_delivery AS d"
		" WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id AND d.failed_at IS NULL"
		" AND d.due_at OPERATOR(pg_catalog.<=) $1 ORDER BY d.due_at"
		" LIMIT GREATEST(0::bigint, " MORE ")) AS d ORDER BY ready.n LIMIT $4),"
		" claimed AS (UPDATE jerry.webhook_delivery AS d SET due_at = $5, leased = true,"
		" attempts = d.attempts OPERATOR(pg_catalog.+) 1 FROM due"
		" WHERE d.id OPERATOR(pg_catalog.=) due.id"
		" RETURNING d.id, d.webhook_id, d.message_id, d.event_type, d.body, d.attempts,"
		" d.created_at)"
		" SELECT id, webhook_id, message_id, event_type, body, attempts FROM claimed"
		" ORDER BY created_at, id",
		5,
		{ TIMESTAMPTZOID, INT4OID, UUIDARRAYOID, INT4OID, TIMESTAMPTZOID }
	};
	Datum values[] = { TimestampTzGetDatum(now), Int32GetDatum(per_webhook), webhook_ids,
					   Int32GetDatum(max), TimestampTzGetDatum(lease_end) };
	List *found = NIL;

	statement_run(&statement, values, NULL, read_claimed, &found);
	return found;
}

typedef struct Finished
{
	int64 deliveries;
	List *lost;
} Finished;

/* RowReader of what a webhook has got, and what is to become of it. */
static bool
read_finished(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Finished *finished = arg;
	bool gone = row_bool(row, 3, descriptor);

	finished->deliveries += row_int64(row, 2, descriptor);
	if (gone || row_bool(row, 4, descriptor))
	{
		LostWebhook *lost = palloc(sizeof(*lost));

		lost->id = row_uuid(row, 1, descriptor);
		lost->gone = gone;
		finished->lost = lappend(finished->lost, lost);
	}
	return true;
}

int64
store_finish_deliveries(const DeliveryOutcomes *outcomes, Datum delays, TimestampTz failing_since,
						TimestampTz now, List **lost)
{
	static Statement lock = {
		"SELECT FROM jerry.webhook WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.webhook_id FROM jerry.webhook_delivery AS d"
		" WHERE d.id OPERATOR(pg_catalog.=) ANY ($1))) ORDER BY id FOR NO KEY UPDATE",
		1,
		{ UUIDARRAYOID }
	};
	/*
	 * Tries are spread by a tenth.  An endpoint that asks for time, or whose
	 * host is away or overloaded, is left alone for a while, ever longer.
	 */
	static Statement finish = {
		"WITH outcome AS MATERIALIZED (SELECT DISTINCT ON (o.id) o.id, o.status,"
		" COALESCE(o.status BETWEEN 200 AND 299, false) AS arrived,"
		" CASE WHEN o.retry_after IS NOT NULL THEN LEAST(GREATEST(o.retry_after, 0), 86400) END"
		" AS wait, o.reason"
		" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3),"
		" pg_catalog.unnest($4)) AS o (id, status, retry_after, reason)"
		" ORDER BY o.id),"
		" arrived AS (DELETE FROM jerry.webhook_delivery AS d USING outcome AS o"
		" WHERE d.id OPERATOR(pg_catalog.=) o.id AND o.arrived RETURNING d.webhook_id, o.status),"
		" missed AS (UPDATE jerry.webhook_delivery AS d SET leased = false, status = o.status,"
		" reason = o.reason, due_at = $5 OPERATOR(pg_catalog.+)"
		" GREATEST(pg_catalog.make_interval(secs => COALESCE(o.wait, 0)),"
		" pg_catalog.make_interval(secs => ($6)[d.attempts] OPERATOR(pg_catalog.*)"
		" (0.9 OPERATOR(pg_catalog.+) (pg_catalog.random() OPERATOR(pg_catalog./) 5)))),"
		" failed_at = CASE WHEN d.attempts OPERATOR(pg_catalog.>) pg_catalog.cardinality($6)"
		" OR o.status OPERATOR(pg_catalog.=) 410"
		" OR d.event_type OPERATOR(pg_catalog.=) 'webhook.test' THEN $5 END"
		" FROM outcome AS o WHERE d.id OPERATOR(pg_catalog.=) o.id AND NOT o.arrived"
		" AND d.failed_at IS NULL RETURNING d.webhook_id, o.status, o.wait, o.reason),"
		" told AS (SELECT webhook_id, true AS arrived, status, NULL::integer AS wait,"
		" NULL::text AS reason FROM arrived"
		" UNION ALL SELECT webhook_id, false, status, wait, reason FROM missed),"
		" summary AS (SELECT webhook_id, pg_catalog.count(*) AS n,"
		" pg_catalog.bool_or(arrived) AS any_arrived,"
		" COALESCE(pg_catalog.bool_or(status OPERATOR(pg_catalog.=) 410), false) AS gone,"
		" pg_catalog.bool_or(NOT arrived AND (status IS NULL OR wait IS NOT NULL"
		" OR status IN (429, 502, 503, 504))) AS slow, pg_catalog.max(wait) AS wait,"
		" (pg_catalog.array_agg(status ORDER BY arrived))[1] AS status,"
		" (pg_catalog.array_agg(reason ORDER BY arrived))[1] AS reason"
		" FROM told GROUP BY webhook_id)"
		" UPDATE jerry.webhook AS w SET last_try_at = $5, last_status = s.status,"
		" last_reason = s.reason,"
		" last_success_at = CASE WHEN s.any_arrived THEN $5 ELSE w.last_success_at END,"
		" failing_since = CASE WHEN NOT s.any_arrived THEN COALESCE(w.failing_since, $5) END,"
		" failures = CASE WHEN s.any_arrived THEN 0"
		" ELSE w.failures OPERATOR(pg_catalog.+) 1 END,"
		" paused_until = CASE WHEN s.slow THEN $5 OPERATOR(pg_catalog.+)"
		" pg_catalog.make_interval(secs => GREATEST(COALESCE(s.wait, 0)::double precision,"
		" LEAST(60, pg_catalog.power(2, LEAST(w.failures, 6))))) END"
		" FROM summary AS s WHERE w.id OPERATOR(pg_catalog.=) s.webhook_id"
		" RETURNING w.id, s.n, s.gone AND w.disabled_at IS NULL,"
		" COALESCE(w.failing_since OPERATOR(pg_catalog.<) $7, false) AND w.disabled_at IS NULL",
		7,
		{ UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID, INT4ARRAYOID,
		  TIMESTAMPTZOID }
	};
	Datum ids[] = { outcomes->ids };
	Datum values[] = { outcomes->ids,
					   outcomes->statuses,
					   outcomes->retry_after,
					   outcomes->reasons,
					   TimestampTzGetDatum(now),
					   delays,
					   TimestampTzGetDatum(failing_since) };
	Finished finished = { 0 };

	statement_count(&lock, ids);
	statement_run(&finish, values, NULL, read_finished, &finished);
	*lost = finished.lost;
	return finished.deliveries;
}

int64
store_release_deliveries(Datum ids, TimestampTz due_at)
{
	static Statement statement = {
		"UPDATE jerry.webhook_delivery SET leased = false, due_at = $2,"
		" attempts = GREATEST(0, attempts OPERATOR(pg_catalog.-) 1)"
		" WHERE id OPERATOR(pg_catalog.=) ANY ($1) AND leased AND failed_at IS NULL",
		2,
		{ UUIDARRAYOID, TIMESTAMPTZOID }
	};
	Datum values[] = { ids, TimestampTzGetDatum(due_at) };

	return statement_count(&statement, values);
}

bool
store_next_webhook_delivery(int per_webhook, TimestampTz now, TimestampTz *at)
{
	/* Where as many are claimed as may be, the end of a lease is next. */
	static Statement statement = {
		"SELECT least FROM (SELECT pg_catalog.min(GREATEST(n.due_at, w.paused_until)) AS least"
		" FROM jerry.webhook AS w CROSS JOIN LATERAL"
		" (SELECT d.due_at FROM jerry.webhook_delivery AS d"
		" WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id AND d.failed_at IS NULL"
		" AND (d.due_at OPERATOR(pg_catalog.>) $1 OR " MORE " OPERATOR(pg_catalog.>) 0)"
		" ORDER BY d.due_at LIMIT 1) AS n) AS next WHERE least IS NOT NULL",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(now), Int32GetDatum(per_webhook) };

	return statement_run(&statement, values, NULL, read_int64_column, at) == 1;
}

void
store_give_up_deliveries(const pg_uuid_t *webhook_id, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.webhook_delivery SET leased = false, failed_at = $2,"
		" reason = 'the webhook was disabled'"
		" WHERE webhook_id OPERATOR(pg_catalog.=) $1 AND failed_at IS NULL"
		" AND event_type OPERATOR(pg_catalog.<>) 'webhook.test'",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(webhook_id), TimestampTzGetDatum(now) };

	statement_count(&statement, values);
}

int64
store_replay_deliveries(const pg_uuid_t *webhook_id, const TimestampTz *since, Datum members,
						TimestampTz now)
{
	static Statement reset = {
		"UPDATE jerry.webhook_delivery SET leased = false, due_at = $2, attempts = 0,"
		" failed_at = NULL WHERE webhook_id OPERATOR(pg_catalog.=) $1"
		" AND failed_at IS NOT NULL AND event_type OPERATOR(pg_catalog.<>) 'webhook.test'",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	static Statement give = {
		"WITH" MESSAGES " WHERE e.created_at OPERATOR(pg_catalog.>=) $4"
		" AND e.event_type OPERATOR(pg_catalog.<>) 'webhook.test')" GIVE_MESSAGES
		"w.id OPERATOR(pg_catalog.=) $3 AND " WANTS UNLESS_GIVEN,
		4,
		{ TEXTARRAYOID, TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID }
	};
	Datum to_reset[] = { UUIDPGetDatum(webhook_id), TimestampTzGetDatum(now) };
	int64 n = statement_count(&reset, to_reset);

	if (since != NULL)
	{
		Datum values[] = { members, TimestampTzGetDatum(now), UUIDPGetDatum(webhook_id),
						   TimestampTzGetDatum(*since) };

		n += statement_count(&give, values);
	}
	return n;
}

/* RowReader that adds a palloc'd pg_uuid_t. */
static bool
read_webhook_id(HeapTuple row, TupleDesc descriptor, void *arg)
{
	List **found = arg;
	pg_uuid_t *id = palloc(sizeof(*id));

	*id = row_uuid(row, 1, descriptor);
	*found = lappend(*found, id);
	return true;
}

List *
store_webhooks_with_backlog(int max)
{
	static Statement statement = {
		"SELECT w.id FROM jerry.webhook AS w WHERE w.disabled_at IS NULL AND EXISTS"
		" (SELECT FROM jerry.webhook_delivery AS d"
		" WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id AND d.failed_at IS NULL"
		" OFFSET $1 LIMIT 1)",
		1,
		{ INT4OID }
	};
	Datum values[] = { Int32GetDatum(max) };
	List *found = NIL;

	statement_run(&statement, values, NULL, read_webhook_id, &found);
	return found;
}

int64
store_forget_failed_deliveries(TimestampTz before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.webhook_delivery WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.ctid FROM jerry.webhook_delivery AS d"
		" WHERE d.failed_at OPERATOR(pg_catalog.<) $1 OR NOT EXISTS"
		" (SELECT FROM jerry.webhook AS w WHERE w.id OPERATOR(pg_catalog.=) d.webhook_id)"
		" LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(batch) };

	return statement_count(&statement, values);
}
