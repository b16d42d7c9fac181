/*
 * account.c: see account.h.
 */
#include "domain/account.h"

#include "base/settings.h"
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
account_ban(const StoredUser *user, TimestampTz until, const char *reason, TimestampTz now)
{
	char text[TIME_LENGTH + 1];
	bool for_good = TIMESTAMP_IS_NOEND(until);
	int64 ended;

	if (!for_good)
		time_write(until, text);
	store_ban_user(&user->id, until, reason, now);
	one_time_forget_all(&user->id);
	ended = session_end_all_of(&user->id, NULL, ENDED_BAN, NULL, now);
	event_emit(event_user_banned(&user->id, user->email, for_good ? NULL : text, reason), now);
	return ended;
}

bool
account_unban(const StoredUser *user, TimestampTz now)
{
	if (user->banned_until <= now)
		return false;
	store_ban_user(&user->id, DT_NOBEGIN, NULL, now);
	event_emit(event_user_unbanned(&user->id, user->email), now);
	return true;
}
