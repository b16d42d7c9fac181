/*
 * role.c: see role.h.
 */
#include "domain/role.h"

#include "access/xact.h"
#include "base/settings.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "store/user.h"
#include "utils/builtins.h"

void
role_require_writing(const char *call)
{
	PreventCommandDuringRecovery(call);
	if (!store_knows_roles())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the tables of extension \"jerry\" are older than its library"),
						errhint("ALTER EXTENSION jerry UPDATE;")));
}

char *
role_name_argument(FunctionCallInfo fcinfo, int n)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
								"_.:/-";
	char *name = text_to_cstring(PG_ARGISNULL(n) ? cstring_to_text("") : PG_GETARG_TEXT_PP(n));
	size_t length = strlen(name);

	if (length < 1 || length > ROLE_NAME_MAX || strspn(name, valid) != length)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name must have 1 to %d letters, digits, and characters of \"_.:/-\"",
						ROLE_NAME_MAX)));
	return name;
}

char *
role_existing_argument(FunctionCallInfo fcinfo, int n, NameTable table)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(n));

	if (!store_name_exists(table, name))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						table == TABLE_ROLE ? errmsg("there is no such role")
											: errmsg("there is no such permission"),
						table == TABLE_ROLE ? errhint("jerry.create_role() creates one.")
											: errhint("jerry.create_permission() creates one.")));
	return name;
}

Roles
roles_in_force(const Token *token, ProbeView view)
{
	return settings()->live_roles ? store_roles_of(&token->user_id, view) : token->roles;
}

Roles
roles_and_permissions_in_force(const Token *token, ProbeView view)
{
	Roles roles = roles_in_force(token, view);

	if (roles.names != NIL && !roles.has_permissions)
		roles.permissions = store_permissions_of(roles.names, view);
	return roles;
}

/* What an administrator has done to a user's roles, or to nobody's (NULL). */
static void
record(AuditAction action, const pg_uuid_t *user_id, TimestampTz now)
{
	audit_record(action, AUDIT_OK, user_id, NULL, NULL, now);
}

bool
role_create(const char *role, const char *description, TimestampTz now)
{
	if (!store_add_name(TABLE_ROLE, role, description, now))
		return false;
	record(audit_role_create(role), NULL, now);
	return true;
}

bool
permission_create(const char *permission, const char *description, TimestampTz now)
{
	if (!store_add_name(TABLE_PERMISSION, permission, description, now))
		return false;
	record(audit_permission_create(permission), NULL, now);
	return true;
}

bool
permission_drop(const char *permission, TimestampTz now)
{
	if (!store_delete_name(TABLE_PERMISSION, permission))
		return false;
	record(audit_permission_drop(permission), NULL, now);
	return true;
}

bool
role_allow(const char *role, const char *permission, TimestampTz now)
{
	if (!store_grant_permission(role, permission, now))
		return false;
	if (list_length(store_permissions_of(list_make1(unconstify(char *, role)), PROBE_LATEST)) >
		PERMISSIONS_PER_ROLE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a role can allow at most %d permissions", PERMISSIONS_PER_ROLE_MAX)));
	record(audit_permission_grant(role, permission), NULL, now);
	return true;
}

bool
role_forbid(const char *role, const char *permission, TimestampTz now)
{
	if (!store_revoke_permission(role, permission))
		return false;
	record(audit_permission_revoke(role, permission), NULL, now);
	return true;
}

bool
role_grant(const pg_uuid_t *user_id, const char *role, TimestampTz now)
{
	if (!store_user_exists(user_id, PROBE_LATEST))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no such user")));
	if (!store_grant_role(user_id, role, now))
		return false;
	if (list_length(store_roles_of(user_id, PROBE_LATEST).names) > ROLES_PER_USER_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a user can have at most %d roles", ROLES_PER_USER_MAX)));
	event_emit(event_user_roles_changed(user_id, role, "granted"), now);
	record(audit_role_grant(role), user_id, now);
	return true;
}

/* A user has lost a role. */
static void
tell_revoked(const pg_uuid_t *user_id, const char *role, TimestampTz now)
{
	event_emit(event_user_roles_changed(user_id, role, "revoked"), now);
	record(audit_role_revoke(role), user_id, now);
}

bool
role_revoke(const pg_uuid_t *user_id, const char *role, TimestampTz now)
{
	if (!store_revoke_role(user_id, role))
		return false;
	tell_revoked(user_id, role, now);
	return true;
}

bool
role_drop(const char *role, TimestampTz now)
{
	ListCell *cell;

	foreach(cell, store_take_role(role))
		tell_revoked(lfirst(cell), role, now);
	if (!store_delete_name(TABLE_ROLE, role))
		return false;
	record(audit_role_drop(role), NULL, now);
	return true;
}
