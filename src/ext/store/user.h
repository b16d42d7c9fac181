/*
 * user.h: table jerry.user.
 */
#ifndef JERRY_STORE_USER_H
#define JERRY_STORE_USER_H

#include "base/jerry.h"

#include "nodes/pg_list.h"
#include "store/probe.h"

#include "utils/jsonb.h"

typedef struct StoredUser
{
	pg_uuid_t id;
	char *email;
	char *password_hash;
	bool is_email_verified;
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz banned_until; /* DT_NOBEGIN: is not banned; DT_NOEND: for good */
	TimestampTz deletes_at;	  /* DT_NOEND: is to stay */
	char *locale;			  /* a tag of BCP 47; NULL: not said */
} StoredUser;

/*
 * What users say of themselves, and in app_metadata what the application keeps
 * of them.
 */
typedef struct StoredProfile
{
	char *name; /* NULL: not said; likewise the next two */
	char *phone;
	char *locale;
	Jsonb *metadata;
	Jsonb *app_metadata;
} StoredProfile;

/*
 * Whether a row that is found is held: it is then as it is left by who is
 * changing it, and nobody else changes it until the transaction ends.
 */
typedef enum Hold
{
	HOLD_NOT,
	HOLD_SHARED, /* waits for who is changing it; several may hold it so */
	HOLD_ALONE	 /* waits for nobody: a row that somebody else holds is not found */
} Hold;

/*
 * False: the address is taken, or kept for who had it until a few days ago and
 * may take it back.
 */
extern bool store_insert_user(const char *email, const char *password_hash, TimestampTz now,
							  pg_uuid_t *id);

/* The same with this id, which nobody has. */
extern bool store_insert_user_as(const pg_uuid_t *id, const char *email,
								 const char *password_hash, TimestampTz now);

/* False: there is no such user. */
extern bool store_find_user_by_email(const char *email, Hold hold, StoredUser *user);
extern bool store_find_user(const pg_uuid_t *id, ProbeView view, StoredUser *user);
extern bool store_find_profile(const pg_uuid_t *id, ProbeView view, StoredUser *user,
							   StoredProfile *profile);
extern bool store_user_exists(const pg_uuid_t *id, ProbeView view);

/*
 * Holds a user: waits for logins under way, and those that come wait.  False:
 * there is no such user.
 */
extern bool store_hold_user(const pg_uuid_t *id);

extern void store_delete_user(const pg_uuid_t *id);

/*
 * A place in the list of all users, the newest first: they come after it.
 */
typedef struct UserPlace
{
	TimestampTz created_at; /* DT_NOEND: before the first one */
	pg_uuid_t id;
} UserPlace;

/* Which users are looked for; any of it may be left out. */
typedef struct UserFilter
{
	const char *part; /* of the address, in any case of ASCII letters */
	const bool *is_verified;
	const bool *is_banned;
	TimestampTz created_from;
	TimestampTz created_before;
} UserFilter;

/* What is shown of a user. */
typedef struct ListedUser
{
	StoredUser user;
	char *ban_reason; /* NULL: there is none */
} ListedUser;

/*
 * The users after a place, max at most (ListedUser), among the next look that
 * were created between the times: with an index, however many there are.
 */
extern List *store_list_users(const UserFilter *filter, const UserPlace *after, TimestampTz now,
							  int look, int max);

/* Goes to the last of the users that this looks at.  False: they are fewer. */
extern bool store_skip_users(const UserFilter *filter, UserPlace *after, int look);

/* DT_NOBEGIN ends a ban; reason may be NULL. */
extern void store_ban_user(const pg_uuid_t *id, TimestampTz until, const char *reason,
						   TimestampTz now);

/* The user is to be deleted at a time. */
extern void store_schedule_deletion(const pg_uuid_t *id, TimestampTz at, TimestampTz now);

/*
 * Takes that back for a user who has this hash and is not banned.  false: there
 * was nothing to take back.
 */
extern bool store_keep_user(const pg_uuid_t *id, const char *hash, TimestampTz now);

/*
 * Holds users (StoredUser), max at most, whose deletion is due and was not put
 * off since this time; who is held by somebody else waits.  The time at which
 * their rows changed is that at which it is put off.
 */
extern List *store_hold_due_users(TimestampTz now, TimestampTz put_off_before, int max);

/*
 * Accounts that were never verified, and neither made nor touched since a time,
 * max at most, those first that were not for longest: touches those of them
 * that are in use, by a session or mail that is good, or banned; and holds them
 * (StoredUser), in use or not.  Who is held by somebody else waits.
 */
extern void store_touch_unverified(TimestampTz before, int max, TimestampTz now);
extern List *store_hold_unverified(TimestampTz before, int max);
extern bool store_user_is_in_use(const pg_uuid_t *id, TimestampTz now);

/*
 * Users who were never verified, made after one time and not after another, and
 * are looked at for reminder n or a later one for the first time, max at most:
 * held (StoredUser), and not found again for this one.  Who is held by somebody
 * else waits.
 */
extern List *store_hold_unreminded(int n, TimestampTz after, TimestampTz until, int max);

/* The row has changed now; unless somebody else holds it. */
extern void store_touch_user(const pg_uuid_t *id, TimestampTz now);

extern void store_mark_email_verified(const pg_uuid_t *id, TimestampTz now);

/* Another address, which is verified.  False: as store_insert_user(). */
extern bool store_change_email(const pg_uuid_t *id, const char *email, TimestampTz now);
extern void store_update_profile(const pg_uuid_t *id, const StoredProfile *profile,
								 TimestampTz now);

/*
 * Puts one password hash in the place of another.  False, without waiting: it
 * is not there any more, or somebody holds the row.
 */
extern bool store_replace_hash(const pg_uuid_t *id, const char *old_hash, const char *new_hash,
							   TimestampTz now);

#endif /* JERRY_STORE_USER_H */
