/*
 * user.c: see user.h.
 */
#include "store/user.h"

#include "access/htup_details.h"
#include "base/json_patch.h"
#include "catalog/pg_type.h"
#include "store/attempt.h"
#include "store/one_time_token.h"
#include "store/referrers.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Columns of 1.1.0 by position; they are never renamed, moved or dropped.  A
 * statement that finds a user returns all of them, so that one reader reads the
 * rows of both.  Later ones by name.
 */
enum
{
	USER_ID = 1,
	USER_EMAIL,
	USER_PASSWORD_HASH,
	USER_IS_EMAIL_VERIFIED,
	USER_EMAIL_VERIFIED_AT,
	USER_CREATED_AT,
	USER_UPDATED_AT
};

/*
 * A user who was inserted, by a statement that waited for whoever was leaving
 * the address at the same time: stays, unless the address is kept for that one.
 */
static bool
stays(const pg_uuid_t *id, const char *email, TimestampTz now)
{
	if (!store_address_is_kept(email, id, now))
		return true;
	store_delete_user(id);
	return false;
}

bool
store_insert_user(const char *email, const char *password_hash, TimestampTz now, pg_uuid_t *id)
{
	static Statement statement = {
		"INSERT INTO jerry.\"user\" (email, password_hash, created_at, updated_at)"
		" VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING RETURNING id",
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(email), CStringGetTextDatum(password_hash),
					   TimestampTzGetDatum(now) };

	return statement_run(&statement, values, NULL, read_uuid_column, id) == 1 &&
		   stays(id, email, now);
}

bool
store_insert_user_as(const pg_uuid_t *id, const char *email, const char *password_hash,
					 TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.\"user\" (id, email, password_hash, created_at, updated_at)"
		" VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING",
		4,
		{ UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), CStringGetTextDatum(email),
					   CStringGetTextDatum(password_hash), TimestampTzGetDatum(now) };

	return statement_count(&statement, values) == 1 && stays(id, email, now);
}

/* A column since 1.2.0. */
static char *
named_text(HeapTuple row, const char *name, TupleDesc descriptor)
{
	int n = row_column(descriptor, name, TEXTOID);

	return n == 0 ? NULL : row_text_or_null(row, n, descriptor);
}

/* RowReader for a StoredUser. */
static bool
read_user(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredUser *user = arg;
	int banned_until = row_column(descriptor, "banned_until", TIMESTAMPTZOID);
	int deletes_at = row_column(descriptor, "deletes_at", TIMESTAMPTZOID);

	user->id = row_uuid(row, USER_ID, descriptor);
	user->email = row_text(row, USER_EMAIL, descriptor);
	user->password_hash = row_text(row, USER_PASSWORD_HASH, descriptor);
	user->is_email_verified = row_bool(row, USER_IS_EMAIL_VERIFIED, descriptor);
	user->created_at = row_time(row, USER_CREATED_AT, descriptor);
	user->updated_at = row_time(row, USER_UPDATED_AT, descriptor);
	user->banned_until = banned_until == 0 || heap_attisnull(row, banned_until, descriptor)
							 ? DT_NOBEGIN
							 : row_time(row, banned_until, descriptor);
	user->deletes_at = deletes_at == 0 || heap_attisnull(row, deletes_at, descriptor)
						   ? DT_NOEND
						   : row_time(row, deletes_at, descriptor);
	user->locale = named_text(row, "locale", descriptor);
	return true;
}

#define FIND_USER_BY_EMAIL                                                       \
	"SELECT u.* FROM jerry.\"user\" AS u"                                        \
	" WHERE pg_catalog.lower(u.email::pg_catalog.text COLLATE pg_catalog.\"C\")" \
	" OPERATOR(pg_catalog.=) pg_catalog.lower($1 COLLATE pg_catalog.\"C\")"

