/*
 * account.c: see account.h.
 */
#include "domain/account.h"

#include "base/settings.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/one_time.h"
#include "domain/password.h"
#include "domain/session.h"

bool
account_hold(const pg_uuid_t *id, StoredUser *user)
{
	return store_hold_user(id) && store_find_user(id, PROBE_LATEST, user);
}

bool
account_is_banned(const StoredUser *user, TimestampTz now)
{
	return user->banned_until > now || password_is_banned(user->password_hash);
}

ErrorCode
account_refusal(const StoredUser *user, TimestampTz now)
{
	if (account_is_banned(user, now))
		return CODE_USER_BANNED;
	if (settings()->require_verified_email && !user->is_email_verified)
		return CODE_EMAIL_NOT_VERIFIED;
	return NOT_REFUSED;
}

Datum
account_refuse(ErrorCode refusal, const StoredUser *user)
{
	if (refusal == CODE_USER_BANNED)
		return answer_until(refusal, user->banned_until);
	return answer_error(refusal, NULL, NULL);
}

int64
account_ban(const StoredUser *user, TimestampTz until, const char *reason, const Client *client,
			TimestampTz now)
{
	char text[TIME_LENGTH + 1];
	const char *end = NULL;
	int64 ended;

	if (!TIMESTAMP_IS_NOEND(until))
	{
		time_write(until, text);
		end = text;
	}
	store_ban_user(&user->id, until, reason, now);
	one_time_forget_all(&user->id);
	ended = session_end_all_of(&user->id, NULL, ENDED_BAN, client, now);
	event_emit(event_user_banned(&user->id, user->email, end, reason), now);
	audit_record(audit_account_ban(end, reason), AUDIT_OK, &user->id, NULL, client, now);
	return ended;
}

bool
account_unban(const StoredUser *user, const Client *client, TimestampTz now)
{
	if (user->banned_until <= now)
		return false;
	store_ban_user(&user->id, DT_NOBEGIN, NULL, now);
	event_emit(event_user_unbanned(&user->id, user->email), now);
	audit_record(audit_account_unban(), AUDIT_OK, &user->id, NULL, client, now);
	return true;
}

void
account_delete(const StoredUser *user, const Client *client, TimestampTz now)
{
	store_delete_user(&user->id);
	event_emit(event_user_deleted(&user->id, user->email), now);
	audit_record(audit_account_delete(), AUDIT_OK, &user->id, NULL, client, now);
}
