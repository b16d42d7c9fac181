/*
 * session.c: sessions are looked at: list_sessions.
 */
#include "domain/session.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "base/uuid.h"
#include "domain/caller.h"
#include "domain/device.h"

#define LIST_MAX 100

PG_FUNCTION_INFO_V1(jerry_list_sessions);

/*
 * list_sessions(access_token text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_list_sessions(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	Token token;
	TokenVerdict verdict;
	List *sessions;
	ListCell *cell;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("access_token");
	verdict = caller_verify(token_argument(fcinfo, 0), PROBE_STATEMENT, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	/* The id in a token without a session is zero, which no session has. */
	sessions = store_list_sessions(&token.user_id, &token.session_id, now, session_idle_since(now),
								   LIST_MAX);

	answer_start(&w);
	json_open_list(&w, "sessions");
	foreach(cell, sessions)
	{
		ListedSession *session = lfirst(cell);

		json_open_item(&w);
		json_uuid(&w, "id", &session->id);
		json_time(&w, "created_at", session->created_at);
		json_time(&w, "last_used_at", session->last_used_at);
		json_time(&w, "expires_at", session->expires_at);
		json_text(&w, "ip", session->ip);
		json_text(&w, "user_agent", session->user_agent);
		json_text(&w, "label", device_label(session->user_agent));
		json_bool(&w, "current", uuid_equal(&session->id, &token.session_id));
		json_end(&w);
	}
	json_end_list(&w);
	return answer_finish(&w);
}
