/*
 * role.h: tables jerry.role, jerry.permission, jerry.role_permission and
 * jerry.user_role.
 *
 * Who has what is read without SQL, by the keys of the tables: it is asked with
 * each login and refresh, and most users have nothing.  An installation of
 * 1.1.0 has none of these tables until it is updated.
 */
#ifndef JERRY_STORE_ROLE_H
#define JERRY_STORE_ROLE_H

#include "base/roles.h"
#include "store/probe.h"

/* The two tables of names: of what can be had, and of what can be done. */
typedef enum NameTable
{
	TABLE_ROLE,
	TABLE_PERMISSION
} NameTable;

/* False: an installation of 1.1.0. */
extern bool store_knows_roles(void);

/* What a user has; what all these roles (char *) allow, each once. */
extern Roles store_roles_of(const pg_uuid_t *user_id, ProbeView view);
extern List *store_permissions_of(const List *roles, ProbeView view);

extern bool store_name_exists(NameTable table, const char *name);

/*
 * Adds a name; one that is there gets the description, unless that is NULL.
 * False: it was there.
 */
extern bool store_add_name(NameTable table, const char *name, const char *description,
						   TimestampTz now);

/* False: there is none. */
extern bool store_delete_name(NameTable table, const char *name);

/*
 * Takes a role from all who have it, also from those to whom it is being given,
 * and returns them (pg_uuid_t *); nobody is given it until the transaction
 * ends.
 */
extern List *store_take_role(const char *role);

/* False: it was so. */
extern bool store_grant_permission(const char *role, const char *permission, TimestampTz now);
extern bool store_revoke_permission(const char *role, const char *permission);
extern bool store_grant_role(const pg_uuid_t *user_id, const char *role, TimestampTz now);
extern bool store_revoke_role(const pg_uuid_t *user_id, const char *role);

#endif /* JERRY_STORE_ROLE_H */
