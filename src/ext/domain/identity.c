/*
 * identity.c: see identity.h.  One variable of this file, which only
 * identity_set fills.
 */
#include "domain/identity.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static struct
{
	bool set;
	SubTransactionId subtransaction; /* the innermost that its fate depends on */
	pg_uuid_t user_id;
	TimestampTz expires_at;
	text *claims; /* in TopTransactionContext, and so are they: */
	Roles roles;
	Assurance assurance;
} identity;

/* Called by the server when a transaction ends, in any way. */
static void
at_transaction_end(XactEvent event, void *arg)
{
	/*
	 * Whatever else happens to the transaction, its identity is needed no more
	 * once its outcome is known.
	 */
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
		event != XACT_EVENT_PRE_PREPARE)
		memset(&identity, 0, sizeof(identity));
}

/* Called by the server when a savepoint is released or rolled back. */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (!identity.set || identity.subtransaction != mine)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		memset(&identity, 0, sizeof(identity));
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		identity.subtransaction = parent;
}

/* In the current memory context. */
static List *
copy_names(const List *names)
{
	List *copy = NIL;
	ListCell *cell;

	foreach(cell, names)
		copy = lappend(copy, pstrdup(lfirst(cell)));
	return copy;
}

void
identity_set(const Token *token, const Roles *roles)
{
	static bool registered = false;
	MemoryContext old;

	if (!registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		registered = true;
	}
	old = MemoryContextSwitchTo(TopTransactionContext);
	identity.claims = cstring_to_text_with_len(token->payload, token->payload_length);
	identity.roles.names = copy_names(roles->names);
	identity.roles.permissions = copy_names(roles->permissions);
	MemoryContextSwitchTo(old);
	identity.user_id = token->user_id;
	identity.expires_at = token->expires_at;
	identity.assurance = token->assurance;
	identity.assurance.methods = NIL;
	identity.subtransaction = GetCurrentSubTransactionId();
	identity.set = true;
}

void
identity_clear(void)
{
	memset(&identity, 0, sizeof(identity));
}

/*
 * A STABLE function has one answer per statement: the time that counts is the
 * statement's.
 */
static bool
is_authenticated(void)
{
	return identity.set && GetCurrentStatementStartTimestamp() < identity.expires_at;
}

const pg_uuid_t *
identity_user(void)
{
	return is_authenticated() ? &identity.user_id : NULL;
}

const text *
identity_claims(void)
{
	return is_authenticated() ? identity.claims : NULL;
}

const Roles *
identity_roles(void)
{
	return is_authenticated() ? &identity.roles : NULL;
}

const Assurance *
identity_assurance(void)
{
	return is_authenticated() ? &identity.assurance : NULL;
}
