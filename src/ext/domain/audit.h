/*
 * audit.h: what is on record: rows of jerry.audit, each appended in the
 * transaction in which it happened.
 *
 * Refusals are on record too: they are results, so that their transaction
 * commits.  What does no more than ask (validate_token, me, list_sessions), or
 * goes on as before (refresh, unless a hook refuses it), writes nothing.
 *
 * No password, token, key or e-mail address gets here.  A login for an address
 * without an account has no trace of that address, not even a digest: people
 * type their password there, and whoever has a dump could try out what it was.
 */
#ifndef JERRY_AUDIT_H
#define JERRY_AUDIT_H

#include "base/client.h"
#include "base/envelope.h"
#include "domain/event.h"

typedef enum AuditActor
{
	AUDIT_BY_USER,
	AUDIT_BY_ADMIN,
	AUDIT_BY_JERRY
} AuditActor;

/*
 * What happened.  It is made by the function of its action alone, which takes
 * all of its details: audit_key_import(kid, algorithm, status).
 */
typedef struct AuditAction
{
	const char *name;
	AuditActor actor;
	int count;
	EventMember details[4]; /* more do not compile */
} AuditAction;

#include "audit_actions.h"

#define AUDIT_OK ((ErrorCode) 0)

/*
 * Puts on record what happened, and with what outcome: AUDIT_OK or the code of
 * the answer.  user_id, session_id, client: NULL where it is about none, or
 * none is known.  Where the tables are older than the library, nothing is.
 */
extern void audit_record(AuditAction action, ErrorCode outcome, const pg_uuid_t *user_id,
						 const pg_uuid_t *session_id, const Client *client, TimestampTz now);

/*
 * Drops the months of which everything is older than jerry.audit_retention;
 * returns how many.  One that somebody reads at the moment is left for the next
 * time.
 */
extern int audit_drop_old(TimestampTz now);

#endif /* JERRY_AUDIT_H */
