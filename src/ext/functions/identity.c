/*
 * identity.c
 *		The identity of a transaction: jerry.authenticate, jerry.uid, jerry.claims.
 *
 * One variable of this file, which only jerry.authenticate fills.  It ends with the transaction, and with the savepoint in which it was set when
 * that is rolled back; there is nothing to fall back to then, so that a mistake ends without an identity and not with another one's.
 */
#include "base/jerry.h"

#include "access/xact.h"
#include "base/envelope.h"
#include "domain/caller.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static struct
{
	bool set;
	SubTransactionId subtransaction; /* the innermost that its fate depends on */
	pg_uuid_t user_id;
	TimestampTz expires_at;
	text *claims; /* in TopTransactionContext */
} identity;

static void
at_transaction_end(XactEvent event, void *arg)
{
	/* whatever else happens to the transaction, its identity is needed no more once its outcome is known */
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PARALLEL_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE)
		memset(&identity, 0, sizeof(identity));
}

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

static void
set_identity(const Token *token)
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
	MemoryContextSwitchTo(old);
	identity.user_id = token->user_id;
	identity.expires_at = token->expires_at;
	identity.subtransaction = GetCurrentSubTransactionId();
	identity.set = true;
}

/* a STABLE function has one answer per statement: the time that counts is the statement's */
static bool
is_authenticated(void)
{
	return identity.set && GetCurrentStatementStartTimestamp() < identity.expires_at;
}

PG_FUNCTION_INFO_V1(jerry_authenticate);

/* authenticate(access_token text) RETURNS json */
Datum
jerry_authenticate(PG_FUNCTION_ARGS)
{
	Token token;
	TokenVerdict verdict;
	JsonWriter w;

	memset(&identity, 0, sizeof(identity));
	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = session_verify(token_argument(fcinfo, 0), PROBE_LATEST, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	set_identity(&token);

	answer_start(&w);
	json_uuid(&w, "user_id", &token.user_id);
	json_text(&w, "email", token.email);
	json_time(&w, "expires_at", token.expires_at);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_uid);

/* uid() RETURNS uuid */
Datum
jerry_uid(PG_FUNCTION_ARGS)
{
	pg_uuid_t *id;

	if (!is_authenticated())
		PG_RETURN_NULL();
	id = palloc(sizeof(*id));
	*id = identity.user_id;
	PG_RETURN_UUID_P(id);
}

PG_FUNCTION_INFO_V1(jerry_claims);

/* claims() RETURNS json */
Datum
jerry_claims(PG_FUNCTION_ARGS)
{
	if (!is_authenticated())
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(identity.claims), VARSIZE_ANY_EXHDR(identity.claims)));
}
