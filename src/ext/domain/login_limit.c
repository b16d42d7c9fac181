/*
 * login_limit.c: see login_limit.h.
 */
#include "domain/login_limit.h"

#include "domain/audit.h"
#include "domain/event.h"
#include "domain/known_device.h"
#include "store/session.h"
#include "store/user.h"
#include "utils/fmgrprotos.h"

#define PAUSE_MAX 30

/*
 * One try at a time: who gets in the way of nobody need not be waited for.
 * Until the transaction ends.
 */
static bool
is_alone(const LimitUse *account)
{
	int64 key;

	memcpy(&key, account->bucket.id.data, sizeof(key));
	return DatumGetBool(
		DirectFunctionCall1(pg_try_advisory_xact_lock_int8, Int64GetDatum(key)));
}

bool
login_limit_allows(LoginLimits *limits, const char *email, const Client *client)
{
	pg_uuid_t device;
	bool known;

	limits->email = email;
	limits->client = client;
	limits->retry_after = 0;
	limits_begin(&limits->tries);
	limits->account = limits->tries;
	limit_add_network(&limits->tries, LIMIT_LOGIN_NETWORK, client);
	known = !limits->tries.off && known_device_is(email, client->device_token, &device);
	if (known)
		limit_add_device(&limits->tries, LIMIT_LOGIN_DEVICE, email, &device);
	else
		limit_add_account_network(&limits->tries, LIMIT_LOGIN_ACCOUNT_NETWORK, email, client);
	limit_add_account(&limits->account, LIMIT_LOGIN_ACCOUNT, email);
	if (!limits_allow(&limits->tries))
		limits->retry_after = limits->tries.retry_after;
	if (!limits_allow(&limits->account) && !known && !store_has_session_from(email, client->ip))
	{
		int pause = limit_pause_left(&limits->account, email, PAUSE_MAX);

		if (pause == 0 && !is_alone(limits->account.refused))
			pause = 1;
		limits->retry_after = Max(limits->retry_after, pause);
	}
	return limits->retry_after == 0;
}

/* How long the pause is after so many failures too many. */
static int
pause_after(int64 failures)
{
	return failures > 5 ? PAUSE_MAX : 1 << (failures - 1);
}

/* Nobody is to see from the time of an answer whether there is a user. */
static void
tell_owner(const LoginLimits *limits, TimestampTz now)
{
	char *ip = client_address(limits->client);
	StoredUser user;
	bool known = store_find_user_by_email(limits->email, HOLD_NOT, &user);

	audit_record(audit_account_lockout(), CODE_RATE_LIMITED, known ? &user.id : NULL, NULL,
				 limits->client, now);
	if (known)
		event_emit(event_user_lockout(&user.id, user.email, ip, user.locale), now);
	else
	{
		static const pg_uuid_t nobody;

		event_rehearse(event_user_lockout(&nobody, limits->email, ip, NULL), now);
	}
}

void
login_limit_failed(LoginLimits *limits)
{
	Limits events = limits->account;
	int64 too_many;

	limits_charge(&limits->tries);
	limits_charge(&limits->account);
	too_many = limits_overrun(&limits->account);
	if (too_many == 0)
		return;
	limit_pause(&limits->account, limits->email, pause_after(too_many));
	events.n = 0;
	limit_add_account(&events, LIMIT_LOCKOUT_EVENT, limits->email);
	if (limits_take(&events))
		tell_owner(limits, jerry_now());
}
