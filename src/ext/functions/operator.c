/*
 * operator.c: operators look after accounts: user_of, find_users, create_user,
 * force_verified, set_password_hash, delete_user.  ban.c and invite.c have the
 * rest.
 */
#include "domain/account.h"

#include "access/xact.h"
#include "base/client.h"
#include "base/uuid.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/hook.h"
#include "domain/limit.h"
#include "domain/one_time.h"
#include "domain/password.h"
#include "domain/session.h"
#include "utils/builtins.h"

#define PAGE_MAX 1000

/* So many users one call looks at, whatever it finds. */
#define LOOK_MAX 100000

PG_FUNCTION_INFO_V1(jerry_user_of);

/* user_of(email text) RETURNS uuid */
Datum
jerry_user_of(PG_FUNCTION_ARGS)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	StoredUser user;
	pg_uuid_t *id;

	if ((verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED) ||
		!store_find_user_by_email(email, HOLD_NOT, &user))
		PG_RETURN_NULL();
	id = palloc(sizeof(*id));
	*id = user.id;
	PG_RETURN_UUID_P(id);
}

/* MICROSECONDS.UUID, of the last user that was looked at. */
static char *
cursor_write(const UserPlace *place)
{
	char id[UUID_TEXT_LENGTH + 1] = { 0 };

	uuid_write(&place->id, id);
	return psprintf(INT64_FORMAT ".%s", place->created_at, id);
}

static bool
cursor_read(const char *cursor, UserPlace *place)
{
	char *end;

	errno = 0;
	place->created_at = strtoi64(cursor, &end, 10);
	return errno == 0 && end != cursor && *end == '.' && uuid_read(end + 1, &place->id);
}

/* Each user of a page. */
static void
write_users(JsonWriter *w, List *users, TimestampTz now)
{
	ListCell *cell;

	json_open_list(w, "users");
	foreach(cell, users)
	{
		const ListedUser *listed = lfirst(cell);
		const StoredUser *user = &listed->user;
		bool is_banned = account_is_banned(user, now);

		json_open_item(w);
		json_uuid(w, "user_id", &user->id);
		json_text(w, "email", user->email);
		json_bool(w, "is_email_verified", user->is_email_verified);
		json_bool(w, "has_password", strcmp(user->password_hash, NO_PASSWORD) != 0);
		json_time(w, "created_at", user->created_at);
		json_bool(w, "is_banned", is_banned);
		json_time_or_null(w, "banned_until", is_banned ? user->banned_until : DT_NOBEGIN);
		json_text(w, "ban_reason", is_banned ? listed->ban_reason : NULL);
		json_time_or_null(w, "deletes_at", user->deletes_at);
		json_end(w);
	}
	json_end_list(w);
}

PG_FUNCTION_INFO_V1(jerry_find_users);

/*
 * find_users(email text DEFAULT NULL, is_verified boolean DEFAULT NULL,
 * is_banned boolean DEFAULT NULL, created_from timestamptz DEFAULT NULL,
 * created_before timestamptz DEFAULT NULL, after text DEFAULT NULL, max integer
 * DEFAULT 50, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_find_users(PG_FUNCTION_ARGS)
{
	TimestampTz now = jerry_now();
	bool is_verified = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	bool is_banned = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	UserFilter filter = {
		.part = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)),
		.is_verified = PG_ARGISNULL(1) ? NULL : &is_verified,
		.is_banned = PG_ARGISNULL(2) ? NULL : &is_banned,
		.created_from = PG_ARGISNULL(3) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(3),
		.created_before = PG_ARGISNULL(4) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(4)
	};
	UserPlace place = { .created_at = DT_NOEND };
	int max = PG_ARGISNULL(6) ? 0 : PG_GETARG_INT32(6);
	List *users;
	bool more;
	JsonWriter w;

	if (max < 1 || max > PAGE_MAX)
		return answer_error(CODE_VALIDATION_ERROR, "max", "Number must be between 1 and 1000");
	if (!PG_ARGISNULL(5) && !cursor_read(text_to_cstring(PG_GETARG_TEXT_PP(5)), &place))
		return answer_error(CODE_VALIDATION_ERROR, "after", "Value is not the next of an answer");
	users = store_list_users(&filter, &place, now, LOOK_MAX, max);
	more = list_length(users) == max;
	if (more)
	{
		const StoredUser *last = &((ListedUser *) llast(users))->user;

		place.created_at = last->created_at;
		place.id = last->id;
	}
	else
		more = store_skip_users(&filter, &place, LOOK_MAX);

	answer_start(&w);
	write_users(&w, users, now);
	json_text(&w, "next", more ? cursor_write(&place) : NULL);
	return answer_finish(&w);
}

/* An account that an operator makes, of what is as it has to be. */
typedef struct Creation
{
	const char *email;
	const char *hash;
	bool is_verified;
} Creation;

