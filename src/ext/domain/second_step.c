/*
 * second_step.c: see second_step.h.
 */
#include "domain/second_step.h"

#include "base/bytes.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/audit.h"
#include "domain/installation_secret.h"
#include "domain/limit.h"
#include "domain/one_time.h"
#include "utils/builtins.h"

/* A digest of a client as it is stored, in base64url. */
typedef struct ClientDigest
{
	char text[BASE64URL_LENGTH(SHA256_LENGTH) + 1];
} ClientDigest;

/*
 * Of the network, in which an address may change, and the program.  false: the
 * client tells neither, and binds to nothing.
 */
static bool
client_digest(const Client *client, ClientDigest *digest)
{
	const char *agent = client->user_agent == NULL ? "" : client->user_agent;
	pg_uuid_t network;
	bool has_network = limit_network_id(client, &network);
	char id[UUID_TEXT_LENGTH + 1] = "";
	char *named;
	uint8 mac[SHA256_LENGTH];

	if (!has_network && client->user_agent == NULL)
		return false;
	if (has_network)
		uuid_write(&network, id);
	/* Nothing else that is authenticated with this secret begins so. */
	named = psprintf("second step %s %s", id, agent);
	hmac_sha256(installation_secret(), named, strlen(named), mac);
	memset(digest, 0, sizeof(*digest));
	base64url_encode(mac, sizeof(mac), digest->text);
	return true;
}

/* In one text: no method has a blank. */
static char *
join_methods(const List *methods)
{
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach(cell, methods)
		appendStringInfo(&text, "%s%s", text.len > 0 ? " " : "", (char *) lfirst(cell));
	return text.data;
}

static List *
split_methods(char *text)
{
	List *methods = NIL;
	char *rest = text;
	char *method;

	while ((method = strsep(&rest, " ")) != NULL)
		methods = lappend(methods, method);
	return methods;
}

/* What the token remembers. */
static const char *
step_data(const NewSession *session)
{
	ClientDigest digest;
	JsonWriter w;

	json_start(&w);
	json_text(&w, "methods", join_methods(session->assurance.methods));
	if (client_digest(session->client, &digest))
		json_text(&w, "client", digest.text);
	json_end(&w);
	return w.buf.data;
}

/* Is it the client that has begun the login? */
static bool
is_same_client(text *data, const Client *client)
{
	char *begun_by = json_string_of(data, "client");
	ClientDigest digest;

	return begun_by == NULL ||
		   (client_digest(client, &digest) && strcmp(begun_by, digest.text) == 0);
}

bool
second_step_is_due(const StoredUser *user, const NewSession *session)
{
	Factors factors;

	if (session->assurance.level >= AAL_MAX)
		return false;
	factors_of(&user->id, PROBE_LATEST, &factors);
	return factors_enrolled(&factors);
}

/* What can be shown. */
static List *
methods_of(const Factors *factors)
{
	List *methods = NIL;

	if (factors->has_totp)
		methods = lappend(methods, pstrdup("totp"));
	if (factors_enrolled(factors))
		methods = lappend(methods, pstrdup("recovery_code"));
	return methods;
}

bool
second_step_begin(const StoredUser *user, NewSession *session)
{
	StoredUser held;
	Factors factors;
	char *token;
	JsonWriter w;

	if (!account_hold(&user->id, &held) || strcmp(held.password_hash, user->password_hash) != 0 ||
		account_is_banned(&held, session->now))
		return false;
	factors_of(&user->id, PROBE_LATEST, &factors);
	token = one_time_issue(ONE_TIME_SECOND_STEP, &user->id, user->email, step_data(session),
						   session->now);
	audit_record(audit_session_first_step(), AUDIT_OK, &user->id, NULL, session->client,
				 session->now);
	answer_start(&w);
	json_bool(&w, "mfa_required", true);
	json_text(&w, "mfa_token", token);
	json_int(&w, "expires_in", ONE_TIME_SECOND_STEP_TTL);
	json_texts(&w, "methods", methods_of(&factors));
	session->instead = answer_finish(&w);
	return true;
}

bool
second_step_find(const text *token, const Client *client, SecondStep *step, Datum *refusal)
{
	StoredOneTimeToken found;
	TimestampTz now = jerry_now();
	OneTimeVerdict verdict = one_time_look(token, ONE_TIME_SECOND_STEP, now, &found);
	bool known = verdict != ONE_TIME_UNKNOWN;
	ErrorCode why;

	if (verdict == ONE_TIME_GOOD)
	{
		text *data = cstring_to_text(found.data);

		step->methods = split_methods(json_string_of(data, "methods"));
		one_time_hash(token, step->hash);
		if (found.tries < SECOND_STEP_TRIES && is_same_client(data, client) &&
			store_find_user(&found.user_id, PROBE_LATEST, &step->user))
			return true;
		verdict = ONE_TIME_UNKNOWN;
	}
	*refusal = one_time_refuse(verdict, client, &why);
	if (why != CODE_RATE_LIMITED)
		audit_record(audit_session_login(), why, known ? &found.user_id : NULL, NULL, client, now);
	return false;
}

bool
second_step_end(const SecondStep *step, bool shown)
{
	StoredOneTimeToken found;

	if (!one_time_try(ONE_TIME_SECOND_STEP, step->hash, SECOND_STEP_TRIES, jerry_now(), &found))
		return false;
	if (shown)
		one_time_end(step->hash);
	return true;
}
