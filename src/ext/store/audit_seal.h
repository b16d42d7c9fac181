/*
 * audit_seal.h: table jerry.audit_seal, and the rows of jerry.audit as a seal
 * has them.
 */
#ifndef JERRY_STORE_AUDIT_SEAL_H
#define JERRY_STORE_AUDIT_SEAL_H

#include "base/bytes.h"
#include "utils/date.h"

/* A partition is for every 24th month. */
#define AUDIT_MONTHS 24

/* The first day of the month of a time, in UTC, or an infinite day. */
extern DateADT store_month_of(TimestampTz at);

/* A row of jerry.audit. */
typedef struct AuditEntry
{
	int64 id;
	DateADT month; /* its first day, in UTC */
	char *action;  /* of a row; NULL as the entry of a seal */
	bool is_ok;
	uint8 hash[SHA256_LENGTH];
} AuditEntry;

/* In the order of their ids. */
typedef struct AuditEntries
{
	AuditEntry *entries;
	int n;
	int room;
} AuditEntries;

typedef struct StoredSeal
{
	int64 id;
	TimestampTz sealed_at;
	int64 first_id;
	int64 last_id;
	int32 row_count;
	DateADT month;
	bytea *entries;
	uint8 previous[SHA256_LENGTH];
	uint8 hash[SHA256_LENGTH];
} StoredSeal;

/* An installation of 1.1.0 has no such table until it is updated. */
extern bool store_knows_seals(void);

/* One session seals at a time, until its transaction ends; false: another. */
extern bool store_try_sealing(void);

/*
 * The id that was drawn last, and the transactions that may have drawn it or
 * one before it and are not at their end, as an array of text; 0: none.
 */
extern int64 store_last_audit_id(void);
extern Datum store_audit_writers(void);

/* Is one of them still not at its end? */
extern bool store_audit_is_written(Datum writers);

/*
 * At most limit rows above one id and up to another one.  steady: as the
 * caller's snapshot sees them.
 */
extern AuditEntries store_read_audit(int64 above, int64 up_to, int limit, bool steady);

/* Keeps verification and the emptying of a month apart, for the transaction. */
extern void store_hold_audit(void);

/* Of the row with an id; false: there is none. */
extern bool store_find_audit(int64 id, TimestampTz *at, char **action);

/* A row that says that a month was dropped. */
typedef struct AuditDrop
{
	int64 id;
	TimestampTz at;
	char *partition; /* NULL: it does not say which */
} AuditDrop;

/* All of them; n: how many. */
extern AuditDrop *store_audit_drops(int *n);

/* How many rows there are above an id. */
extern int64 store_count_audit(int64 above);

extern bool store_newest_seal(StoredSeal *seal);

/* The first seal above an id, as the caller's snapshot sees it. */
extern bool store_next_seal(int64 above, StoredSeal *seal);

/* The seal that would have the row with an id, if it was sealed. */
extern bool store_seal_of(int64 row, StoredSeal *seal);

extern void store_insert_seal(const StoredSeal *seal);

/*
 * Replaces the entries of seals below the oldest row on record by their hash,
 * of so many seals at most, the oldest first.
 */
extern void store_shorten_seals(int most);

/* Is that going on, so that seals may be changed? */
extern bool store_shortens_seals(void);

/* How many rows of an action there are. */
typedef struct ActionCount
{
	const char *action;
	int64 ok;
	int64 refused;
} ActionCount;

/* Adds to what jerry.audit_count has; an action that is new there is added. */
extern void store_count_actions(const ActionCount *counts, int n);

#endif /* JERRY_STORE_AUDIT_SEAL_H */
