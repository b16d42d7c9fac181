/*
 * account.c: see account.h.
 */
#include "domain/account.h"

#include "access/xact.h"
#include "base/settings.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/factor.h"
#include "domain/one_time.h"
#include "domain/password.h"
#include "domain/session.h"
#include "store/attempt.h"
#include "store/owner.h"
#include "utils/guc.h"

/* What is refused is tried again after this time. */
#define DUE_INTERVAL SECS_PER_HOUR

/* Between two notes of use. */
#define NOTE_INTERVAL SECS_PER_HOUR

/*
 * So many users one call deletes: who logs in to stay waits for the whole of
 * it, and it may wait for locks of the application each time.
 */
#define DUE_MAX		50
#define DUE_WAIT_MS 500

/*
 * What one deletion may take, and how long others are begun: maintain() has
 * other things to do, and less than two seconds when the sidecar calls it.
 */
#define DUE_TIME_MS 800
#define DUE_ALL_MS	400

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

void
account_verify(const StoredUser *user, const Client *client, TimestampTz now)
{
	if (!user->is_email_verified)
		store_mark_email_verified(&user->id, now);
	event_emit(event_user_email_verified(&user->id, user->email), now);
	audit_record(audit_account_verify(), AUDIT_OK, &user->id, NULL, client, now);
}

