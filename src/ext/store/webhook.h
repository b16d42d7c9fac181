/*
 * webhook.h: tables jerry.webhook and jerry.webhook_secret.
 */
#ifndef JERRY_STORE_WEBHOOK_H
#define JERRY_STORE_WEBHOOK_H

#include "base/jerry.h"

#include "nodes/pg_list.h"

extern int64 store_count_webhooks(void);

/* types: an array of text, or 0. */
extern void store_insert_webhook(const pg_uuid_t *id, const char *url, Datum types,
								 TimestampTz now);

/*
 * False, as of all below: there is none.  url NULL, and types, unless they are
 * set: as before.
 */
extern bool store_update_webhook(const pg_uuid_t *id, const char *url, bool set_types,
								 Datum types);

extern bool store_find_webhook(const pg_uuid_t *id, bool *disabled);
extern bool store_enable_webhook(const pg_uuid_t *id);
extern bool store_disable_webhook(const pg_uuid_t *id, const char *reason, TimestampTz now);
extern bool store_delete_webhook(const pg_uuid_t *id);

/* Nothing is sent to these before a time, for a reason. */
extern void store_pause_webhooks(Datum ids, TimestampTz until, const char *reason);

/*
 * A new secret, sealed where jerry.key_file is set: an error if it is not and
 * other secrets are sealed.  The one there was signs beside it until a time,
 * those before it no more.
 */
extern void store_insert_webhook_secret(const pg_uuid_t *webhook_id, const uint8 *secret, int n,
										TimestampTz now, TimestampTz others_until);

/* A secret that signs, as a text whsec_... */
typedef struct WebhookSecret
{
	pg_uuid_t webhook_id;
	Datum text; /* 0: it cannot be opened */
} WebhookSecret;

/*
 * Those of webhooks (an array of uuid) that sign now, of each the newest first:
 * a list of WebhookSecret, palloc'd.
 */
extern List *store_webhook_secrets(Datum ids, TimestampTz now);

/* As a secret is shown; palloc'd. */
extern text *webhook_secret_text(const uint8 *secret, int n);

/*
 * Stores at most batch secrets as jerry.key_file says now; returns how many.
 * closed: one of those that stay as they are cannot be opened; NULL: all can.
 */
extern int store_convert_webhook_secrets(int batch, char **closed);

extern void store_delete_expired_webhook_secrets(TimestampTz now);

#endif /* JERRY_STORE_WEBHOOK_H */
