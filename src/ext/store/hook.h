/*
 * hook.h: table jerry.hook.  An installation of 1.1.0 has none until it is
 * updated.
 */
#ifndef JERRY_STORE_HOOK_H
#define JERRY_STORE_HOOK_H

#include "base/jerry.h"

#include "nodes/pg_list.h"

typedef struct StoredHook
{
	char *event;
	char *function; /* signature, every name qualified */
	int position;
	char *owner;
} StoredHook;

/* Those of an event, in their order, as the last commit left them. */
extern List *store_hooks_of(const char *event);

/* One that is there gets the position and the owner.  False: it was there. */
extern bool store_add_hook(const StoredHook *hook, TimestampTz now);

/* False: there is none. */
extern bool store_delete_hook(const char *event, const char *function);

#endif /* JERRY_STORE_HOOK_H */
