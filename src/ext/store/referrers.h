/*
 * referrers.h: deleting a row that tables of the application refer to.
 *
 * Triggers of the application run in the session of whoever deletes, the
 * sidecar's for one: restricted as those of ANALYZE are, so that they change
 * nothing of it, no statement that it has prepared either, and leave nothing
 * that runs later.
 *
 * What a foreign key does to their rows is done as their owners, and so are
 * BEFORE triggers on them.  AFTER triggers, until PostgreSQL 18, wait for the
 * end of the statement that began it all, and are fired as whoever runs that:
 * Jerry's owner.  A role that may refer to a table of ours would have all
 * rights there are.
 */
#ifndef JERRY_REFERRERS_H
#define JERRY_REFERRERS_H

#include "store/statement.h"

/*
 * Runs a statement that deletes from a table of schema jerry, and fires the
 * triggers as the one role that owns all tables that refer to it, directly or
 * by way of another.  Tables of Jerry's owner do not count; if there are two
 * such roles, neither is to have the rights of the other: it is jerry_api.
 * Constraints are immediate from then on, until the end of the transaction.
 * Returns how many rows were deleted.
 */
extern int64 delete_referred(Statement *statement, Datum *values, const char *table);

#endif /* JERRY_REFERRERS_H */
