/*
 * hook.h: functions of the application that run inside of Jerry's own, in the
 * same transaction.
 *
 * A hook runs as its owner, in an operation of the server's own kind that is
 * restricted as ANALYZE is: it reads and writes what the owner may, and changes
 * nothing of the session, nor can it leave anything that runs later.  What it
 * refuses is undone; what it raises is an error of the whole call.
 */
#ifndef JERRY_HOOK_H
#define JERRY_HOOK_H

#include "domain/audit.h"

#define HOOKS_PER_EVENT_MAX 16

typedef enum HookEvent
{
	HOOK_REGISTER,
	HOOK_LOGIN,
	HOOK_REFRESH,
	HOOK_UPDATE_PROFILE,
	HOOK_REQUEST_DELETION
} HookEvent;

/* An error if there is no such event. */
extern HookEvent hook_event_by_name(const char *name);
extern const char *hook_event_name(HookEvent event);

/*
 * The signature of a function, with its schema, and the name of its owner; an
 * error unless it is one that can be a hook and the current user owns it.
 */
extern char *hook_signature(Oid function, char **owner);

/* Has an event any? */
extern bool hooks_exist(HookEvent event);

/* What the hooks of an event have to do with one call of a function. */
typedef struct HookRun
{
	HookEvent event;
	const Client *client;
	List *hooks;	   /* StoredHook */
	const char *more;  /* an object of what hooks are told as well; NULL: nothing */
	pg_uuid_t user_id; /* whom it is about, once hooks have run */
	bool has_session;
	pg_uuid_t session_id;
	bool refused;
	Datum refusal; /* the negative answer */
	char *claims;  /* an object for the access token; NULL: none */
} HookRun;

/*
 * Does the work of a function of Jerry's.  When the body has refused because of
 * a hook, all that it did is undone, the refusal is on record as this action,
 * and the hook's answer is returned.
 */
typedef Datum (*HookedBody)(HookRun *run, void *arg);
extern Datum hooks_around(HookEvent event, AuditAction refused, const Client *client,
						  HookedBody body, void *arg);

/* What hooks of HOOK_REGISTER are told of how the account was made. */
#define MADE_BY(function) "{\"made_by\":\"" function "\"}"

/*
 * Within the body, once all is done that can be refused otherwise: runs the
 * hooks.  false: the body is to return at once, whatever.  session_id may be
 * NULL.
 */
extern bool hooks_allow(HookRun *run, const pg_uuid_t *user_id, const char *email,
						const pg_uuid_t *session_id);

#endif /* JERRY_HOOK_H */