void
account_prove(StoredUser *user, const Client *client, TimestampTz now)
{
	(void) store_replace_hash(&user->id, user->password_hash, NO_PASSWORD, now);
	(void) session_end_all_of(&user->id, NULL, ENDED_PASSWORD, client, now);
	one_time_forget_all(&user->id);
	/* Nor is somebody else's app to be asked for. */
	if (factor_remove_totp(&user->id))
	{
		event_emit(event_user_factor_removed(&user->id, user->email, FACTOR_TOTP,
											 client_address(client), user->locale),
				   now);
		audit_record(audit_factor_remove(FACTOR_TOTP), AUDIT_OK, &user->id, NULL, client, now);
	}
	account_verify(user, client, now);
	user->is_email_verified = true;
	user->password_hash = pstrdup(NO_PASSWORD);
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
account_delete(const StoredUser *user, const char *reason, const Client *client, TimestampTz now)
{
	AuditActor actor = strcmp(reason, DELETED_BY_ADMIN) == 0  ? AUDIT_BY_ADMIN
					   : strcmp(reason, DELETED_BY_USER) == 0 ? AUDIT_BY_USER
															  : AUDIT_BY_JERRY;

	store_delete_user(&user->id);
	event_emit(event_user_deleted(&user->id, user->email, reason, user->locale), now);
	audit_record(audit_account_delete(actor, reason), AUDIT_OK, &user->id, NULL, client, now);
}

void
account_schedule_deletion(const StoredUser *user, TimestampTz at, const pg_uuid_t *session_id,
						  const Client *client, TimestampTz now)
{
	char time[TIME_LENGTH + 1];

	time_write(at, time);
	store_schedule_deletion(&user->id, at, now);
	one_time_forget_all(&user->id);
	(void) session_end_all_of(&user->id, NULL, ENDED_DELETION, client, now);
	event_emit(event_user_deletion_scheduled(&user->id, user->email, time, client_address(client),
											 user->locale),
			   now);
	audit_record(audit_account_request_deletion(time), AUDIT_OK, &user->id, session_id, client,
				 now);
}

bool
account_keep(const StoredUser *user, const Client *client, TimestampTz now)
{
	if (!store_keep_user(&user->id, user->password_hash, now))
		return false;
	event_emit(event_user_deletion_cancelled(&user->id, user->email, client_address(client),
											 user->locale),
			   now);
	audit_record(audit_account_cancel_deletion(), AUDIT_OK, &user->id, NULL, client, now);
	return true;
}

/* For note_use(). */
typedef struct Use
{
	const StoredUser *user;
	TimestampTz at;
} Use;

/* Work of attempt(). */
static bool
note_use(void *arg)
{
	const Use *use = arg;
	Owner owner;

	owner_become(&owner, "user");
	store_touch_user(&use->user->id, use->at);
	owner_end(&owner);
	return true;
}

void
account_note_use(const StoredUser *user, TimestampTz now)
{
	Use use = { user, now };
	ErrorData *error;
	bool done;

	if (user->is_email_verified || jerry_after(user->updated_at, NOTE_INTERVAL) > now ||
		XactReadOnly || IsInParallelMode())
		return;
	if (!IsolationUsesXactSnapshot())
	{
		(void) note_use(&use);
		return;
	}
	/* Whoever has changed the row since the snapshot has touched it, too. */
	error = attempt(note_use, &use, &done);
	if (error != NULL && error->sqlerrcode != ERRCODE_T_R_SERIALIZATION_FAILURE)
		ReThrowError(error);
}

/*
 * Who is to be deleted, max at most, held.  Accounts that nobody has verified
 * are looked at, batch at most, those in use once in jerry.unverified_ttl.
 */
static List *
hold_due(int max, int batch, TimestampTz now)
{
	List *users = store_hold_due_users(now, jerry_after(now, -DUE_INTERVAL), max);
	int ttl = settings()->unverified_ttl;

	if (ttl > 0 && list_length(users) < max)
	{
		TimestampTz before = jerry_after(now, -ttl);

		store_touch_unverified(before, batch, now);
		users = list_concat(users, store_hold_unverified(before, max - list_length(users)));
	}
	return users;
}

/* For delete_due(). */
typedef struct DueUser
{
	const StoredUser *user;
	TimestampTz now;
} DueUser;

/* Work of attempt(). */
static bool
delete_due(void *arg)
{
	const DueUser *due = arg;
	bool asked = !TIMESTAMP_IS_NOEND(due->user->deletes_at);
	int nest = NewGUCNestLevel();

	/* As it is now that the user is held: there may have been a login. */
	if (!asked && store_user_is_in_use(&due->user->id, due->now))
		return false;
	attempt_limit_wait(DUE_WAIT_MS);
	account_delete(due->user, asked ? DELETED_BY_USER : DELETED_UNVERIFIED, NULL, due->now);
	AtEOXact_GUC(true, nest);
	return true;
}

/* Says what is in the way of deletions, and nothing of the users. */
static void
warn_of_refusal(const ErrorData *error, int refused)
{
	const char *constraint = error->constraint_name;

	ereport(WARNING,
			(errmsg_plural("could not delete %d user whose deletion is due",
						   "could not delete %d users whose deletion is due", refused, refused),
			 errdetail("The last one was refused with SQLSTATE %s%s%s.",
					   unpack_sql_state(error->sqlerrcode),
					   constraint == NULL ? "" : ", by the constraint ",
					   constraint == NULL ? "" : constraint),
			 errhint("They are tried again after an hour, accounts that nobody has verified after "
					 "jerry.unverified_ttl.")));
}

int
account_delete_due(int max, TimestampTz now)
{
	List *users;
	ListCell *cell;
	ErrorData *last = NULL;
	int deleted = 0;
	int refused = 0;
	TimestampTz enough = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), DUE_ALL_MS);

	if (!tables_are_updated())
		return 0;
	users = hold_due(Min(max, DUE_MAX), max, now);
	foreach(cell, users)
	{
		DueUser due = { lfirst(cell), now };
		bool done;
		ErrorData *error;

		if (GetCurrentTimestamp() > enough)
			break;
		error = attempt_for(DUE_TIME_MS, delete_due, &due, &done);
		if (done)
			deleted++;
		if (error == NULL)
			continue;
		store_touch_user(&due.user->id, now);
		last = error;
		refused++;
	}
	if (refused > 0)
		warn_of_refusal(last, refused);
	return deleted;
}
