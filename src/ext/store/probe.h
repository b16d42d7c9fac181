/*
 * probe.h: one row by its primary key, without SQL: the hot path.
 */
#ifndef JERRY_PROBE_H
#define JERRY_PROBE_H

#include "store/row.h"

/*
 * A STABLE function sees what its statement sees, a VOLATILE one the last
 * commit, also one that it waited for.  Where no statement has a snapshot, as
 * when PL/pgSQL checks a domain after a COMMIT, both see the last commit.
 */
typedef enum ProbeView
{
	PROBE_STATEMENT,
	PROBE_LATEST
} ProbeView;

/*
 * Is there a row of this key that can be seen, and that the reader (NULL: any)
 * takes?  The primary key is the first column of the table, a UUID, whatever
 * its index is called.  The row is the reader's only until it returns.
 */
extern bool probe(const char *table, const pg_uuid_t *key, ProbeView view, RowReader read,
				  void *arg);

/*
 * All rows of a table whose primary key begins with this value, in the order of
 * the key.  equal is the function of its type's operator =; a text has
 * collation "C".
 */
extern void probe_all(Oid relation, Oid equal, Datum value, ProbeView view, RowReader read,
					  void *arg);

#endif /* JERRY_PROBE_H */
