/*
 * jerry.h: what every file of the extension shares: limits and times.
 *
 * Nothing in this half knows HTTP.  Its folders are floors: functions/ is what
 * SQL calls (jerry_*), which fetches arguments, decides and answers; domain/
 * the rules, jose/ tokens and keys, store/ all SQL text; base/ is for all, and
 * hash/ and factor/ know nothing of PostgreSQL.
 */
#ifndef JERRY_H
#define JERRY_H

#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#define JERRY_PASSWORD_MIN 8	/* characters */
#define JERRY_PASSWORD_MAX 72	/* bytes; bcrypt ignores what follows */
#define JERRY_TOKEN_MAX	   8192 /* bytes; a longer token is refused before any work */
#define JERRY_SECRET_MIN   32	/* bytes of an HS256 key (RFC 7518, 3.2) */
#define JERRY_SECRET_MAX   1024

/*
 * The time of day, not of the transaction: in a long one a token must end all
 * the same.
 */
static inline TimestampTz
jerry_now(void)
{
	return GetCurrentTimestamp();
}

static inline TimestampTz
jerry_after(TimestampTz start, int seconds)
{
	return start + (int64) seconds * USECS_PER_SEC;
}

/*
 * An error is logged with the statement of the client, and who pastes values
 * into it pastes passwords.  What is raised while this callback is on
 * error_context_stack is logged without the statement.
 */
static inline void
jerry_hide_statement(void *arg)
{
	errhidestmt(true);
}

/* For functions that write and take a secret. */
static inline void
jerry_require_primary(const char *function)
{
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	error_context_stack = &hide;
	PreventCommandDuringRecovery(function);
	error_context_stack = hide.previous;
}

#endif /* JERRY_H */