bool
store_find_user_by_email(const char *email, Hold hold, StoredUser *user)
{
	static Statement statements[] = {
		[HOLD_NOT] = { FIND_USER_BY_EMAIL, 1, { TEXTOID } },
		[HOLD_SHARED] = { FIND_USER_BY_EMAIL " FOR SHARE", 1, { TEXTOID } },
		[HOLD_ALONE] = { FIND_USER_BY_EMAIL " FOR NO KEY UPDATE SKIP LOCKED", 1, { TEXTOID } },
	};
	Datum values[] = { CStringGetTextDatum(email) };

	return statement_run(&statements[hold], values, NULL, read_user, user) == 1;
}

bool
store_find_user(const pg_uuid_t *id, ProbeView view, StoredUser *user)
{
	return probe("user", id, view, read_user, user);
}

/* A user, and the profile in the same row. */
typedef struct UserAndProfile
{
	StoredUser *user;
	StoredProfile *profile;
} UserAndProfile;

static Jsonb *
named_object(HeapTuple row, const char *name, TupleDesc descriptor)
{
	int n = row_column(descriptor, name, JSONBOID);

	return n == 0 ? jsonb_empty_object()
				  : DatumGetJsonbPCopy(row_attribute(row, n, descriptor));
}

/* RowReader for a UserAndProfile. */
static bool
read_user_and_profile(HeapTuple row, TupleDesc descriptor, void *arg)
{
	UserAndProfile *both = arg;
	StoredProfile *profile = both->profile;

	profile->name = named_text(row, "name", descriptor);
	profile->phone = named_text(row, "phone", descriptor);
	profile->locale = named_text(row, "locale", descriptor);
	profile->metadata = named_object(row, "metadata", descriptor);
	profile->app_metadata = named_object(row, "app_metadata", descriptor);
	return read_user(row, descriptor, both->user);
}

bool
store_find_profile(const pg_uuid_t *id, ProbeView view, StoredUser *user, StoredProfile *profile)
{
	UserAndProfile both = { user, profile };

	return probe("user", id, view, read_user_and_profile, &both);
}

