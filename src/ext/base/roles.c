/*
 * roles.c: see roles.h.
 */
#include "base/roles.h"

bool
roles_are_none(const Roles *roles)
{
	return roles->names == NIL && roles->permissions == NIL;
}

bool
roles_include(const List *names, const char *name, int length)
{
	ListCell *cell;

	foreach(cell, names)
	{
		const char *one = lfirst(cell);

		if (strlen(one) == length && memcmp(one, name, length) == 0)
			return true;
	}
	return false;
}

void
roles_write(JsonWriter *w, const Roles *roles, int max)
{
	int length;

	json_texts(w, "roles", roles->names);
	length = w->buf.len;
	if (!roles->has_permissions)
		return;
	json_texts(w, "permissions", roles->permissions);
	if (w->buf.len > max)
	{
		w->buf.len = length;
		w->buf.data[length] = '\0';
	}
}
