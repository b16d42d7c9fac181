/*
 * settings.h: what an installation has set: its values, from wherever they
 * come.
 *
 * Table jerry.setting keeps what jerry.configure() was told, so that a dump has
 * it.  Its values are the defaults of the server's settings jerry.*: what an
 * operator sets in the server's own ways (postgresql.conf, ALTER DATABASE or
 * ROLE, SET) wins.  A change counts from the next call on in every session, on
 * standbys too.
 */
#ifndef JERRY_SETTINGS_H
#define JERRY_SETTINGS_H

#include "base/jerry.h"

#include "utils/inval.h"

typedef enum NotifyPayload
{
	NOTIFY_FULL,	 /* the event and its id */
	NOTIFY_REDACTED, /* no token, address or IP */
	NOTIFY_WAKEUP,	 /* id and type */
	NOTIFY_NONE		 /* there is none: the outbox has it */
} NotifyPayload;

typedef enum BcryptProvider
{
	BCRYPT_PROVIDER_OWN,
	BCRYPT_PROVIDER_PGCRYPTO
} BcryptProvider;

typedef enum SigningAlgorithm
{
	SIGN_HS256,
	SIGN_ES256,
	SIGN_EDDSA,
	SIGN_RS256
} SigningAlgorithm;

/* Documented where they are defined, in settings.c. */
typedef struct Settings
{
	int bcrypt_cost;
	int bcrypt_provider;
	int access_token_ttl; /* seconds, as every time here */
	int refresh_token_ttl;
	int session_idle_timeout;
	int max_sessions;
	bool rotate_refresh_tokens;
	int refresh_grace;
	int verification_ttl;
	int reset_ttl;
	int deletion_grace;
	int unverified_ttl;
	char *reminder_after; /* setting_times() */
	char *issuer;
	char *audience;
	char *service_name;
	bool require_verified_email;
	bool hide_accounts;
	bool code_login;
	bool code_registration;
	bool new_device_notice;
	bool live_roles;
	int notify_payload;
	double notify_queue_limit;
	int event_retention;
	bool webhook_insecure;
	int audit_retention; /* 0: for ever */
	int signing_algorithm;
	int key_rotation_interval; /* 0: never by time */
	int key_publish_time;
	int key_grace;
} Settings;

/* Those of the server alone, paths or empty; key_file.h reads the files. */
extern char *jerry_key_file;
extern char *jerry_old_key_file;

/* Those of a session alone, never in the table. */
extern int jerry_login_nice;
extern double jerry_bcrypt_least_share;
extern bool jerry_allow_drop;
extern bool jerry_allow_changes;
extern bool jerry_rate_limits;
extern bool jerry_defer_writes;

typedef struct StoredSetting
{
	char *name;
	char *value;
} StoredSetting;

/*
 * What table jerry.setting has; relation is InvalidOid where it is not there.
 */
typedef struct StoredSettings
{
	Oid relation;
	StoredSetting *settings;
	int n;
	int room;
} StoredSettings;

/* Who reads that table; this file knows no SQL. */
typedef StoredSettings (*SettingsReader)(void);

/* Once, when the library is loaded. */
extern void settings_define(SettingsReader reader);

/*
 * For jerry.configure() and jerry.configuration(): settings by number, from 0.
 * By a name that is none: -1; the name of a number that is none: NULL.  stored:
 * the session has a value of the table for it.
 */
extern int setting_by_name(const char *name);
extern const char *setting_name(int n);
extern bool setting_is_stored(int n);

/* An error of the server when a value is not valid. */
extern void setting_check(int n, const char *value);

/* For settings() below, which alone reads them. */
extern Settings settings_values;
extern uint64 settings_changes;
extern uint64 settings_changes_read;
extern TimestampTz settings_reload_read;
extern void settings_load(void);

/*
 * The settings as they are now.  A text of them lives until the next call.
 */
static inline const Settings *
settings(void)
{
	AcceptInvalidationMessages();
	/*
	 * After a reload of postgresql.conf a setting that is no longer in there
	 * has its built-in default.
	 */
	if (unlikely(settings_changes_read != settings_changes || settings_reload_read != PgReloadTime))
		settings_load();
	return &settings_values;
}

#define SETTING_TIMES_MAX 8

/*
 * The times of such a setting, in seconds, each later than the one before;
 * returns how many.  -1: the text is not valid, as no setting is.
 */
extern int setting_times(const char *text, int times[SETTING_TIMES_MAX]);

#endif /* JERRY_SETTINGS_H */
