/*
 * hash_ahead.h: what goes in front of logins that go to the database together:
 * a statement that makes their password hashes in one go, for little more than
 * the price of one.  The extension's function hash_ahead() says the rest.
 */
#ifndef JERRY_HASH_AHEAD_H
#define JERRY_HASH_AHEAD_H

#include "db/statement.h"

#define HASH_AHEAD_MAX		  4	 /* calls at a time */
#define HASH_AHEAD_MAX_VALUES 64 /* of the statement */

/* One call that follows. */
typedef struct HashAheadCall
{
	const Statement *statement;
	const char *const *values;
} HashAheadCall;

/*
 * The statement, for calls of statements like this one, which says what can be
 * done ahead, and ends with the client's values.
 */
extern const Statement *hash_ahead_statement(const Statement *like);

/* Its values for some calls, into which they point. */
extern void hash_ahead_values(const HashAheadCall *calls, int ncalls,
							  const char *values[HASH_AHEAD_MAX_VALUES]);

#endif /* JERRY_HASH_AHEAD_H */
