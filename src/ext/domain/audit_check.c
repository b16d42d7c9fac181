/*
 * audit_check.c: see audit_check.h.
 */
#include "domain/audit_check.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define DIGITS	   "0123456789"
#define ID_DIGITS  18
#define HEX_DIGITS "0123456789abcdef"

bool
audit_is_seal(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	return digits > 0 && digits <= ID_DIGITS && text[digits] == ':' &&
		   strlen(text + digits + 1) == 2 * SHA256_LENGTH &&
		   strspn(text + digits + 1, HEX_DIGITS) == 2 * SHA256_LENGTH;
}

/* Notes a problem; false, so that nothing is compared any more. */
static bool
found(AuditVerdict *verdict, AuditProblem problem, int64 seal, int64 row)
{
	verdict->problem = problem;
	verdict->seal = seal;
	verdict->row = row;
	return false;
}

/*
 * Does a seal follow the previous one, is it as it was made, and the one that
 * was kept?
 */
static bool
seal_is_good(const StoredSeal *seal, const StoredSeal *previous, const char *kept,
			 AuditVerdict *verdict)
{
	uint8 hash[SHA256_LENGTH];

	if (seal->id != previous->id + 1)
		return found(verdict, AUDIT_SEAL_REMOVED, previous->id + 1, 0);
	audit_seal_hash(seal, hash);
	if (!bytes_equal(hash, seal->hash, SHA256_LENGTH) ||
		!bytes_equal(seal->previous, previous->hash, SHA256_LENGTH))
		return found(verdict, AUDIT_SEAL_CHANGED, seal->id, 0);
	if (kept != NULL && strtoll(kept, NULL, 10) == seal->id &&
		strcmp(kept, audit_seal_text(seal)) != 0)
		return found(verdict, AUDIT_SEAL_REPLACED, seal->id, 0);
	return true;
}

/* Are the rows behind the previous seal those of this one? */
static bool
rows_are_good(const StoredSeal *seal, const StoredSeal *previous, AuditVerdict *verdict)
{
	int count = audit_seal_count(seal);
	AuditEntries rows =
		store_read_audit(seal->id == 1 ? PG_INT64_MIN : previous->last_id, seal->last_id,
						 count + 1 /* one too many tells as much as all */, true);
	int i = 0;

	for (int n = 0; n < count; n++, i++)
	{
		AuditEntry sealed = audit_seal_entry(seal, n);

		if (i < rows.n && rows.entries[i].id < sealed.id)
			return found(verdict, AUDIT_ROW_ADDED, seal->id, rows.entries[i].id);
		if (i == rows.n || rows.entries[i].id > sealed.id)
			return found(verdict, AUDIT_ROW_REMOVED, seal->id, sealed.id);
		if (!bytes_equal(rows.entries[i].hash, sealed.hash, SHA256_LENGTH))
			return found(verdict, AUDIT_ROW_CHANGED, seal->id, sealed.id);
	}
	if (i < rows.n)
		return found(verdict, AUDIT_ROW_ADDED, seal->id, rows.entries[i].id);
	verdict->rows += count;
	return true;
}

/* Compares seal by seal, until there is a problem. */
static void
check_seals(TimestampTz since, const char *kept, AuditVerdict *verdict)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "jerry seals", ALLOCSET_DEFAULT_SIZES);
	StoredSeal previous = { 0 };
	StoredSeal seal;
	bool good = true;

	MemoryContextSwitchTo(memory);
	while (good && store_next_seal(previous.id, &seal))
	{
		CHECK_FOR_INTERRUPTS();
		good = seal_is_good(&seal, &previous, kept, verdict) &&
			   (seal.sealed_at < since || rows_are_good(&seal, &previous, verdict));
		verdict->seals += good;
		previous = seal;
		MemoryContextReset(memory);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	if (previous.id > 0)
		verdict->newest = audit_seal_text(&previous);
	if (!good)
		return;
	verdict->not_sealed = store_count_audit(previous.last_id);
	if (kept != NULL && strtoll(kept, NULL, 10) > previous.id)
		(void) found(verdict, AUDIT_SEAL_REMOVED, previous.id + 1, 0);
}

AuditVerdict
audit_check(TimestampTz since, const char *kept)
{
	AuditVerdict verdict = { 0 };

	store_hold_audit();
	PushActiveSnapshot(GetLatestSnapshot());
	check_seals(since, kept, &verdict);
	if (verdict.row != 0)
		verdict.row_is_there = store_find_audit(verdict.row, &verdict.at, &verdict.action);
	PopActiveSnapshot();
	return verdict;
}
