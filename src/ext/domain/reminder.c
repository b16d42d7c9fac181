/*
 * reminder.c: see reminder.h.
 */
#include "domain/reminder.h"

#include "base/settings.h"
#include "domain/account.h"
#include "domain/event.h"
#include "domain/mail_limit.h"
#include "domain/one_time.h"
#include "store/user.h"

/*
 * A time that has come longer ago than this has passed: whoever updates, or
 * turns reminders on, does not write to all who ever left it at that.
 */
#define REMINDER_WINDOW SECS_PER_DAY

/*
 * So many users one call looks at: who asks for a mail meanwhile, or logs in,
 * waits for it.
 */
#define REMINDERS_MAX 100

/* Whether the user, who is held, is mailed. */
static bool
remind(const StoredUser *user, const Limits *limits, TimestampTz now)
{
	char *token;

	if (account_is_banned(user, now) ||
		TIMESTAMP_IS_NOBEGIN(one_time_pending_until(ONE_TIME_VERIFY_EMAIL, &user->id)) ||
		!mail_limit_takes(limits, user->email))
		return false;
	token = one_time_issue(ONE_TIME_VERIFY_EMAIL, &user->id, user->email, NULL, now);
	event_emit(event_user_verification_reminder(&user->id, user->email, token, user->locale), now);
	return true;
}

int
reminder_send_due(int max, TimestampTz now)
{
	int after[SETTING_TIMES_MAX];
	int n = setting_times(settings()->reminder_after, after);
	int left = Min(max, REMINDERS_MAX);
	int reminded = 0;
	Limits limits;

	if (n <= 0 || !tables_are_updated())
		return 0;
	limits_begin(&limits);
	/* The latest that is due takes the place of those before it. */
	for (int i = n - 1; i >= 0 && left > 0; i--)
	{
		TimestampTz from = jerry_after(now, -(after[i] + REMINDER_WINDOW));
		List *users;
		ListCell *cell;

		if (i + 1 < n)
			from = Max(from, jerry_after(now, -after[i + 1]));
		users = store_hold_unreminded(i, from, jerry_after(now, -after[i]), left);
		left -= list_length(users);
		foreach(cell, users)
			if (remind(lfirst(cell), &limits, now))
				reminded++;
	}
	return reminded;
}
