/*
 * hook.c: see hook.h.
 */
#include "domain/hook.h"

#include "access/xact.h"
#include "base/json_patch.h"
#include "base/local_setting.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "store/attempt.h"
#include "store/hook.h"
#include "store/owner.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/inet.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define OWNS_FUNCTION(function) object_ownercheck(ProcedureRelationId, function, GetUserId())
#else
#define OWNS_FUNCTION(function) pg_proc_ownercheck(function, GetUserId())
#endif

#define CODE_MAX	64	 /* bytes of a hook's own code */
#define MESSAGE_MAX 255	 /* bytes of its message */
#define CLAIMS_MAX	2048 /* bytes that all hooks of an event add to a token */

/* So that with the other claims there are no more than a token may have. */
#define CLAIMS_CONTAINERS_MAX 128

/* What the status of a refusal may be, and is if the hook says none. */
#define STATUS_MIN	  400
#define STATUS_MAX	  499
#define STATUS_NORMAL 403

static const char *const event_names[] = { [HOOK_REGISTER] = "register",
										   [HOOK_LOGIN] = "login",
										   [HOOK_REFRESH] = "refresh",
										   [HOOK_UPDATE_PROFILE] = "update_profile",
										   [HOOK_REQUEST_DELETION] = "request_deletion" };

/* A hook runs in this session. */
static bool running = false;

HookEvent
hook_event_by_name(const char *name)
{
	for (int i = 0; i < lengthof(event_names); i++)
		if (strcmp(event_names[i], name) == 0)
			return i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no such event"),
					errhint("Hooks run at register, login, refresh, update_profile and "
							"request_deletion.")));
}

const char *
hook_event_name(HookEvent event)
{
	return event_names[event];
}

bool
hooks_exist(HookEvent event)
{
	return store_hooks_of(event_names[event]) != NIL;
}

/* Has it the form of a hook?  *owner is whose it is. */
static bool
is_hook(Oid function, Oid *owner)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool is;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	is = form->prokind == PROKIND_FUNCTION && form->pronargs == 1 && !form->proretset &&
		 form->proargtypes.values[0] == JSONBOID && form->prorettype == JSONBOID;
	*owner = form->proowner;
	ReleaseSysCache(tuple);
	return is;
}

char *
hook_signature(Oid function, char **owner)
{
	Oid owner_id;

	if (!is_hook(function, &owner_id))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a hook must be a function of one jsonb that returns jsonb")));
	if (isAnyTempNamespace(get_func_namespace(function)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a hook cannot be a temporary function")));
	if (!OWNS_FUNCTION(function))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("must be owner of a function to make it a hook")));
	*owner = GetUserNameFromId(owner_id, false);
	return format_procedure_qualified(function);
}

/*
 * The function of a hook, and whom it runs as: whoever owned it when it was
 * added.  Somebody else's of the same name is none.
 */
static Oid
resolve(const StoredHook *hook, Oid *owner)
{
	Datum found = DirectFunctionCall1(regprocedurein, CStringGetDatum(hook->function));

	if (!is_hook(DatumGetObjectId(found), owner) ||
		*owner != get_role_oid(hook->owner, true))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the hook is not the function that was added"),
				 errhint("jerry.add_hook() adds it anew, jerry.remove_hook() removes it.")));
	return DatumGetObjectId(found);
}

/*
 * Calls a hook as its owner.  It sees what was done before it; what it sets
 * ends with it.
 */
static Jsonb *
call(const StoredHook *hook, Datum data)
{
	LOCAL_FCINFO(fcinfo, 1);
	FmgrInfo function;
	Oid owner;
	Oid caller;
	int context;
	int nest = NewGUCNestLevel();
	Datum result;

	set_locally("search_path", "pg_catalog, pg_temp");
	GetUserIdAndSecContext(&caller, &context);
	/* Whoever calls need not see the schema that it is in. */
	owner = get_role_oid(hook->owner, true);
	if (OidIsValid(owner))
		SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE);
	fmgr_info(resolve(hook, &owner), &function);
	SetUserIdAndSecContext(caller, context);
	InitFunctionCallInfoData(*fcinfo, &function, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = data;
	fcinfo->args[0].isnull = false;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	SetUserIdAndSecContext(
		owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	result = FunctionCallInvoke(fcinfo);
	SetUserIdAndSecContext(caller, context);
	PopActiveSnapshot();
	AtEOXact_GUC(false, nest);
	CommandCounterIncrement();
	return fcinfo->isnull ? NULL : DatumGetJsonbP(result);
}

static void
complain(const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the hook returned what is not valid: %s", what)));
}

/* A text of an object that a hook returned; NULL: it is not there. */
static char *
text_in(text *object, const char *name, size_t max)
{
	char *value = json_string_of(object, name);

	if (value != NULL && strlen(value) > max)
		complain(name);
	return value;
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* The negative answer of a hook. */
static Datum
read_refusal(text *refuse)
{
	char *code = text_in(refuse, "code", CODE_MAX);
	char *message = text_in(refuse, "message", MESSAGE_MAX);
	char *status = text_in(refuse, "status", CODE_MAX);
	int number = status == NULL ? STATUS_NORMAL : pg_strtoint32(status);

	if (code == NULL || code[0] == '\0' ||
		strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(code))
		complain("code");
	if (message != NULL && !is_printable(message))
		complain("message");
	if (number < STATUS_MIN || number > STATUS_MAX)
		complain("status");
	return answer_of_hook(code, message, number);
}

/* The objects and arrays in a value, itself among them. */
static int
count_containers(Jsonb *value)
{
	JsonbIterator *iterator = JsonbIteratorInit(&value->root);
	JsonbIteratorToken token;
	JsonbValue part;
	int containers = 0;

	while ((token = JsonbIteratorNext(&iterator, &part, false)) != WJB_DONE)
		containers += token == WJB_BEGIN_OBJECT || token == WJB_BEGIN_ARRAY;
	return containers;
}

/* Two objects in one; of a member that both have the later one counts. */
static char *
merge_claims(char *before, char *more)
{
	Datum merged = DirectFunctionCall1(jsonb_in, CStringGetDatum(more));
	Jsonb *object;
	char *result;

	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(merged)))
		complain("claims");
	if (before != NULL)
		merged = DirectFunctionCall2(
			jsonb_concat, DirectFunctionCall1(jsonb_in, CStringGetDatum(before)), merged);
	object = DatumGetJsonbP(merged);
	result = jsonb_text(object);
	if (strlen(result) > CLAIMS_MAX)
		complain("claims of more than 2 kB");
	if (count_containers(object) > CLAIMS_CONTAINERS_MAX)
		complain("claims of too many objects and arrays");
	return result;
}