bool
store_hold_user(const pg_uuid_t *id)
{
	static Statement statement = {
		"SELECT u.id FROM jerry.\"user\" AS u WHERE u.id OPERATOR(pg_catalog.=) $1 FOR NO KEY "
		"UPDATE",
		1,
		{ UUIDOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(id) };

	return statement_count(&statement, values) == 1;
}

bool
store_user_exists(const pg_uuid_t *id, ProbeView view)
{
	return probe("user", id, view, NULL, NULL);
}

void
store_delete_user(const pg_uuid_t *id)
{
	static Statement statement = {
		"DELETE FROM jerry.\"user\" WHERE id OPERATOR(pg_catalog.=) $1",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(id) };

	(void) delete_referred(&statement, values, "user");
}

/*
 * As idx_user_created_at has them.  A place is compared as a whole, so that the
 * index leads to it.
 */
#define USERS_AFTER                                                           \
	" FROM jerry.\"user\" AS u WHERE u.created_at OPERATOR(pg_catalog.>=) $3" \
	" AND u.created_at OPERATOR(pg_catalog.<) $4"                             \
	" AND ROW(u.created_at, u.id) OPERATOR(pg_catalog.<) ROW($1, $2)"         \
	" ORDER BY u.created_at DESC, u.id DESC"

/* A RowReader that adds a ListedUser to a list. */
static bool
add_user(HeapTuple row, TupleDesc descriptor, void *list)
{
	ListedUser *listed = palloc(sizeof(ListedUser));

	(void) read_user(row, descriptor, &listed->user);
	listed->ban_reason = named_text(row, "ban_reason", descriptor);
	*(List **) list = lappend(*(List **) list, listed);
	return true;
}

List *
store_list_users(const UserFilter *filter, const UserPlace *after, TimestampTz now, int look,
				 int max)
{
	static Statement statement = {
		"SELECT * FROM (SELECT u.*" USERS_AFTER " LIMIT $5) AS u"
		" WHERE ($6 IS NULL OR pg_catalog.strpos("
		"pg_catalog.lower(u.email::pg_catalog.text COLLATE pg_catalog.\"C\"),"
		" pg_catalog.lower($6 COLLATE pg_catalog.\"C\")) OPERATOR(pg_catalog.>) 0)"
		" AND ($7 IS NULL OR u.is_email_verified OPERATOR(pg_catalog.=) $7)"
		" AND ($8 IS NULL OR (COALESCE(u.banned_until OPERATOR(pg_catalog.>) $9, false)"
		" OR pg_catalog.starts_with(u.password_hash::pg_catalog.text, '!'))"
		" OPERATOR(pg_catalog.=) $8)"
		" ORDER BY u.created_at DESC, u.id DESC LIMIT $10",
		10,
		{ TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, TEXTOID, BOOLOID,
		  BOOLOID, TIMESTAMPTZOID, INT4OID }
	};
	Datum part = text_datum(filter->part);
	Datum values[] = { TimestampTzGetDatum(after->created_at),
					   UUIDPGetDatum(&after->id),
					   TimestampTzGetDatum(filter->created_from),
					   TimestampTzGetDatum(filter->created_before),
					   Int32GetDatum(look),
					   part,
					   BoolGetDatum(filter->is_verified != NULL && *filter->is_verified),
					   BoolGetDatum(filter->is_banned != NULL && *filter->is_banned),
					   TimestampTzGetDatum(now),
					   Int32GetDatum(max) };
	char nulls[] = { ' ',
					 ' ',
					 ' ',
					 ' ',
					 ' ',
					 null_flag(part),
					 filter->is_verified == NULL ? 'n' : ' ',
					 filter->is_banned == NULL ? 'n' : ' ',
					 ' ',
					 ' ' };
	List *users = NIL;

	statement_run(&statement, values, nulls, add_user, &users);
	return users;
}

/* RowReader for a UserPlace. */
static bool
read_place(HeapTuple row, TupleDesc descriptor, void *arg)
{
	UserPlace *place = arg;

	place->created_at = row_time(row, 1, descriptor);
	place->id = row_uuid(row, 2, descriptor);
	return true;
}

bool
store_skip_users(const UserFilter *filter, UserPlace *after, int look)
{
	static Statement statement = { "SELECT u.created_at, u.id" USERS_AFTER " OFFSET $5 LIMIT 1",
								   5,
								   { TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
									 INT4OID } };
	Datum values[] = { TimestampTzGetDatum(after->created_at), UUIDPGetDatum(&after->id),
					   TimestampTzGetDatum(filter->created_from),
					   TimestampTzGetDatum(filter->created_before), Int32GetDatum(look - 1) };

	return statement_run(&statement, values, NULL, read_place, after) == 1;
}

void
store_ban_user(const pg_uuid_t *id, TimestampTz until, const char *reason, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET banned_until = $2, ban_reason = $3,"
		" updated_at = $4 WHERE id OPERATOR(pg_catalog.=) $1",
		4,
		{ UUIDOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum words = text_datum(reason);
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(until), words,
					   TimestampTzGetDatum(now) };
	char nulls[] = { ' ', TIMESTAMP_IS_NOBEGIN(until) ? 'n' : ' ', null_flag(words), ' ' };

	(void) statement_run(&statement, values, nulls, NULL, NULL);
}

void
store_schedule_deletion(const pg_uuid_t *id, TimestampTz at, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET deletes_at = $2, updated_at = $3"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		3,
		{ UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(at), TimestampTzGetDatum(now) };

	(void) statement_count(&statement, values);
}

bool
store_keep_user(const pg_uuid_t *id, const char *hash, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET deletes_at = NULL, updated_at = $3"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND deletes_at IS NOT NULL"
		" AND password_hash::pg_catalog.text OPERATOR(pg_catalog.=) $2"
		" AND (banned_until IS NULL OR banned_until OPERATOR(pg_catalog.<=) $3)",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), CStringGetTextDatum(hash), TimestampTzGetDatum(now) };

	return tables_are_updated() && statement_count(&statement, values) == 1;
}

/* A RowReader that adds a StoredUser to a list. */
static bool
add_stored_user(HeapTuple row, TupleDesc descriptor, void *list)
{
	StoredUser *user = palloc(sizeof(StoredUser));

	*(List **) list = lappend(*(List **) list, user);
	return read_user(row, descriptor, user);
}

