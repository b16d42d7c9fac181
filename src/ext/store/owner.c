/*
 * owner.c: see owner.h.
 */
#include "store/owner.h"

#include "catalog/namespace.h"
#include "store/row.h"
#include "utils/guc.h"

void
owner_become_role(Owner *owner, Oid role)
{
	static const char path[] = "pg_catalog, pg_temp";

	GetUserIdAndSecContext(&owner->caller, &owner->context);
	SetUserIdAndSecContext(role, owner->context | SECURITY_LOCAL_USERID_CHANGE);
	owner->nest = NewGUCNestLevel();
	if (strcmp(namespace_search_path, path) != 0)
		(void) set_config_option("search_path", path, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
}

void
owner_become(Owner *owner, const char *table)
{
	owner_become_role(owner, relation_owner(table));
}

void
owner_end(const Owner *owner)
{
	AtEOXact_GUC(true, owner->nest);
	SetUserIdAndSecContext(owner->caller, owner->context);
}
