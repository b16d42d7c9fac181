/*
 * role.c: see role.h.
 */
#include "store/role.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* Of jerry.user_role as of jerry.role_permission, behind what has it. */
#define GIVEN_NAME 2

static Oid
table_of_roles(const char *name)
{
	return get_relname_relid(name, get_namespace_oid("jerry", true));
}

bool
store_knows_roles(void)
{
	return OidIsValid(table_of_roles("user_role"));
}

/* RowReader that adds to a list the name that is given. */
static bool
add_given(HeapTuple row, TupleDesc descriptor, void *list)
{
	*(List **) list = lappend(*(List **) list, row_text(row, GIVEN_NAME, descriptor));
	return true;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

List *
store_permissions_of(const List *roles, ProbeView view)
{
	Oid table = table_of_roles("role_permission");
	List *found = NIL;
	List *permissions = NIL;
	ListCell *cell;

	if (!OidIsValid(table))
		return NIL;
	foreach(cell, roles)
		probe_all(table, F_TEXTEQ, CStringGetTextDatum(lfirst(cell)), view, add_given, &found);
	/* Those of one role are in order. */
	if (list_length(roles) < 2)
		return found;
	list_sort(found, compare_names);
	foreach(cell, found)
		if (permissions == NIL || strcmp(llast(permissions), lfirst(cell)) != 0)
			permissions = lappend(permissions, lfirst(cell));
	return permissions;
}

Roles
store_roles_of(const pg_uuid_t *user_id, ProbeView view)
{
	Oid table = table_of_roles("user_role");
	Roles roles = { .has_permissions = true };

	if (OidIsValid(table))
		probe_all(table, F_UUID_EQ, UUIDPGetDatum(user_id), view, add_given, &roles.names);
	if (roles.names != NIL)
		roles.permissions = store_permissions_of(roles.names, view);
	return roles;
}

/* RowReader that notes that there is a row. */
static bool
note_row(HeapTuple row, TupleDesc descriptor, void *found)
{
	*(bool *) found = true;
	return true;
}

bool
store_name_exists(NameTable table, const char *name)
{
	bool found = false;

	probe_all(relation_by_name(table == TABLE_ROLE ? "role" : "permission"), F_TEXTEQ,
			  CStringGetTextDatum(name), PROBE_LATEST, note_row, &found);
	return found;
}

#define ADD(table)                                                    \
	{                                                                 \
		"INSERT INTO jerry." table " (name, description, created_at)" \
		" VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",         \
			3,                                                        \
		{                                                             \
			TEXTOID, TEXTOID, TIMESTAMPTZOID                          \
		}                                                             \
	}
#define DESCRIBE(table)                               \
	{                                                 \
		"UPDATE jerry." table " SET description = $2" \
		" WHERE name OPERATOR(pg_catalog.=) $1",      \
			2,                                        \
		{                                             \
			TEXTOID, TEXTOID                          \
		}                                             \
	}
#define DELETE_NAME(table)                                                     \
	{                                                                          \
		"DELETE FROM jerry." table " WHERE name OPERATOR(pg_catalog.=) $1", 1, \
		{                                                                      \
			TEXTOID                                                            \
		}                                                                      \
	}

bool
store_add_name(NameTable table, const char *name, const char *description, TimestampTz now)
{
	static Statement adding[] = { [TABLE_ROLE] = ADD("role"),
								  [TABLE_PERMISSION] = ADD("permission") };
	static Statement describing[] = { [TABLE_ROLE] = DESCRIBE("role"),
									  [TABLE_PERMISSION] = DESCRIBE("permission") };
	Datum text = text_datum(description);
	Datum values[] = { CStringGetTextDatum(name), text, TimestampTzGetDatum(now) };
	char nulls[] = { ' ', null_flag(text), ' ' };

	if (statement_run(&adding[table], values, nulls, NULL, NULL) == 1)
		return true;
	if (description != NULL)
		(void) statement_count(&describing[table], values);
	return false;
}

bool
store_delete_name(NameTable table, const char *name)
{
	static Statement statements[] = { [TABLE_ROLE] = DELETE_NAME("role"),
									  [TABLE_PERMISSION] = DELETE_NAME("permission") };
	Datum values[] = { CStringGetTextDatum(name) };

	return statement_count(&statements[table], values) == 1;
}

/* RowReader that adds the id in the first column to a list. */
static bool
add_user_id(HeapTuple row, TupleDesc descriptor, void *list)
{
	pg_uuid_t *id = palloc(sizeof(*id));

	*id = row_uuid(row, 1, descriptor);
	*(List **) list = lappend(*(List **) list, id);
	return true;
}

List *
store_take_role(const char *role)
{
	/* Waits for those who are giving it to somebody. */
	static Statement hold = {
		"SELECT FROM jerry.role WHERE name OPERATOR(pg_catalog.=) $1 FOR UPDATE",
		1,
		{ TEXTOID }
	};
	static Statement take = {
		"DELETE FROM jerry.user_role WHERE role OPERATOR(pg_catalog.=) $1 RETURNING user_id",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(role) };
	List *users = NIL;

	if (statement_count(&hold, values) == 1)
		(void) statement_run(&take, values, NULL, add_user_id, &users);
	return users;
}

bool
store_grant_permission(const char *role, const char *permission, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.role_permission (role, permission, granted_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (role, permission) DO NOTHING",
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(role), CStringGetTextDatum(permission),
					   TimestampTzGetDatum(now) };

	return statement_count(&statement, values) == 1;
}

bool
store_revoke_permission(const char *role, const char *permission)
{
	static Statement statement = {
		"DELETE FROM jerry.role_permission WHERE role OPERATOR(pg_catalog.=) $1"
		" AND permission OPERATOR(pg_catalog.=) $2",
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(role), CStringGetTextDatum(permission) };

	return statement_count(&statement, values) == 1;
}

bool
store_grant_role(const pg_uuid_t *user_id, const char *role, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.user_role (user_id, role, granted_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (user_id, role) DO NOTHING",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(role),
					   TimestampTzGetDatum(now) };

	return statement_count(&statement, values) == 1;
}

bool
store_revoke_role(const pg_uuid_t *user_id, const char *role)
{
	static Statement statement = {
		"DELETE FROM jerry.user_role WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND role OPERATOR(pg_catalog.=) $2",
		2,
		{ UUIDOID, TEXTOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(role) };

	return statement_count(&statement, values) == 1;
}
