/*
 * webhook.c: see webhook.h.
 */
#include "store/webhook.h"

#include "base/uuid.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "store/secret_form.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#define SECRET_PREFIX "whsec_"

int64
store_count_webhooks(void)
{
	static Statement statement = { "SELECT FROM jerry.webhook" };

	return statement_count(&statement, NULL);
}

void
store_insert_webhook(const pg_uuid_t *id, const char *url, Datum types, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.webhook (id, url, event_types, created_at) VALUES ($1, $2, $3, $4)",
		4,
		{ UUIDOID, TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), CStringGetTextDatum(url), types,
					   TimestampTzGetDatum(now) };
	char nulls[] = { ' ', ' ', null_flag(types), ' ' };

	statement_run(&statement, values, nulls, NULL, NULL);
}

#define UPDATE_WEBHOOK "UPDATE jerry.webhook SET "
#define WEBHOOK_BY_ID  " WHERE id OPERATOR(pg_catalog.=) $1"

bool
store_update_webhook(const pg_uuid_t *id, const char *url, bool set_types, Datum types)
{
	static Statement statement = {
		UPDATE_WEBHOOK "url = COALESCE($2, url),"
					   " event_types = CASE WHEN $3 THEN $4 ELSE event_types END" WEBHOOK_BY_ID,
		4,
		{ UUIDOID, TEXTOID, BOOLOID, TEXTARRAYOID }
	};
	Datum values[] = { UUIDPGetDatum(id), url == NULL ? 0 : CStringGetTextDatum(url),
					   BoolGetDatum(set_types), types };
	char nulls[] = { ' ', null_flag(values[1]), ' ', null_flag(types) };

	return statement_run(&statement, values, nulls, NULL, NULL) == 1;
}

/* RowReader of a bool. */
static bool
read_disabled(HeapTuple row, TupleDesc descriptor, void *disabled)
{
	*(bool *) disabled = row_bool(row, 1, descriptor);
	return true;
}

bool
store_find_webhook(const pg_uuid_t *id, bool *disabled)
{
	static Statement statement = {
		"SELECT disabled_at IS NOT NULL FROM jerry.webhook" WEBHOOK_BY_ID " FOR NO KEY UPDATE",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(id) };

	return statement_run(&statement, values, NULL, read_disabled, disabled) == 1;
}

bool
store_enable_webhook(const pg_uuid_t *id)
{
	static Statement statement = {
		UPDATE_WEBHOOK "disabled_at = NULL, disabled_for = NULL, failing_since = NULL,"
					   " failures = 0, paused_until = NULL" WEBHOOK_BY_ID
					   " AND disabled_at IS NOT NULL",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(id) };

	return statement_count(&statement, values) == 1;
}

bool
store_disable_webhook(const pg_uuid_t *id, const char *reason, TimestampTz now)
{
	static Statement statement = {
		UPDATE_WEBHOOK "disabled_at = $2, disabled_for = $3" WEBHOOK_BY_ID
					   " AND disabled_at IS NULL",
		3,
		{ UUIDOID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now), CStringGetTextDatum(reason) };

	return statement_count(&statement, values) == 1;
}

bool
store_delete_webhook(const pg_uuid_t *id)
{
	static Statement webhook = { "DELETE FROM jerry.webhook" WEBHOOK_BY_ID, 1, { UUIDOID } };
	static Statement deliveries = {
		"DELETE FROM jerry.webhook_delivery WHERE webhook_id OPERATOR(pg_catalog.=) $1",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(id) };

	if (statement_count(&webhook, values) == 0)
		return false;
	statement_count(&deliveries, values);
	return true;
}

