/*
 * webhook.c: what operators do with webhooks: add_webhook, update_webhook,
 * enable_webhook, disable_webhook, remove_webhook, rotate_webhook_secret,
 * test_webhook, replay_webhook.
 */
#include "domain/webhook.h"

#include "access/htup_details.h"
#include "base/arguments.h"
#include "base/bytes.h"
#include "base/uuid.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "funcapi.h"
#include "store/webhook.h"
#include "store/webhook_delivery.h"

#define OVERLAP_MAX 30 /* days */

/* An id as text, as the record has it. */
static const char *
id_text(const pg_uuid_t *id)
{
	char *digits = palloc0(UUID_TEXT_LENGTH + 1);

	uuid_write(id, digits);
	return digits;
}

/* An error for a webhook that is not there. */
static void
require_webhook(const pg_uuid_t *id, bool *disabled)
{
	if (!store_find_webhook(id, disabled))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no such webhook"),
						errhint("SELECT webhook_id, url FROM jerry.list_webhooks() lists them.")));
}

/* Makes a new secret; others sign until a time. */
static text *
new_secret(const pg_uuid_t *id, TimestampTz now, TimestampTz others_until)
{
	uint8 secret[WEBHOOK_SECRET_LENGTH];
	text *shown;

	random_bytes(secret, sizeof(secret));
	store_insert_webhook_secret(id, secret, sizeof(secret), now, others_until);
	shown = webhook_secret_text(secret, sizeof(secret));
	explicit_bzero(secret, sizeof(secret));
	return shown;
}

PG_FUNCTION_INFO_V1(jerry_add_webhook);

/*
 * add_webhook(url text, event_types text[] DEFAULT NULL, OUT webhook_id uuid,
 * OUT secret text) RETURNS record
 */
Datum
jerry_add_webhook(PG_FUNCTION_ARGS)
{
	pg_uuid_t id = uuid_random();
	TimestampTz now = jerry_now();
	TupleDesc descriptor;
	Datum types;
	char *url;
	Datum values[2];
	bool nulls[2] = { false };

	PreventCommandDuringRecovery("jerry.add_webhook()");
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("url of a webhook must be given")));
	url = webhook_require_url(PG_GETARG_TEXT_PP(0));
	types = PG_ARGISNULL(1) ? 0 : webhook_require_types(PG_GETARG_DATUM(1));
	if (store_count_webhooks() >= WEBHOOKS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("there can be at most %d webhooks", WEBHOOKS_MAX)));
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	store_insert_webhook(&id, url, types, now);
	values[0] = UUIDPGetDatum(&id);
	values[1] = PointerGetDatum(new_secret(&id, now, now));
	audit_record(audit_webhook_add(id_text(&id), url), AUDIT_OK, NULL, NULL, NULL, now);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}

PG_FUNCTION_INFO_V1(jerry_update_webhook);

/*
 * update_webhook(webhook_id uuid, url text DEFAULT NULL, event_types text[]
 * DEFAULT NULL) RETURNS boolean
 */
Datum
jerry_update_webhook(PG_FUNCTION_ARGS)
{
	char *url;
	Datum types;

	PreventCommandDuringRecovery("jerry.update_webhook()");
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	url = PG_ARGISNULL(1) ? NULL : webhook_require_url(PG_GETARG_TEXT_PP(1));
	types = PG_ARGISNULL(2) ? 0 : webhook_require_types(PG_GETARG_DATUM(2));
	if (!store_update_webhook(PG_GETARG_UUID_P(0), url, !PG_ARGISNULL(2), types))
		PG_RETURN_BOOL(false);
	audit_record(audit_webhook_update(id_text(PG_GETARG_UUID_P(0)), url), AUDIT_OK, NULL, NULL,
				 NULL, jerry_now());
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(jerry_enable_webhook);

/* enable_webhook(webhook_id uuid) RETURNS boolean */
Datum
jerry_enable_webhook(PG_FUNCTION_ARGS)
{
	pg_uuid_t *id = PG_GETARG_UUID_P(0);

	PreventCommandDuringRecovery("jerry.enable_webhook()");
	if (!store_enable_webhook(id))
		PG_RETURN_BOOL(false);
	audit_record(audit_webhook_enable(id_text(id)), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(jerry_disable_webhook);

/* disable_webhook(webhook_id uuid) RETURNS boolean */
Datum
jerry_disable_webhook(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("jerry.disable_webhook()");
	PG_RETURN_BOOL(webhook_disable(PG_GETARG_UUID_P(0), WEBHOOK_BY_ADMIN, jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_remove_webhook);

/* remove_webhook(webhook_id uuid) RETURNS boolean */
Datum
jerry_remove_webhook(PG_FUNCTION_ARGS)
{
	pg_uuid_t *id = PG_GETARG_UUID_P(0);

	PreventCommandDuringRecovery("jerry.remove_webhook()");
	if (!store_delete_webhook(id))
		PG_RETURN_BOOL(false);
	audit_record(audit_webhook_remove(id_text(id)), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(jerry_rotate_webhook_secret);

/*
 * rotate_webhook_secret(webhook_id uuid, overlap interval DEFAULT '1 day')
 * RETURNS text
 */
Datum
jerry_rotate_webhook_secret(PG_FUNCTION_ARGS)
{
	pg_uuid_t *id = PG_GETARG_UUID_P(0);
	TimestampTz until = delay_argument(fcinfo, 1, "overlap", OVERLAP_MAX);
	TimestampTz now = jerry_now();
	bool disabled;
	text *secret;

	PreventCommandDuringRecovery("jerry.rotate_webhook_secret()");
	require_webhook(id, &disabled);
	secret = new_secret(id, now, until);
	audit_record(audit_webhook_rotate(id_text(id)), AUDIT_OK, NULL, NULL, NULL, now);
	PG_RETURN_TEXT_P(secret);
}

PG_FUNCTION_INFO_V1(jerry_test_webhook);

/* test_webhook(webhook_id uuid) RETURNS boolean */
Datum
jerry_test_webhook(PG_FUNCTION_ARGS)
{
	pg_uuid_t *id = PG_GETARG_UUID_P(0);
	TimestampTz now = jerry_now();
	bool disabled;

	PreventCommandDuringRecovery("jerry.test_webhook()");
	if (!store_find_webhook(id, &disabled))
		PG_RETURN_BOOL(false);
	event_emit(event_webhook_test(id), now);
	audit_record(audit_webhook_test(id_text(id)), AUDIT_OK, NULL, NULL, NULL, now);
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(jerry_replay_webhook);

/*
 * replay_webhook(webhook_id uuid, since timestamptz DEFAULT NULL) RETURNS
 * bigint
 */
Datum
jerry_replay_webhook(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	TimestampTz since = PG_ARGISNULL(1) ? 0 : PG_GETARG_TIMESTAMPTZ(1);
	pg_uuid_t *id;
	bool disabled;
	int64 n;

	PreventCommandDuringRecovery("jerry.replay_webhook()");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	id = PG_GETARG_UUID_P(0);
	require_webhook(id, &disabled);
	if (disabled)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the webhook is disabled"),
						errhint("jerry.enable_webhook() enables it.")));
	n = store_replay_deliveries(id, PG_ARGISNULL(1) ? NULL : &since, webhook_members(), now);
	audit_record(audit_webhook_replay(id_text(id), n), AUDIT_OK, NULL, NULL, NULL, now);
	PG_RETURN_INT64(n);
}
