/*
 * owner.c: see owner.h.
 */
#include "store/owner.h"

#include "base/local_setting.h"
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
		set_locally("search_path", path);
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
