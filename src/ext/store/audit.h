/*
 * audit.h: table jerry.audit: what is on record.
 */
#ifndef JERRY_STORE_AUDIT_H
#define JERRY_STORE_AUDIT_H

#include "base/client.h"
#include "nodes/pg_list.h"

struct ReturnSetInfo;

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

/* Rows (id, line) of the ids beyond since, up to last, at most max. */
extern void store_export_audit(int64 since, int64 last, int max, struct ReturnSetInfo *result);

/* What a user is shown of a row; texts are NULL where there is nothing. */
typedef struct ListedAudit
{
	int64 id;
	TimestampTz at;
	char *action;
	char *outcome;
	char *actor;
	char *session_id;
	bool is_current; /* is it that session? */
	char *ip;		 /* not an operator's */
	char *user_agent;
	char *reason; /* why a session was ended */
} ListedAudit;

/*
 * Rows (ListedAudit) about the account and the sessions of a user, with ids
 * below before, the newest first; at most max.
 */
extern List *store_list_audit(const pg_uuid_t *user_id, const pg_uuid_t *current, int64 before,
							  int max);

/* A login that is on record. */
typedef struct PastLogin
{
	bool is_near;	  /* from the same network as an address, which both are known of */
	char *user_agent; /* NULL: not known */
} PastLogin;

/*
 * The logins (PastLogin) of a user among the newest rows about that one, max at
 * most, seen from an address (inet).  *is_all: there are no older rows.
 */
extern List *store_list_logins(const pg_uuid_t *user_id, Datum ip, int max, bool *is_all);

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