List *
store_hold_due_users(TimestampTz now, TimestampTz put_off_before, int max)
{
	/* FOR UPDATE: there is no waiting for who refers to the user just now. */
	static Statement statement = {
		"SELECT u.* FROM jerry.\"user\" AS u WHERE u.deletes_at OPERATOR(pg_catalog.<=) $1"
		" AND (u.updated_at OPERATOR(pg_catalog.<=) u.deletes_at"
		" OR u.updated_at OPERATOR(pg_catalog.<=) $2)"
		" ORDER BY u.deletes_at LIMIT $3 FOR UPDATE SKIP LOCKED",
		3,
		{ TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(now), TimestampTzGetDatum(put_off_before),
					   Int32GetDatum(max) };
	List *users = NIL;

	statement_run(&statement, values, NULL, add_stored_user, &users);
	return users;
}

void
store_touch_user(const pg_uuid_t *id, TimestampTz now)
{
	static Statement statement = {
		"WITH touched AS MATERIALIZED (SELECT u.id FROM jerry.\"user\" AS u"
		" WHERE u.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE SKIP LOCKED)"
		" UPDATE jerry.\"user\" AS u SET updated_at = $2 FROM touched"
		" WHERE u.id OPERATOR(pg_catalog.=) touched.id",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now) };

	(void) statement_count(&statement, values);
}

/* As idx_user_unverified has them: neither made nor touched since $1. */
#define UNVERIFIED_OF                                                                    \
	" jerry.\"user\" AS u WHERE NOT u.is_email_verified AND u.email_verified_at IS NULL" \
	" AND u.updated_at OPERATOR(pg_catalog.<=) $1"                                       \
	" AND u.created_at OPERATOR(pg_catalog.<=) $1 AND u.deletes_at IS NULL"              \
	" ORDER BY u.updated_at LIMIT $2"

/* A user u is banned, is in, or has mail that is good, at a time. */
#define IS_IN_USE(now)                                                                       \
	"(u.banned_until OPERATOR(pg_catalog.>) " now                                            \
	" OR pg_catalog.starts_with(u.password_hash::pg_catalog.text, '!')"                      \
	" OR EXISTS (SELECT FROM jerry.session AS s WHERE s.user_id OPERATOR(pg_catalog.=) u.id" \
	" AND s.revoked_at IS NULL AND s.expires_at OPERATOR(pg_catalog.>) " now ")"             \
	" OR EXISTS (SELECT FROM jerry.one_time_token AS t"                                      \
	" WHERE t.user_id OPERATOR(pg_catalog.=) u.id"                                           \
	" AND t.expires_at OPERATOR(pg_catalog.>) " now "))"

void
store_touch_unverified(TimestampTz before, int max, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" AS u SET updated_at = $3"
		" WHERE u.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT u.id FROM" UNVERIFIED_OF
		" FOR NO KEY UPDATE SKIP LOCKED)) AND " IS_IN_USE("$3"),
		3,
		{ TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID }
	};
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(max), TimestampTzGetDatum(now) };

	(void) statement_count(&statement, values);
}

List *
store_hold_unverified(TimestampTz before, int max)
{
	static Statement statement = { "SELECT u.* FROM" UNVERIFIED_OF " FOR UPDATE SKIP LOCKED",
								   2,
								   { TIMESTAMPTZOID, INT4OID } };
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(max) };
	List *users = NIL;

	statement_run(&statement, values, NULL, add_stored_user, &users);
	return users;
}

