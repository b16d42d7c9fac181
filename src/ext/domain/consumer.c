/*
 * consumer.c: see consumer.h.
 */
#include "domain/consumer.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"

#define CONSUMERS_MAX		   100 /* a row for each of them comes with each event */
#define CONSUMERS_PER_ROLE_MAX 16

void
consumer_require_writing(const char *call)
{
	PreventCommandDuringRecovery(call);
	/*
	 * ANALYZE and autovacuum run functions of whoever owns a table in their own
	 * session, as whose role he must not act.
	 */
	if (InSecurityRestrictedOperation())
		ereport(
			ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg(
				 "permission denied: %s cannot be called while the server acts for the owner of a"
				 " table",
				 call)));
	if (!store_knows_consumers())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the tables of extension \"jerry\" are older than its library"),
						errhint("ALTER EXTENSION jerry UPDATE;")));
}

void
consumer_require_read_committed(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("events can be given to consumers only in isolation level READ COMMITTED")));
}

void
consumer_require_name(const char *name, int length)
{
	bool valid = length > 0 && length <= CONSUMER_NAME_MAX;

	for (int i = 0; valid && i < length; i++)
		valid = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
				(name[i] >= '0' && name[i] <= '9') || name[i] == '_' || name[i] == '.' ||
				name[i] == '-';
	if (!valid)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "name of a consumer must have 1 to %d letters, digits, and characters of \"_.-\"",
				 CONSUMER_NAME_MAX)));
}

/* Has a role the rights of another one, by its name? */
static bool
has_role(Oid role, const char *name)
{
	Oid other = get_role_oid(name, true);

	return OidIsValid(other) && has_privs_of_role(role, other);
}

/* The owner of our functions may do everything as well: he has the tables. */
static bool
is_admin(Oid role)
{
	return role == GetUserId() || has_role(role, "jerry_admin");
}

/*
 * Who calls is the session's role, as SET ROLE left it, not the owner of this
 * function, with whose rights it runs.
 */
void
consumer_require_owner(const StoredConsumer *consumer)
{
	Oid role = GetOuterUserId();

	if (consumer->owner != NULL && !is_admin(role) && !has_role(role, consumer->owner))
		ereport(
			ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied: the consumer belongs to another role"),
			 errhint("jerry.assign_consumer gives it to a role of which several can be members.")));
}

bool
consumer_make(const char *name, const char *owner, TimestampTz now)
{
	Oid role = GetOuterUserId();
	int64 all;
	int64 owned;

	if (owner == NULL)
		owner = GetUserNameFromId(role, false);
	if (!store_try_making_consumer(name, role))
		return false;
	store_count_consumers(owner, &all, &owned);
	if (all >= CONSUMERS_MAX || (owned >= CONSUMERS_PER_ROLE_MAX && !is_admin(role)))
		ereport(
			ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many consumers of events"),
					errdetail("One role can have %d, and there can be %d in all.",
							  CONSUMERS_PER_ROLE_MAX, CONSUMERS_MAX),
					errhint("jerry.remove_consumer forgets those that are no longer needed.")));
	return store_insert_consumer(name, owner, now);
}

void
consumer_adopt(const char *name, const StoredConsumer *consumer)
{
	Oid role = GetOuterUserId();

	if (consumer->owner == NULL && !is_admin(role))
		store_adopt_consumer(name, GetUserNameFromId(role, false));
}

void
consumer_make_up(const char *name, StoredConsumer *consumer, TimestampTz now)
{
	/* Others must have been able to see it before. */
	if (consumer->complete || consumer->written_here)
		return;
	if (!consumer->has_horizon)
	{
		store_set_horizon(name);
		(void) store_find_consumer(name, consumer);
	}
	if (consumer->horizon_has_passed)
		store_complete_consumer(name, now);
}
