/*
 * roles.h: roles and what they allow, as tokens and answers say them.
 */
#ifndef JERRY_ROLES_H
#define JERRY_ROLES_H

#include "base/json.h"

#include "nodes/pg_list.h"

/*
 * In bytes: of a token, and of an answer about one.  What would be longer says
 * the names of the roles alone, of which there are not so many (domain/role.h).
 */
#define ROLES_SAID_MAX 2048

typedef struct Roles
{
	List *names;		  /* char *, palloc'd */
	List *permissions;	  /* likewise; of all of them, each once */
	bool has_permissions; /* false: only the names are known */
} Roles;

/* Is there nothing to say? */
extern bool roles_are_none(const Roles *roles);

/* Is it one of these names? */
extern bool roles_include(const List *names, const char *name, int length);

/*
 * Writes members "roles" and "permissions"; without the latter if they are not
 * known, or if what is written would then be longer than max bytes.
 */
extern void roles_write(JsonWriter *w, const Roles *roles, int max);

#endif /* JERRY_ROLES_H */
