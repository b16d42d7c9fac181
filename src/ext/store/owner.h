/*
 * owner.h: writing with the rights of the owner of a table.
 */
#ifndef JERRY_OWNER_H
#define JERRY_OWNER_H

#include "base/jerry.h"

/* Who calls, while the owner of a table is somebody else. */
typedef struct Owner
{
	Oid caller;
	int context;
	int nest;
} Owner;

/*
 * For a function that is not SECURITY DEFINER, which would cost as much as all
 * that it does otherwise: what it writes it writes as one that is, with the
 * rights of the owner of a table and a pinned search_path.  An error ends that,
 * too.
 */
extern void owner_become(Owner *owner, const char *table);
extern void owner_end(const Owner *owner);

/* The same with the rights of a role, whoever it is. */
extern void owner_become_role(Owner *owner, Oid role);

#endif /* JERRY_OWNER_H */
