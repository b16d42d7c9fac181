/*
 * role.c: roles and permissions: create_role, drop_role, create_permission,
 * drop_permission, grant_permission, revoke_permission, grant_role,
 * revoke_role.
 */
#include "domain/role.h"

#include "utils/builtins.h"

/* The description in argument 1; NULL: there is none. */
static char *
description_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
}

PG_FUNCTION_INFO_V1(jerry_create_role);

/* create_role(role text, description text DEFAULT NULL) RETURNS boolean */
Datum
jerry_create_role(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.create_role()");
	PG_RETURN_BOOL(
		role_create(role_name_argument(fcinfo, 0), description_argument(fcinfo), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_create_permission);

/*
 * create_permission(permission text, description text DEFAULT NULL) RETURNS
 * boolean
 */
Datum
jerry_create_permission(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.create_permission()");
	PG_RETURN_BOOL(permission_create(role_name_argument(fcinfo, 0), description_argument(fcinfo),
									 jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_drop_role);

/* drop_role(role text) RETURNS boolean */
Datum
jerry_drop_role(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.drop_role()");
	PG_RETURN_BOOL(role_drop(text_to_cstring(PG_GETARG_TEXT_PP(0)), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_drop_permission);

/* drop_permission(permission text) RETURNS boolean */
Datum
jerry_drop_permission(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.drop_permission()");
	PG_RETURN_BOOL(permission_drop(text_to_cstring(PG_GETARG_TEXT_PP(0)), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_grant_permission);

/* grant_permission(role text, permission text) RETURNS boolean */
Datum
jerry_grant_permission(PG_FUNCTION_ARGS)
{
	char *role;
	char *permission;

	role_require_writing("jerry.grant_permission()");
	role = role_existing_argument(fcinfo, 0, TABLE_ROLE);
	permission = role_existing_argument(fcinfo, 1, TABLE_PERMISSION);
	PG_RETURN_BOOL(role_allow(role, permission, jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_revoke_permission);

/* revoke_permission(role text, permission text) RETURNS boolean */
Datum
jerry_revoke_permission(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.revoke_permission()");
	PG_RETURN_BOOL(role_forbid(text_to_cstring(PG_GETARG_TEXT_PP(0)),
							   text_to_cstring(PG_GETARG_TEXT_PP(1)), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_grant_role);

/* grant_role(user_id uuid, role text) RETURNS boolean */
Datum
jerry_grant_role(PG_FUNCTION_ARGS)
{
	char *role;

	role_require_writing("jerry.grant_role()");
	role = role_existing_argument(fcinfo, 1, TABLE_ROLE);
	PG_RETURN_BOOL(role_grant(PG_GETARG_UUID_P(0), role, jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_revoke_role);

/* revoke_role(user_id uuid, role text) RETURNS boolean */
Datum
jerry_revoke_role(PG_FUNCTION_ARGS)
{
	role_require_writing("jerry.revoke_role()");
	PG_RETURN_BOOL(role_revoke(PG_GETARG_UUID_P(0), text_to_cstring(PG_GETARG_TEXT_PP(1)),
							   jerry_now()));
}