/* Takes what a hook has returned, an object.  false: it refuses. */
static bool
take(HookRun *run, Jsonb *returned)
{
	text *object;
	text *refuse;
	text *claims;
	int known;

	if (!JB_ROOT_IS_OBJECT(returned))
		complain("no object");
	object = cstring_to_text(jsonb_text(returned));
	refuse = json_member_of(object, "refuse");
	claims = json_member_of(object, "claims");
	known = (refuse != NULL) + (claims != NULL);
	if (known != JB_ROOT_COUNT(returned))
		complain("a member other than claims and refuse");
	if (refuse != NULL)
	{
		run->refusal = read_refusal(refuse);
		run->refused = true;
		return false;
	}
	if (claims == NULL)
		return true;
	if (run->event != HOOK_LOGIN && run->event != HOOK_REFRESH)
		complain("claims where no token is made");
	run->claims = merge_claims(run->claims, text_to_cstring(claims));
	return true;
}

/* Names the hook in the log, and keeps the client's statement out of it. */
static void
name_hook(void *arg)
{
	const StoredHook *hook = arg;

	errcontext("hook %s of event %s", hook->function, hook->event);
	errhidestmt(true);
}

/* What a hook is told. */
static Datum
describe_event(const HookRun *run, const pg_uuid_t *user_id, const char *email,
			   const pg_uuid_t *session_id)
{
	JsonWriter w;
	Datum data;

	json_start(&w);
	json_text(&w, "event", event_names[run->event]);
	json_uuid(&w, "user_id", user_id);
	json_text(&w, "email", email);
	if (session_id != NULL)
		json_uuid(&w, "session_id", session_id);
	json_text(&w, "ip_address", client_address(run->client));
	json_text(&w, "user_agent", run->client->user_agent);
	json_end(&w);
	data = DirectFunctionCall1(jsonb_in, CStringGetDatum(w.buf.data));
	if (run->more == NULL)
		return data;
	return DirectFunctionCall2(jsonb_concat, data,
							   DirectFunctionCall1(jsonb_in, CStringGetDatum(run->more)));
}

bool
hooks_allow(HookRun *run, const pg_uuid_t *user_id, const char *email,
			const pg_uuid_t *session_id)
{
	ListCell *cell;
	Datum data;

	if (run->hooks == NIL)
		return true;
	run->user_id = *user_id;
	run->has_session = session_id != NULL;
	if (run->has_session)
		run->session_id = *session_id;
	data = describe_event(run, user_id, email, session_id);
	foreach(cell, run->hooks)
	{
		ErrorContextCallback names = { .previous = error_context_stack,
									   .callback = name_hook,
									   .arg = lfirst(cell) };
		Jsonb *returned;
		bool goes_on;

		error_context_stack = &names;
		running = true;
		returned = call(lfirst(cell), data);
		running = false;
		goes_on = returned == NULL || take(run, returned);
		error_context_stack = names.previous;
		if (!goes_on)
			return false;
	}
	return true;
}

/*
 * Who is registered and the session of a login are undone with the rest.  Not
 * on record is what was refused where nothing can be written, as a refresh on a
 * standby.
 */
static void
record_refusal(const HookRun *run, AuditAction refused)
{
	bool has_user = run->event != HOOK_REGISTER;
	bool has_session = run->event != HOOK_LOGIN && run->has_session;
	Owner owner;

	if (XactReadOnly || IsInParallelMode())
		return;
	owner_become(&owner, "audit");
	audit_record(refused, CODE_HOOK_REFUSED, has_user ? &run->user_id : NULL,
				 has_session ? &run->session_id : NULL, run->client, jerry_now());
	owner_end(&owner);
}

/* A call of a function of Jerry's, for do_body(). */
typedef struct HookedCall
{
	HookRun *run;
	HookedBody body;
	void *arg;
	Datum answer;
} HookedCall;

/* Work of attempt(). */
static bool
do_body(void *arg)
{
	HookedCall *hooked = arg;

	hooked->answer = hooked->body(hooked->run, hooked->arg);
	return !hooked->run->refused;
}

Datum
hooks_around(HookEvent event, AuditAction refused, const Client *client, HookedBody body,
			 void *arg)
{
	HookRun run = { .event = event,
					.client = client,
					.hooks = store_hooks_of(event_names[event]) };
	HookedCall hooked = { &run, body, arg };
	ErrorData *error;
	bool done;

	if (run.hooks == NIL)
		return body(&run, arg);
	/* Among other things, it could go on for ever. */
	if (running)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("a hook cannot call a function that has hooks itself")));
	error = attempt(do_body, &hooked, &done);
	running = false;
	if (error != NULL)
		ReThrowError(error);
	if (done)
		return hooked.answer;
	record_refusal(&run, refused);
	return run.refusal;
}
