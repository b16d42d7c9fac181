/*
 * refresh.c: sessions go on: refresh.
 */
#include "domain/session.h"

#include "base/arguments.h"
#include "base/envelope.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/caller.h"
#include "jose/mint.h"
#include "store/user.h"

PG_FUNCTION_INFO_V1(jerry_refresh);

/*
 * refresh(refresh_token text, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_refresh(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	Token token;
	TokenVerdict verdict;
	StoredSession session;
	StoredUser user;
	Client client = client_argument(fcinfo, 1);
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("refresh_token");
	verdict = token_verify(token_argument(fcinfo, 0), TOKEN_REFRESH, &token);
	if (verdict != TOKEN_VALID)
		return token_refusal(verdict);
	if (!token.has_user || !token.has_session)
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!store_find_session(&token.session_id, &session))
	{
		bool user_exists = store_user_exists(&token.user_id, PROBE_LATEST);

		return answer_error(user_exists ? CODE_INVALID_TOKEN : CODE_USER_NOT_FOUND, NULL, NULL);
	}
	if (session.revoked || !uuid_equal(&session.user_id, &token.user_id) ||
		!uuid_equal(&session.refresh_jti, &token.jti))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (session.expires_at <= now)
		return answer_error(CODE_EXPIRED_TOKEN, NULL, NULL);
	/* As if jerry.maintain() had ended it already. */
	if (session_is_idle(&session, now))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!store_find_user(&session.user_id, PROBE_LATEST, &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	session_note_use(&token.session_id, &session, &client, now);

	answer_start(&w);
	json_token(&w, "access_token",
			   token_make_access(&user.id, user.email, &token.session_id, now));
	json_text(&w, "token_type", "bearer");
	json_int(&w, "expires_in", settings()->access_token_ttl);
	return answer_finish(&w);
}
