/*
 * webhook.h: webhooks: endpoints of others that are told what happens.
 *
 * Events come to them by way of a consumer, hooks, from which the courier's
 * claim gives each to the webhooks that want it, as a row of its own without
 * the secret members.  From then on an endpoint that is slow or away keeps
 * nobody else waiting, and no event in the outbox.
 */
#ifndef JERRY_WEBHOOK_H
#define JERRY_WEBHOOK_H

#include "base/jerry.h"

#define WEBHOOK_CONSUMER	"hooks"
#define WEBHOOK_ROLE		"jerry_hooks"
#define WEBHOOKS_MAX		100
#define WEBHOOK_BACKLOG_MAX 100000 /* deliveries that wait for one of them */

#define WEBHOOK_SECRET_LENGTH 32

/* Why it is told nothing any more, as column disabled_for has it. */
#define WEBHOOK_BY_ADMIN "admin"
#define WEBHOOK_GONE	 "gone"
#define WEBHOOK_FAILING	 "failing"
#define WEBHOOK_BACKLOG	 "backlog"

/* An error unless it is a url that a webhook can have; palloc'd. */
extern char *webhook_require_url(const text *value);

/*
 * Types of events as they are stored, from an array of texts: 0 for all of
 * them.  An error for one that does not exist.
 */
extern Datum webhook_require_types(Datum types);

/* An array of the names of members that webhooks are told. */
extern Datum webhook_members(void);

/* Disables one, on record and with its event; false: it was, or is none. */
extern bool webhook_disable(const pg_uuid_t *id, const char *reason, TimestampTz now);

/* Disables those for which too much waits. */
extern void webhook_bound_backlogs(TimestampTz now);

#endif /* JERRY_WEBHOOK_H */
