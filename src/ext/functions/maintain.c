/*
 * maintain.c: bounds what Jerry keeps: maintain.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/audit_seal.h"
#include "domain/consumer.h"
#include "domain/factor.h"
#include "domain/one_time.h"
#include "domain/reminder.h"
#include "domain/session.h"
#include "domain/webhook.h"
#include "jose/key_life.h"
#include "store/attempt.h"
#include "store/delivery.h"
#include "store/event.h"
#include "store/limit.h"
#include "store/one_time_token.h"
#include "store/totp.h"
#include "store/webhook.h"
#include "store/webhook_delivery.h"

#define BATCH_MAX 100000

/*
 * Rows of rate_bucket are small, not logged, and as many as strangers make: one
 * call deletes more of them than of others, and leaves this many at most.
 */
#define BUCKETS_PER_ROW 100
#define BUCKETS_MAX		1000000

/* Rows of what is on record that one call seals: a matter of a second. */
#define SEALED_MAX 100000

/* Work of attempt(): what is due about keys is done, and on record. */
static bool
advance_keys(void *arg)
{
	TimestampTz now = *(TimestampTz *) arg;
	ListCell *cell;

	foreach(cell, keys_maintain(now))
	{
		const StoredKey *key = lfirst(cell);

		audit_record(audit_key_advance(key->kid, key_status_name(key->status)), AUDIT_OK, NULL,
					 NULL, NULL, now);
	}
	return true;
}

/*
 * A new key cannot be stored without the file of jerry.key_file, for example:
 * that is no reason to leave everything else undone.
 */
static void
maintain_keys(TimestampTz now)
{
	bool done;
	ErrorData *error = attempt(advance_keys, &now, &done);

	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	audit_record(audit_key_advance(NULL, NULL), CODE_INTERNAL_ERROR, NULL, NULL, NULL, now);
	ereport(WARNING, (errcode(error->sqlerrcode),
					  errmsg("could not do what is due about the signing keys: %s", error->message),
					  error->detail == NULL ? 0 : errdetail_internal("%s", error->detail),
					  error->hint == NULL ? 0 : errhint("%s", error->hint)));
}

/*
 * What nobody has accepted for too long is forgotten: events that a consumer
 * has given up, and deliveries that a webhook did not take.  Returns how many.
 */
static int64
forget_dead_letters(int batch, TimestampTz now)
{
	TimestampTz before = jerry_after(now, -settings()->event_retention);
	int64 n;

	if (!store_knows_consumers())
		return 0;
	n = store_forget_rejected(before, batch);
	if (!tables_are_updated())
		return n;
	webhook_bound_backlogs(now);
	store_delete_expired_webhook_secrets(now);
	(void) store_delete_unactivated_totp(jerry_after(now, -FACTOR_SETUP_TTL), batch);
	return n + store_forget_failed_deliveries(before, batch);
}

PG_FUNCTION_INFO_V1(jerry_maintain);

/* maintain(batch integer DEFAULT 1000) RETURNS json */
Datum
jerry_maintain(PG_FUNCTION_ARGS)
{
	int batch = count_argument(fcinfo, 0, "batch", BATCH_MAX);
	TimestampTz now = jerry_now();
	bool knows_consumers;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.maintain()");
	consumer_require_read_committed();
	knows_consumers = store_knows_consumers(); /* or events wait for the update of the extension */
	/*
	 * What a session with an older library wrote, or a copy, nobody may have
	 * asked for yet.
	 */
	if (knows_consumers)
		store_dispatch_events(batch, now);
	maintain_keys(now);
	answer_start(&w);
	json_int(&w, "dead_letters", forget_dead_letters(batch, now));
	json_int(&w, "events",
			 knows_consumers
				 ? store_delete_events(jerry_after(now, -settings()->event_retention), batch)
				 : 0);
	json_int(&w, "one_time_tokens",
			 store_delete_one_time_tokens(jerry_after(now, -ONE_TIME_TOKEN_RETENTION), batch) +
				 store_delete_short_lived(now, batch));
	/* The last access token of a session can outlive its refresh token. */
	json_int(&w, "sessions",
			 store_delete_sessions(jerry_after(now, -settings()->access_token_ttl), batch));
	json_int(&w, "idle_sessions", session_end_idle(batch, now));
	json_int(&w, "deleted_users", account_delete_due(batch, now));
	json_int(&w, "reminders", reminder_send_due(batch, now));
	json_int(&w, "rate_buckets",
			 store_knows_limits()
				 ? store_delete_buckets(now, BUCKETS_MAX, batch * (int64) BUCKETS_PER_ROW)
				 : 0);
	json_int(&w, "audit_months", audit_drop_old(now));
	audit_seal_shorten();
	/* At the end, so that what was put on record here is sealed with it. */
	(void) audit_seal(SEALED_MAX, now);
	return answer_finish(&w);
}