void
store_pause_webhooks(Datum ids, TimestampTz until, const char *reason)
{
	static Statement statement = {
		UPDATE_WEBHOOK "paused_until = $2, last_reason = $3"
					   " WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
		3,
		{ UUIDARRAYOID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum values[] = { ids, TimestampTzGetDatum(until), CStringGetTextDatum(reason) };

	statement_count(&statement, values);
}

/* Where the sealed secret with an id is. */
static SealedPlace
webhook_secret_place(const char *id)
{
	return (SealedPlace){ "webhook_secret", id, "secret" };
}

/*
 * Writes a secret in the form that jerry.key_file wants, with a statement whose
 * first three parameters are the id and the two columns.
 */
static void
write_secret(Statement *statement, const KeyFiles *files, const pg_uuid_t *id, const uint8 *secret,
			 int n, Datum *values, const char *more_nulls)
{
	char digits[UUID_TEXT_LENGTH + 1] = "";
	const SealedPlace place = webhook_secret_place(digits);
	char nulls[PARAMETERS_MAX + 1] = "   ";
	SecretForm form;

	uuid_write(id, digits);
	form = secret_form(files, &place, secret, n);
	values[0] = UUIDPGetDatum(id);
	values[1] = form.open;
	values[2] = form.sealed;
	nulls[1] = null_flag(values[1]);
	nulls[2] = null_flag(values[2]);
	strlcpy(nulls + 3, more_nulls, sizeof(nulls) - 3);
	statement_run(statement, values, nulls, NULL, NULL);
	secret_form_wipe(&form);
}

void
store_insert_webhook_secret(const pg_uuid_t *webhook_id, const uint8 *secret, int n,
							TimestampTz now, TimestampTz others_until)
{
	static Statement remove = {
		"DELETE FROM jerry.webhook_secret WHERE webhook_id OPERATOR(pg_catalog.=) $1"
		" AND (expires_at IS NOT NULL OR $2 OPERATOR(pg_catalog.<=) $3)",
		3,
		{ UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	static Statement end = {
		"UPDATE jerry.webhook_secret SET expires_at = $2"
		" WHERE webhook_id OPERATOR(pg_catalog.=) $1",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	static Statement insert = {
		"INSERT INTO jerry.webhook_secret (id, secret, sealed_secret, webhook_id, created_at)"
		" VALUES ($1, $2, $3, $4, $5)",
		5,
		{ UUIDOID, BYTEAOID, BYTEAOID, UUIDOID, TIMESTAMPTZOID }
	};
	pg_uuid_t id = uuid_random();
	KeyFiles *files = key_files_read();
	Datum others[] = { UUIDPGetDatum(webhook_id), TimestampTzGetDatum(others_until),
					   TimestampTzGetDatum(now) };
	Datum values[] = { 0, 0, 0, UUIDPGetDatum(webhook_id), TimestampTzGetDatum(now) };

	secret_form_require_sealing(files);
	statement_count(&remove, others);
	statement_count(&end, others);
	write_secret(&insert, files, &id, secret, n, values, "  ");
	key_files_wipe(files);
}

text *
webhook_secret_text(const uint8 *secret, int n)
{
	int prefix = strlen(SECRET_PREFIX);
	int room = pg_b64_enc_len(n);
	text *result = palloc(VARHDRSZ + prefix + room + 1);
	int length;

	memcpy(VARDATA(result), SECRET_PREFIX, prefix);
	/* The server's type for bytes has changed. */
	length = pg_b64_encode((const void *) secret, n, VARDATA(result) + prefix, room);
	if (length < 0)
		elog(ERROR, "could not encode a secret");
	SET_VARSIZE(result, VARHDRSZ + prefix + length);
	return result;
}

typedef struct StoredWebhookSecret
{
	pg_uuid_t id;
	pg_uuid_t webhook_id;
	FormedSecret secret;
} StoredWebhookSecret;

typedef struct WebhookSecrets
{
	KeyFiles *files;
	List *secrets;
} WebhookSecrets;

/* RowReader that adds a StoredWebhookSecret. */
static bool
read_webhook_secret(HeapTuple row, TupleDesc descriptor, void *arg)
{
	WebhookSecrets *found = arg;
	StoredWebhookSecret *s = palloc0(sizeof(*s));
	char digits[UUID_TEXT_LENGTH + 1] = "";
	const SealedPlace place = webhook_secret_place(digits);

	s->id = row_uuid(row, 1, descriptor);
	s->webhook_id = row_uuid(row, 2, descriptor);
	uuid_write(&s->id, digits);
	secret_form_read(row, 3, descriptor, found->files, &place, &s->secret);
	found->secrets = lappend(found->secrets, s);
	return true;
}

List *
store_webhook_secrets(Datum ids, TimestampTz now)
{
	static Statement statement = {
		"SELECT id, webhook_id, secret, sealed_secret FROM jerry.webhook_secret"
		" WHERE webhook_id OPERATOR(pg_catalog.=) ANY ($1)"
		" AND (expires_at IS NULL OR expires_at OPERATOR(pg_catalog.>) $2)"
		" ORDER BY webhook_id, created_at DESC",
		2,
		{ UUIDARRAYOID, TIMESTAMPTZOID }
	};
	WebhookSecrets found = { .files = key_files_read() };
	Datum values[] = { ids, TimestampTzGetDatum(now) };
	List *result = NIL;
	ListCell *cell;

	statement_run(&statement, values, NULL, read_webhook_secret, &found);
	foreach(cell, found.secrets)
	{
		StoredWebhookSecret *s = lfirst(cell);
		WebhookSecret *shown = palloc(sizeof(*shown));

		shown->webhook_id = s->webhook_id;
		shown->text = s->secret.bytes == NULL
						  ? 0
						  : PointerGetDatum(webhook_secret_text(s->secret.bytes, s->secret.n));
		result = lappend(result, shown);
		if (s->secret.bytes != NULL)
			explicit_bzero(s->secret.bytes, s->secret.n);
	}
	key_files_wipe(found.files);
	return result;
}

int
store_convert_webhook_secrets(int batch, char **closed)
{
	static Statement all = { "SELECT id, webhook_id, secret, sealed_secret"
							 " FROM jerry.webhook_secret FOR NO KEY UPDATE" };
	static Statement update = { "UPDATE jerry.webhook_secret SET secret = $2, sealed_secret = $3"
								" WHERE id OPERATOR(pg_catalog.=) $1",
								3,
								{ UUIDOID, BYTEAOID, BYTEAOID } };
	WebhookSecrets found = { .files = key_files_read() };
	int n = 0;
	ListCell *cell;

	*closed = NULL;
	statement_run(&all, NULL, NULL, read_webhook_secret, &found);
	foreach(cell, found.secrets)
	{
		StoredWebhookSecret *s = lfirst(cell);
		Datum values[3];

		if (s->secret.bytes == NULL)
			*closed = s->secret.why.detail;
		else if (!s->secret.as_set && n < batch)
		{
			write_secret(&update, found.files, &s->id, s->secret.bytes, s->secret.n, values, "");
			n++;
		}
		if (s->secret.bytes != NULL)
			explicit_bzero(s->secret.bytes, s->secret.n);
	}
	key_files_wipe(found.files);
	return n;
}

void
store_delete_expired_webhook_secrets(TimestampTz now)
{
	static Statement statement = {
		"DELETE FROM jerry.webhook_secret WHERE expires_at OPERATOR(pg_catalog.<) $1",
		1,
		{ TIMESTAMPTZOID }
	};
	Datum values[] = { TimestampTzGetDatum(now) };

	statement_count(&statement, values);
}
