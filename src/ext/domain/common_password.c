/*
 * common_password.c: see common_password.h.
 *
 * A list is sorted before it is stored, on disk where it does not fit into
 * maintenance_work_mem: then each row of the table is written once, whatever
 * the order of the list, and the memory does not depend on its length.
 */
#include "domain/common_password.h"

#include "domain/audit.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "store/common_password.h"
#include "store/owner.h"
#include "utils/tuplesort.h"

/*
 * In one row; a list as long as all passwords that ever leaked has 15,000 in
 * each.
 */
#define BUCKET_MAX 1000000

#define SIGN_BIT (UINT64CONST(1) << 63)

bool
common_password_is(const Password *password, const char *folded)
{
	const text *typed = password->typed;
	const text *normal = password->normal;

	return store_has_common_password(
			   password_mark(VARDATA_ANY(normal), VARSIZE_ANY_EXHDR(normal))) ||
		   store_has_common_password(password_mark(folded, strlen(folded))) ||
		   (typed != normal && store_has_common_password(password_mark(
								   VARDATA_ANY(typed), VARSIZE_ANY_EXHDR(typed))));
}

/* found of a PasswordList: signed, and in the same order. */
static void
sort_mark(uint64 mark, void *sort)
{
	tuplesort_putdatum(sort, Int64GetDatum((int64) (mark ^ SIGN_BIT)), false);
}

/* The next of the sorted marks; false: there is none. */
static bool
next_mark(Tuplesortstate *sort, uint64 *mark)
{
	Datum value;
	bool isnull;

#if PG_VERSION_NUM >= 160000
	if (!tuplesort_getdatum(sort, true, false, &value, &isnull, NULL))
		return false;
#else
	if (!tuplesort_getdatum(sort, true, &value, &isnull, NULL))
		return false;
#endif
	*mark = (uint64) DatumGetInt64(value) ^ SIGN_BIT;
	return true;
}

/*
 * Takes what is sorted into the table, a row at a time; returns how many are
 * new.
 */
static int64
store_sorted(Tuplesortstate *sort)
{
	uint64 *marks = palloc(sizeof(uint64));
	int room = 1;
	int n = 0;
	int64 added = 0;
	uint64 mark;
	bool more = next_mark(sort, &mark);

	while (more)
	{
		if (n > 0 && COMMON_PASSWORD_BUCKET(mark) != COMMON_PASSWORD_BUCKET(marks[0]))
		{
			CHECK_FOR_INTERRUPTS();
			added += store_add_common_passwords(marks, n);
			n = 0;
		}
		if (n == 0 || marks[n - 1] != mark)
		{
			if (n == BUCKET_MAX)
				ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
								errmsg("more than %d hashes begin with the same digits",
									   BUCKET_MAX)));
			if (n == room)
				marks = repalloc(marks, (room *= 2) * sizeof(uint64));
			marks[n++] = mark;
		}
		more = next_mark(sort, &mark);
	}
	if (n > 0)
		added += store_add_common_passwords(marks, n);
	pfree(marks);
	return added;
}

int64
common_passwords_load(PasswordList *list, bool replace, TimestampTz now)
{
	CommonPasswordSource source = { .path = list->path,
									.min_count = list->min_count,
									.loaded_by = GetUserNameFromId(GetUserId(), false),
									.loaded_at = now };
	Tuplesortstate *sort;
	Owner owner;

	/* Two that load would each miss what the other one adds. */
	store_lock_common_passwords();
	sort = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false,
								 maintenance_work_mem, NULL, TUPLESORT_NONE);
	list->found = sort_mark;
	list->arg = sort;
	password_list_read(list);
	tuplesort_performsort(sort);

	owner_become(&owner, "common_password");
	/* Where a restore has left the sources alone they begin anew, too. */
	if (replace || !store_has_common_passwords())
		(void) store_clear_common_passwords();
	source.form = list_form_name(list->form);
	source.skipped = list->skipped;
	source.passwords = store_sorted(sort);
	store_add_common_password_source(&source);
	audit_record(audit_password_load(source.path, source.passwords), AUDIT_OK, NULL, NULL, NULL,
				 now);
	owner_end(&owner);
	tuplesort_end(sort);
	return source.passwords;
}
