/*
 * statement.h: running the SQL of the tables: this and the files of the tables
 * are the only ones with SQL text.
 *
 * Statements are prepared once per session.  Every name and operator in them is
 * qualified, every value is a parameter.
 */
#ifndef JERRY_STATEMENT_H
#define JERRY_STATEMENT_H

#include "store/row.h"

#define PARAMETERS_MAX 12

struct ReturnSetInfo;

/* Static in the function that runs it. */
typedef struct Statement
{
	const char *sql;
	int nparameters;
	Oid types[PARAMETERS_MAX];
	/*
	 * Sees the last commit in a transaction with an old snapshot, too, as a
	 * foreign key does.
	 */
	bool latest;
	bool leaves_triggers;	/* its AFTER triggers are fired by who runs it */
	bool steady;			/* sees what the caller's snapshot sees, in call after call */
	int wait_ms;			/* for a lock, at most; 0: as long as the session does */
	struct _SPI_plan *plan; /* since it was first run */
} Statement;

/*
 * Runs a statement, which sees what its transaction does, and has the reader
 * (NULL: nobody) read its rows; returns how many there are, or were touched.
 * nulls as for SPI_execute_plan().
 */
extern int64 statement_run(Statement *statement, Datum *values, const char *nulls, RowReader read,
						   void *arg);

/* Runs a statement for the number of rows that it touched, or has. */
extern int64 statement_count(Statement *statement, Datum *values);

/* Runs a statement whose rows are those of a function. */
extern void statement_fill(Statement *statement, Datum *values, struct ReturnSetInfo *result);

/* In nulls, for a parameter that is a pointer, or 0 where it is NULL. */
static inline char
null_flag(Datum value)
{
	return value == 0 ? 'n' : ' ';
}

/* A text as a parameter; palloc'd, 0 for NULL. */
extern Datum text_datum(const char *value);

/* Bytes as a parameter; palloc'd. */
extern Datum bytea_datum(const uint8 *bytes, int length);

#endif /* JERRY_STATEMENT_H */
