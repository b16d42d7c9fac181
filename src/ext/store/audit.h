/*
 * audit.h: table jerry.audit: what is on record.
 */
#ifndef JERRY_STORE_AUDIT_H
#define JERRY_STORE_AUDIT_H

#include "base/client.h"

/* Texts and ids are NULL where there are none. */
typedef struct AuditRow
{
	TimestampTz at;
	const char *action;
	const char *outcome;
	const char *actor;
	const pg_uuid_t *user_id;
	const pg_uuid_t *session_id;
	const char *role;
	const char *acting_role;
	const Client *client;
	const char *details; /* JSON */
} AuditRow;

/* An installation of 1.1.0 has no such table until it is updated. */
extern bool store_knows_audit(void);

extern void store_insert_audit(const AuditRow *row);

/* The months of even years, and those of odd ones. */
#define AUDIT_PARTITIONS 24

/* The name of one of them. */
extern const char *store_audit_partition(int partition);

/*
 * Empties one of them if it has rows, and all of them are older than that.
 * false: it has not, or somebody reads it at the moment.
 */
extern bool store_drop_audit(int partition, TimestampTz before);

/* Is that going on, so that what is on record may go? */
extern bool store_drops_audit(void);

#endif /* JERRY_STORE_AUDIT_H */
