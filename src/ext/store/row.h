/*
 * row.h: reading a row, in one way wherever it comes from: a statement, a probe
 * of a primary key, or a table that is read as a whole.
 */
#ifndef JERRY_ROW_H
#define JERRY_ROW_H

#include "base/jerry.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/*
 * Takes what it wants from a row, in the caller's memory context, and says, to
 * those who look for one row, whether it is the one.  The row is there only
 * until the reader returns.
 */
typedef bool (*RowReader)(HeapTuple row, TupleDesc descriptor, void *arg);

/*
 * Have the tables been updated to 1.2.0?  Until then a column with a name of
 * ours may be somebody else's.
 */
extern bool tables_are_updated(void);

/*
 * The number of a column since 1.2.0, by name, because it may be behind one of
 * somebody else's; 0: the tables have not been updated.
 */
extern int row_column(TupleDesc descriptor, const char *name, Oid type);

/*
 * Column n as a datum, an error when it is NULL, and as values; a text is
 * palloc'd.
 */
extern Datum row_attribute(HeapTuple row, int n, TupleDesc descriptor);
extern pg_uuid_t row_uuid(HeapTuple row, int n, TupleDesc descriptor);
extern TimestampTz row_time(HeapTuple row, int n, TupleDesc descriptor);
extern bool row_bool(HeapTuple row, int n, TupleDesc descriptor);
extern int64 row_int64(HeapTuple row, int n, TupleDesc descriptor);
extern char *row_text(HeapTuple row, int n, TupleDesc descriptor);
extern char *row_text_or_null(HeapTuple row, int n, TupleDesc descriptor);

/* A column of texts, without NULL: char *, palloc'd. */
extern List *row_texts(HeapTuple row, int n, TupleDesc descriptor);

/* Readers of the first column alone, into a pg_uuid_t and an int64. */
extern bool read_uuid_column(HeapTuple row, TupleDesc descriptor, void *id);
extern bool read_int64_column(HeapTuple row, TupleDesc descriptor, void *value);

/* A table of schema jerry, and its owner, or an error. */
extern Oid relation_by_name(const char *name);
extern Oid relation_owner(const char *name);

/*
 * All rows of a table as the last commit left them; of a table that is not
 * there, none.  Not SQL: in a transaction with an old snapshot a query would
 * read old rows, and what a session keeps in memory outlives the transaction.
 */
extern void scan_latest(Oid relation, RowReader read, void *arg);

#endif /* JERRY_ROW_H */
