/*
 * audit.c: see audit.h.
 */
#include "domain/audit.h"

#include "base/json.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "store/audit.h"

/* As column actor has it. */
static const char *const actor_names[] = { [AUDIT_BY_USER] = "user",
										   [AUDIT_BY_ADMIN] = "admin",
										   [AUDIT_BY_JERRY] = "jerry" };

/* The details as a JSON object; NULL: there are none. */
static char *
describe_details(const AuditAction *action)
{
	JsonWriter w;

	if (action->count == 0)
		return NULL;
	json_start(&w);
	for (int i = 0; i < action->count; i++)
		event_write_member(&w, &action->details[i]);
	json_end(&w);
	return w.buf.data;
}

/* The name of a role, or its number once it was dropped. */
static char *
role_name(Oid role)
{
	char *name = GetUserNameFromId(role, true);

	return name != NULL ? name : psprintf("%u", role);
}

void
audit_record(AuditAction action, ErrorCode outcome, const pg_uuid_t *user_id,
			 const pg_uuid_t *session_id, const Client *client, TimestampTz now)
{
	static const Client unknown;
	Oid connected = GetSessionUserId();
	Oid acting = GetOuterUserId();
	const AuditRow row = { .at = now,
						   .action = action.name,
						   .outcome = outcome == AUDIT_OK ? "OK" : error_name(outcome),
						   .actor = actor_names[action.actor],
						   .user_id = user_id,
						   .session_id = session_id,
						   .role = role_name(connected),
						   .acting_role = acting == connected ? NULL : role_name(acting),
						   .client = client == NULL ? &unknown : client,
						   .details = describe_details(&action) };

	if (store_knows_audit())
		store_insert_audit(&row);
}

int
audit_drop_old(TimestampTz now)
{
	int n = 0;

	if (settings()->audit_retention == 0 || !store_knows_audit())
		return 0;
	for (int i = 0; i < AUDIT_PARTITIONS; i++)
	{
		if (!store_drop_audit(i, jerry_after(now, -settings()->audit_retention)))
			continue;
		audit_record(audit_audit_drop(store_audit_partition(i)), AUDIT_OK, NULL, NULL, NULL, now);
		n++;
	}
	return n;
}
