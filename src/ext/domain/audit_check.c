/*
 * audit_check.c: see audit_check.h.
 */
#include "domain/audit_check.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/datetime.h"
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

/* Is a row as it was sealed, or not sealed yet? */
static bool
row_is_good(int64 row)
{
	StoredSeal seal;
	AuditEntries rows;

	if (!store_seal_of(row, &seal))
		return true;
	rows = store_read_audit(row - 1, row, 1, true);
	for (int n = audit_seal_count(&seal) - 1; n >= 0 && rows.n > 0; n--)
	{
		AuditEntry sealed = audit_seal_entry(&seal, n);

		if (sealed.id == row)
			return bytes_equal(rows.entries[0].hash, sealed.hash, SHA256_LENGTH);
	}
	return false;
}

/* The first day of the month before the one that begins on that day. */
static DateADT
month_before(DateADT first_day)
{
	int year;
	int month;
	int day;

	j2date(first_day - 1 + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
}

/* Is a month one of those that a partition is for? */
static bool
is_of_partition(DateADT first_day, const char *partition)
{
	int year;
	int month;
	int day;

	j2date(first_day + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return strcmp(partition, psprintf("audit_%s_%02d", year & 1 ? "odd" : "even", month)) == 0;
}

/*
 * The last month that was dropped, as what is on record says, which is sealed
 * like everything else.  With a month all earlier ones are dropped.
 */
static DateADT
dropped_month(void)
{
	DateADT last = DATEVAL_NOBEGIN;
	int n;
	AuditDrop *drops = store_audit_drops(&n);

	for (int i = 0; i < n; i++)
	{
		DateADT month = store_month_of(drops[i].at);

		if (drops[i].partition == NULL || DATE_NOT_FINITE(month) || !row_is_good(drops[i].id))
			continue;
		/* The newest of its partition that was over by then. */
		for (int back = 0; back < AUDIT_MONTHS; back++)
		{
			month = month_before(month);
			if (is_of_partition(month, drops[i].partition))
			{
				last = Max(last, month);
				break;
			}
		}
	}
	return last;
}

/* Are the rows behind the previous seal those of this one? */
static bool
rows_are_good(const StoredSeal *seal, const StoredSeal *previous, AuditVerdict *verdict)
{
	bool is_short = audit_seal_is_short(seal);
	bool dropped = verdict->dropped != DATEVAL_NOBEGIN && seal->month <= verdict->dropped;
	int count = audit_seal_count(seal);
	AuditEntries rows =
		store_read_audit(seal->id == 1 ? PG_INT64_MIN : previous->last_id, seal->last_id,
						 count + 1 /* one too many tells as much as all */, true);
	int i = 0;

	/* Of a month that was dropped nothing is left. */
	if (rows.n == 0 && dropped)
		return true;
	/* Of others a seal has entries, unless all up to there were removed. */
	if (is_short && !dropped)
		return rows.n == 0 ? found(verdict, AUDIT_ROW_REMOVED, seal->id, seal->first_id)
						   : found(verdict, AUDIT_SEAL_CHANGED, seal->id, 0);
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
	verdict.dropped = dropped_month();
	check_seals(since, kept, &verdict);
	if (verdict.row != 0)
		verdict.row_is_there = store_find_audit(verdict.row, &verdict.at, &verdict.action);
	PopActiveSnapshot();
	return verdict;
}
