/*
 * ban.c: operators ban users: ban_user, unban_user.
 */
#include "domain/account.h"

#include "access/xact.h"
#include "base/client.h"
#include "datatype/timestamp.h"
#include "domain/event.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#define REASON_MAX 500 /* characters */

/* The last second of 9999: what is later does not fit into an answer. */
#define LAST_SECOND ((INT64CONST(253402300799) - SECS_BETWEEN_EPOCHS) * USECS_PER_SEC)
#define SECS_BETWEEN_EPOCHS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

PG_FUNCTION_INFO_V1(jerry_ban_user);

/*
 * ban_user(user_id uuid, until timestamptz DEFAULT NULL, reason text DEFAULT
 * NULL, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_ban_user(PG_FUNCTION_ARGS)
{
	TimestampTz until = PG_ARGISNULL(1) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(1);
	char *reason = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	Client client = client_argument(fcinfo, 3);
	TimestampTz now;
	StoredUser user;
	int64 ended;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.ban_user()");
	PreventCommandIfParallelMode("jerry.ban_user()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (reason != NULL && pg_mbstrlen(reason) > REASON_MAX)
		return answer_error(CODE_VALIDATION_ERROR, "reason",
							"Reason must be at most 500 characters long");
	if (!TIMESTAMP_IS_NOEND(until) && until > LAST_SECOND)
		return answer_error(CODE_VALIDATION_ERROR, "until", "Time must be before the year 10000");
	if (!account_hold(PG_GETARG_UUID_P(0), &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	/* There may have been a wait. */
	now = jerry_now();
	if (until <= now)
		return answer_error(CODE_VALIDATION_ERROR, "until", "Time must be in the future");
	ended = account_ban(&user, until, reason, &client, now);

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_time_or_null(&w, "banned_until", until);
	json_int(&w, "ended_sessions", ended);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_unban_user);

/*
 * unban_user(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_unban_user(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	TimestampTz now;
	StoredUser user;
	bool was_banned;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.unban_user()");
	PreventCommandIfParallelMode("jerry.unban_user()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (!account_hold(PG_GETARG_UUID_P(0), &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	now = jerry_now();
	was_banned = account_unban(&user, &client, now);

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_bool(&w, "was_banned", was_banned);
	return answer_finish(&w);
}