/* HookedBody of create_user. */
static Datum
create_hooked(HookRun *run, void *arg)
{
	const Creation *creation = arg;
	const char *email = creation->email;
	TimestampTz now = jerry_now();
	pg_uuid_t user_id;
	JsonWriter w;

	if (!store_insert_user(email, creation->hash, now, &user_id))
	{
		audit_record(audit_account_create(), CODE_DUPLICATE_EMAIL, NULL, NULL, run->client, now);
		return answer_error(CODE_DUPLICATE_EMAIL, "email", "Email is already registered");
	}
	event_emit(event_user_created(&user_id, email), now);
	audit_record(audit_account_create(), AUDIT_OK, &user_id, NULL, run->client, now);
	if (creation->is_verified)
	{
		store_mark_email_verified(&user_id, now);
		audit_record(audit_account_force_verified(), AUDIT_OK, &user_id, NULL, run->client, now);
	}
	run->more = MADE_BY("create_user");
	if (!hooks_allow(run, &user_id, email, NULL))
		return (Datum) 0;

	answer_start(&w);
	json_uuid(&w, "user_id", &user_id);
	json_text(&w, "email", email);
	json_bool(&w, "is_email_verified", creation->is_verified);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_create_user);

/*
 * create_user(email text, password text DEFAULT NULL, is_verified boolean
 * DEFAULT false, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_create_user(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 3);
	char email[EMAIL_MAX + 1];
	Creation creation = { email, NO_PASSWORD, !PG_ARGISNULL(2) && PG_GETARG_BOOL(2) };
	EmailVerdict verdict;

	jerry_require_primary("jerry.create_user()");
	if (PG_ARGISNULL(0))
		return answer_required("email");
	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID)
		return address_refusal("email", verdict);
	if (!PG_ARGISNULL(1))
	{
		Password password = password_read(PG_GETARG_TEXT_PP(1));
		const char *weakness = password_weakness(&password, email);

		if (weakness != NULL)
			return answer_error(CODE_WEAK_PASSWORD, "password", weakness);
		creation.hash = password_hash(&password);
	}
	return hooks_around(HOOK_REGISTER, audit_account_create(), &client, create_hooked, &creation);
}

PG_FUNCTION_INFO_V1(jerry_force_verified);

/*
 * force_verified(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_force_verified(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	TimestampTz now;
	StoredUser user;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.force_verified()");
	PreventCommandIfParallelMode("jerry.force_verified()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (!account_hold(PG_GETARG_UUID_P(0), &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	now = jerry_now();
	if (!user.is_email_verified)
	{
		store_mark_email_verified(&user.id, now);
		one_time_forget(ONE_TIME_VERIFY_EMAIL, &user.id);
		event_emit(event_user_email_verified(&user.id, user.email), now);
		audit_record(audit_account_force_verified(), AUDIT_OK, &user.id, NULL, &client, now);
	}

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_bool(&w, "was_verified", user.is_email_verified);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_set_password_hash);

/*
 * set_password_hash(user_id uuid, password_hash text, end_sessions boolean
 * DEFAULT true, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_set_password_hash(PG_FUNCTION_ARGS)
{
	bool end_sessions = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	Client client = client_argument(fcinfo, 3);
	char *hash;
	TimestampTz now;
	StoredUser user;
	int64 ended = 0;
	JsonWriter w;

	jerry_require_primary("jerry.set_password_hash()");
	PreventCommandIfParallelMode("jerry.set_password_hash()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (PG_ARGISNULL(1))
		return answer_required("password_hash");
	hash = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!password_hash_is_usable(hash))
		return answer_error(CODE_VALIDATION_ERROR, "password_hash",
							"Hash must be of bcrypt: $2a$, $2b$ or $2y$, with a cost of 4 to 15");
	if (!account_hold(PG_GETARG_UUID_P(0), &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	now = jerry_now();
	/* Who is banned by the hash stays so. */
	if (password_is_banned(user.password_hash))
		hash = psprintf("!%s", hash);
	(void) store_replace_hash(&user.id, user.password_hash, hash, now);
	one_time_forget(ONE_TIME_RESET_PASSWORD, &user.id);
	one_time_forget(ONE_TIME_SECOND_STEP, &user.id);
	/* The new password is not the one that somebody guessed at. */
	(void) limit_forget(user.email, 0);
	if (end_sessions)
		ended = session_end_all_of(&user.id, NULL, ENDED_ADMIN, &client, now);
	event_emit(event_user_password_changed(&user.id, user.email, client_address(&client),
										   user.locale),
			   now);
	audit_record(audit_account_set_password_hash(), AUDIT_OK, &user.id, NULL, &client, now);

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_int(&w, "ended_sessions", ended);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_delete_user);

/* delete_user(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json */
Datum
jerry_delete_user(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	StoredUser user;
	JsonWriter w;

	PreventCommandDuringRecovery("jerry.delete_user()");
	PreventCommandIfParallelMode("jerry.delete_user()");
	if (PG_ARGISNULL(0))
		return answer_required("user_id");
	if (!account_hold(PG_GETARG_UUID_P(0), &user))
		return answer_error(CODE_USER_NOT_FOUND, NULL, NULL);
	account_delete(&user, DELETED_BY_ADMIN, &client, jerry_now());

	answer_start(&w);
	json_uuid(&w, "user_id", &user.id);
	json_text(&w, "email", user.email);
	return answer_finish(&w);
}
