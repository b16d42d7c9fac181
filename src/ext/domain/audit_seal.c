/*
 * audit_seal.c: see audit_seal.h.
 */
#include "domain/audit_seal.h"

#include "domain/audit.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

static const char *const actions[] = { AUDIT_ACTION_NAMES };

#define ROWS_MAX	 5000 /* of a seal */
#define ENTRY_LENGTH (8 + SHA256_LENGTH)

/* Seals of which one call forgets the rows. */
#define FORGOTTEN_MAX 1000

/* In ms; a login takes a few of them between its row and its commit. */
#define WAIT	  200
#define WAIT_STEP 5

bool
audit_settle(int patience, int64 *up_to)
{
	Datum writers;

	/* In this order: who draws an id after that is none of our business. */
	*up_to = store_last_audit_id();
	writers = store_audit_writers();
	for (int waited = 0; writers != 0 && store_audit_is_written(writers); waited += WAIT_STEP)
	{
		if (waited >= patience)
			return false;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, WAIT_STEP,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* Rows as the entries of a seal. */
static bytea *
pack(const AuditEntry *entries, int n)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	for (int i = 0; i < n; i++)
	{
		pq_sendint64(&buf, entries[i].id);
		pq_sendbytes(&buf, (const char *) entries[i].hash, SHA256_LENGTH);
	}
	return pq_endtypsend(&buf);
}

/* No number of entries is as long as a hash. */
bool
audit_seal_is_short(const StoredSeal *seal)
{
	return VARSIZE_ANY_EXHDR(seal->entries) == SHA256_LENGTH;
}

int
audit_seal_count(const StoredSeal *seal)
{
	return VARSIZE_ANY_EXHDR(seal->entries) / ENTRY_LENGTH;
}

AuditEntry
audit_seal_entry(const StoredSeal *seal, int n)
{
	const char *at = VARDATA_ANY(seal->entries) + n * ENTRY_LENGTH;
	AuditEntry entry = { .month = seal->month };
	uint64 id;

	memcpy(&id, at, sizeof(id));
	entry.id = (int64) pg_ntoh64(id);
	memcpy(entry.hash, at + sizeof(id), SHA256_LENGTH);
	return entry;
}

void
audit_seal_hash(const StoredSeal *seal, uint8 hash[SHA256_LENGTH])
{
	uint8 entries[SHA256_LENGTH];
	StringInfoData buf;

	if (audit_seal_is_short(seal))
		memcpy(entries, VARDATA_ANY(seal->entries), SHA256_LENGTH);
	else
		sha256(VARDATA_ANY(seal->entries), VARSIZE_ANY_EXHDR(seal->entries), entries);
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, (const char *) seal->previous, SHA256_LENGTH);
	pq_sendint64(&buf, seal->id);
	pq_sendint64(&buf, seal->sealed_at);
	pq_sendint64(&buf, seal->first_id);
	pq_sendint64(&buf, seal->last_id);
	pq_sendint32(&buf, seal->row_count);
	pq_sendint32(&buf, seal->month);
	appendBinaryStringInfo(&buf, (const char *) entries, SHA256_LENGTH);
	sha256(buf.data, buf.len, hash);
}

char *
audit_seal_text(const StoredSeal *seal)
{
	char hex[2 * SHA256_LENGTH];

	(void) hex_encode((const char *) seal->hash, SHA256_LENGTH, hex);
	return psprintf(INT64_FORMAT ":%.*s", seal->id, (int) sizeof(hex), hex);
}

/* Makes the seal of rows behind another one, which the new one replaces. */
static void
seal_rows(const AuditEntry *entries, int n, StoredSeal *seal, TimestampTz now)
{
	seal->id++;
	seal->sealed_at = now;
	seal->first_id = entries[0].id;
	seal->last_id = entries[n - 1].id;
	seal->row_count = n;
	seal->month = entries[0].month;
	seal->entries = pack(entries, n);
	memcpy(seal->previous, seal->hash, SHA256_LENGTH);
	audit_seal_hash(seal, seal->hash);
	store_insert_seal(seal);
}

/* The same, each seal of one month: of several there are several. */
static void
seal_batch(const AuditEntries *batch, StoredSeal *seal, TimestampTz now)
{
	int start = 0;

	for (int i = 1; i <= batch->n; i++)
		if (i == batch->n || batch->entries[i].month != batch->entries[start].month)
		{
			seal_rows(&batch->entries[start], i - start, seal, now);
			start = i;
		}
}

/* All that there are; what somebody else has put there is counted nowhere. */
typedef struct Counts
{
	ActionCount of[lengthof(actions)];
} Counts;

static void
count_rows(const AuditEntries *batch, Counts *counts)
{
	for (int i = 0; i < batch->n; i++)
		for (int n = 0; n < lengthof(actions); n++)
			if (strcmp(batch->entries[i].action, actions[n]) == 0)
			{
				counts->of[n].ok += batch->entries[i].is_ok;
				counts->of[n].refused += !batch->entries[i].is_ok;
				break;
			}
}

static void
store_counts(Counts *counts)
{
	for (int n = 0; n < lengthof(actions); n++)
		counts->of[n].action = actions[n];
	store_count_actions(counts->of, lengthof(actions));
}

void
audit_seal_shorten(void)
{
	if (store_knows_seals() && store_try_sealing())
		store_shorten_seals(FORGOTTEN_MAX);
}

int64
audit_seal(int64 most, TimestampTz now)
{
	StoredSeal seal = { 0 };
	Counts counts = { 0 };
	int64 up_to;
	int64 sealed = 0;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory;

	if (!store_knows_seals() || !store_try_sealing())
		return 0;
	if (!audit_settle(WAIT, &up_to))
		return 0;

	(void) store_newest_seal(&seal);
	memory = AllocSetContextCreate(caller, "jerry seal", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(memory);
	while (sealed < most)
	{
		AuditEntries batch =
			store_read_audit(seal.last_id, up_to, Min(ROWS_MAX, most - sealed), false);

		if (batch.n == 0)
			break;
		seal_batch(&batch, &seal, now);
		count_rows(&batch, &counts);
		sealed += batch.n;
		MemoryContextReset(memory);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
	if (sealed == 0)
		return 0;
	store_counts(&counts);
	event_emit(event_audit_sealed(audit_seal_text(&seal)), now);
	return sealed;
}
