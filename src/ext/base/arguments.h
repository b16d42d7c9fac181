/*
 * arguments.h: what several SQL-callable functions do with their call: reading
 * arguments, and announcing a change as a trigger.
 */
#ifndef JERRY_ARGUMENTS_H
#define JERRY_ARGUMENTS_H

#include "base/jerry.h"

/*
 * The text argument n, or NULL when it is too long for a token: what is too
 * long is not even read.
 */
extern text *token_argument(FunctionCallInfo fcinfo, int n);

/*
 * The integer argument n, or an error that names it when it is not between 1
 * and max.
 */
extern int count_argument(FunctionCallInfo fcinfo, int n, const char *name, int max);

/*
 * The time after the interval in argument n, or an error that names it when it
 * is negative, or longer than so many days.
 */
extern TimestampTz delay_argument(FunctionCallInfo fcinfo, int n, const char *name, int max_days);

/*
 * A text that somebody else wrote, cut between two characters to a number of
 * bytes that a table can bear; palloc'd.
 */
extern char *bounded_text(const text *value, int max);

/* An array of texts. */
typedef struct Texts
{
	Datum *values;
	bool *nulls;
	int n;
} Texts;

/*
 * The array of texts in argument n, or an error when it has several dimensions,
 * or more than max elements.
 */
extern Texts texts_argument(FunctionCallInfo fcinfo, int n, int max);

/*
 * For a trigger of a table that sessions keep in memory: tells all of them,
 * with the commit and on standbys too, that it has changed.
 */
extern Datum trigger_announces_change(FunctionCallInfo fcinfo);

#endif /* JERRY_ARGUMENTS_H */
