/*
 * drop_guard.c: refuses to drop a table of users that is not empty.
 *
 * However a DROP gets there (DROP EXTENSION, or a CASCADE from pgcrypto, a
 * schema or an owner), the server announces each object before it goes.  The
 * announcement reaches loaded libraries only: an event trigger before every
 * such command loads this one.
 */
#include "domain/drop_guard.h"

#include "base/settings.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "domain/our_tables.h"

static object_access_hook_type next_hook = NULL;

/* The server announces what happens to an object, before it does. */
static void
guard(ObjectAccessType access, Oid class, Oid object, int column, void *arg)
{
	if (next_hook != NULL)
		next_hook(access, class, object, column, arg);
	if (access == OAT_DROP && class == RelationRelationId && column == 0 && !jerry_allow_drop &&
		is_user_table(object) && table_has_rows(object))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot drop the users of extension jerry"),
						errdetail("This command would drop table jerry.user, which is not empty."),
						errhint("Set jerry.allow_drop to on if that is what you want.")));
}

void
drop_guard_install(void)
{
	next_hook = object_access_hook;
	object_access_hook = guard;
}