List *
store_hold_unreminded(int n, TimestampTz after, TimestampTz until, int max)
{
	/* As idx_user_reminders has them, an index scan for each number before. */
	static Statement statement = {
		"WITH due AS MATERIALIZED (SELECT u.id FROM jerry.\"user\" AS u"
		" WHERE NOT u.is_email_verified AND u.email_verified_at IS NULL"
		" AND u.reminders OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT i::pg_catalog.int2"
		" FROM pg_catalog.generate_series(0, $1) AS i))"
		" AND u.created_at OPERATOR(pg_catalog.>) $2 AND u.created_at OPERATOR(pg_catalog.<=) $3"
		" AND u.deletes_at IS NULL LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)"
		" UPDATE jerry.\"user\" AS u SET reminders = $1 OPERATOR(pg_catalog.+) 1 FROM due"
		" WHERE u.id OPERATOR(pg_catalog.=) due.id RETURNING u.*",
		4,
		{ INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { Int32GetDatum(n), TimestampTzGetDatum(after), TimestampTzGetDatum(until),
					   Int32GetDatum(max) };
	List *users = NIL;

	statement_run(&statement, values, NULL, add_stored_user, &users);
	return users;
}

bool
store_user_is_in_use(const pg_uuid_t *id, TimestampTz now)
{
	static Statement statement = {
		"SELECT FROM jerry.\"user\" AS u WHERE u.id OPERATOR(pg_catalog.=) $1 AND " IS_IN_USE("$2"),
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now) };

	return statement_count(&statement, values) == 1;
}

void
store_mark_email_verified(const pg_uuid_t *id, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET is_email_verified = true, email_verified_at ="
		" COALESCE(email_verified_at, $2), updated_at = $2"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now) };

	statement_count(&statement, values);
}

/* For change_email(). */
typedef struct EmailChange
{
	const pg_uuid_t *user_id;
	const char *email;
	TimestampTz now;
} EmailChange;

/* Work of attempt(). */
static bool
change_email(void *arg)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET email = $2, is_email_verified = true, email_verified_at = $3,"
		" updated_at = $3 WHERE id OPERATOR(pg_catalog.=) $1",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};
	const EmailChange *change = arg;
	Datum values[] = { UUIDPGetDatum(change->user_id), CStringGetTextDatum(change->email),
					   TimestampTzGetDatum(change->now) };

	/* In this order, for the same reason as in store_insert_user(). */
	return statement_count(&statement, values) == 1 &&
		   !store_address_is_kept(change->email, change->user_id, change->now);
}

bool
store_change_email(const pg_uuid_t *id, const char *email, TimestampTz now)
{
	EmailChange change = { id, email, now };
	bool done;
	ErrorData *error = attempt(change_email, &change, &done);

	if (error != NULL && error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
		ReThrowError(error);
	return done;
}

void
store_update_profile(const pg_uuid_t *id, const StoredProfile *profile, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET name = $2, phone = $3, locale = $4, metadata = $5,"
		" app_metadata = $6, updated_at = $7 WHERE id OPERATOR(pg_catalog.=) $1",
		7,
		{ UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, TIMESTAMPTZOID }
	};
	Datum name = text_datum(profile->name);
	Datum phone = text_datum(profile->phone);
	Datum locale = text_datum(profile->locale);
	Datum values[] = { UUIDPGetDatum(id),
					   name,
					   phone,
					   locale,
					   JsonbPGetDatum(profile->metadata),
					   JsonbPGetDatum(profile->app_metadata),
					   TimestampTzGetDatum(now) };
	char nulls[] = { ' ', null_flag(name), null_flag(phone), null_flag(locale), ' ', ' ', ' ' };

	statement_run(&statement, values, nulls, NULL, NULL);
}

bool
store_replace_hash(const pg_uuid_t *id, const char *old_hash, const char *new_hash, TimestampTz now)
{
	/*
	 * SKIP LOCKED: two logins of one user that both waited for this would
	 * deadlock, and a login must not wait for a transaction of which another
	 * one was a part.
	 */
	static Statement statement = {
		"WITH owner AS MATERIALIZED"
		" (SELECT u.id FROM jerry.\"user\" AS u WHERE u.id OPERATOR(pg_catalog.=) $1"
		" AND u.password_hash::pg_catalog.text OPERATOR(pg_catalog.=) $2 FOR NO KEY"
		" UPDATE SKIP LOCKED)"
		" UPDATE jerry.\"user\" AS u SET password_hash = $3, updated_at = $4 FROM owner"
		" WHERE u.id OPERATOR(pg_catalog.=) owner.id",
		4,
		{ UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), CStringGetTextDatum(old_hash),
					   CStringGetTextDatum(new_hash), TimestampTzGetDatum(now) };

	return statement_count(&statement, values) == 1;
}
