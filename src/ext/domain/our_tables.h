/*
 * our_tables.h: which tables are Jerry's, for the guards.
 */
#ifndef JERRY_OUR_TABLES_H
#define JERRY_OUR_TABLES_H

#include "base/jerry.h"

/* Does this relation belong to the extension? */
extern bool is_member_table(Oid relation_id);

/* Is it jerry.user, wherever it was moved and whatever its name is now? */
extern bool is_user_table(Oid relation_id);

/* Has it a row that the latest snapshot sees? */
extern bool table_has_rows(Oid relation_id);

#endif /* JERRY_OUR_TABLES_H */
