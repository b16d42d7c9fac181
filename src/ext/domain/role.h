/*
 * role.h: which roles count for whoever calls with a token, and who may change
 * what others have.
 */
#ifndef JERRY_ROLE_H
#define JERRY_ROLE_H

#include "jose/token.h"
#include "store/role.h"

#define ROLE_NAME_MAX			 64 /* bytes; of a permission too */
#define ROLES_PER_USER_MAX		 64
#define PERMISSIONS_PER_ROLE_MAX 256

/*
 * For functions that change roles: the server can write, and the tables are
 * there.
 */
extern void role_require_writing(const char *call);

/*
 * The argument n of an SQL-callable function, or an error: a name that a role
 * or permission can have; one that there is.
 */
extern char *role_name_argument(FunctionCallInfo fcinfo, int n);
extern char *role_existing_argument(FunctionCallInfo fcinfo, int n, NameTable table);

/*
 * What the user of a valid access token has: what the token says, or, with
 * jerry.live_roles, what is so now.
 */
extern Roles roles_in_force(const Token *token, ProbeView view);

/* The same with its permissions, also where a token leaves them out. */
extern Roles roles_and_permissions_in_force(const Token *token, ProbeView view);

/*
 * What an administrator does to roles and permissions, and to what users have,
 * each on record.  A role or a permission that is there gets the description,
 * unless that is NULL.  False: it was so.
 */
extern bool role_create(const char *role, const char *description, TimestampTz now);
extern bool permission_create(const char *permission, const char *description, TimestampTz now);
extern bool permission_drop(const char *permission, TimestampTz now);
extern bool role_allow(const char *role, const char *permission, TimestampTz now);
extern bool role_forbid(const char *role, const char *permission, TimestampTz now);

/* With event user.roles_changed, for each who had a role that is dropped. */
extern bool role_grant(const pg_uuid_t *user_id, const char *role, TimestampTz now);
extern bool role_revoke(const pg_uuid_t *user_id, const char *role, TimestampTz now);
extern bool role_drop(const char *role, TimestampTz now);

#endif /* JERRY_ROLE_H */
