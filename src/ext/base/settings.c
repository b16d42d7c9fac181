/*
 * settings.c: see settings.h.
 *
 * The values of the table are given to the server as dynamic defaults: its
 * settings stay the one place where a value is looked up, and the one that
 * knows what wins.  They are read when a session needs a setting first, and
 * again when a change was announced through the relation cache, as for the
 * signing keys (keys.c).
 */
#include "base/settings.h"

#include "access/parallel.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

#define SETTING_TEXT_MAX 255
#define DEFINING_MAX	 (1024 * 1024) /* bytes; all settings take a tenth of it */

typedef enum SettingKind
{
	BOOLEAN,
	NUMBER,
	SECONDS,
	SHARE,
	CHOICE,
	TEXT,
	TIMES
} SettingKind;

typedef struct Setting
{
	const char *name;
	const char *says;
	SettingKind kind;
	void *value;
	double normal; /* the built-in default; of a text it is the empty one */
	double min;
	double max;
	const struct config_enum_entry *choices;
	const char *times; /* the built-in default of TIMES */
} Setting;

static const struct config_enum_entry notify_payload_choices[] = {
	{ "full", NOTIFY_FULL, false },
	{ "redacted", NOTIFY_REDACTED, false },
	{ "wakeup", NOTIFY_WAKEUP, false },
	{ "none", NOTIFY_NONE, false },
	{ NULL, 0, false }
};

static const struct config_enum_entry bcrypt_provider_choices[] = {
	{ "own", BCRYPT_PROVIDER_OWN, false },
	{ "pgcrypto", BCRYPT_PROVIDER_PGCRYPTO, false },
	{ NULL, 0, false }
};

static const struct config_enum_entry signing_algorithm_choices[] = {
	{ "HS256", SIGN_HS256, false },
	{ "ES256", SIGN_ES256, false },
	{ "EdDSA", SIGN_EDDSA, false },
	{ "RS256", SIGN_RS256, false },
	{ NULL, 0, false }
};

Settings settings_values;
char *jerry_key_file = NULL;
char *jerry_old_key_file = NULL;
int jerry_login_nice = 0;
double jerry_bcrypt_least_share = 1;
bool jerry_allow_drop = false;
bool jerry_allow_changes = false;
bool jerry_rate_limits = true;
bool jerry_defer_writes = false;

#define DAYS(n) ((n) *SECS_PER_DAY)

static const Setting list[] = {
	/*
	 * Who: the database administrator, following the speed of the machine.
	 * Why: each step doubles the price of a guess, and of a login.
	 */
	{ "jerry.bcrypt_cost", "Cost of new password hashes, the logarithm of the number of rounds.",
	  NUMBER, &settings_values.bcrypt_cost, 12, 4, 15, NULL },

	/*
	 * Who: the database administrator whose rules name the software that may
	 * hash.  Why: the hashes are the same, but pgcrypto makes one at a time.
	 */
	{ "jerry.bcrypt_provider", "Whose bcrypt makes and checks password hashes: own or pgcrypto.",
	  CHOICE, &settings_values.bcrypt_provider, BCRYPT_PROVIDER_OWN, 0, 0,
	  bcrypt_provider_choices },

	/*
	 * Who: the database administrator.  Why: how long a service that checks
	 * only the signature goes on trusting a session that was revoked.
	 */
	{ "jerry.access_token_ttl", "Lifetime of access tokens.", SECONDS,
	  &settings_values.access_token_ttl, DAYS(1), 1, DAYS(366), NULL },

	/*
	 * Who: the database administrator.
	 * Why: after this time a user has to log in again.
	 */
	{ "jerry.refresh_token_ttl", "Lifetime of refresh tokens and sessions.", SECONDS,
	  &settings_values.refresh_token_ttl, DAYS(7), 1, DAYS(3660), NULL },

	/*
	 * Who: the database administrator.  Why: a device that somebody has left
	 * must not stay logged in; but a session is in use only when it is
	 * refreshed, which a client has no need of as long as its access token is
	 * good.
	 */
	{ "jerry.session_idle_timeout", "How long a session may go without a refresh; 0: any time.",
	  SECONDS, &settings_values.session_idle_timeout, 0, 0, DAYS(3660), NULL },

	/*
	 * Who: the product's owner.  Why: how many devices one account is for, and
	 * how many sessions a password that is known to others can have.
	 */
	{ "jerry.max_sessions", "Sessions of one user at a time; 0: any number.", NUMBER,
	  &settings_values.max_sessions, 0, 0, 10000, NULL },

	/*
	 * Who: the product's owner, when every client keeps the newest refresh
	 * token.  Why: a refresh token that somebody has copied is then noticed.
	 */
	{ "jerry.rotate_refresh_tokens", "Whether each refresh answers with a new refresh token, too.",
	  BOOLEAN, &settings_values.rotate_refresh_tokens, false, 0, 0, NULL },

	/*
	 * Who: the database administrator.  Why: clients that refresh in several
	 * places at once, or lose an answer, use a refresh token more than once.
	 */
	{ "jerry.refresh_grace",
	  "How long a refresh token that was replaced gets its successor as often as it comes.",
	  SECONDS, &settings_values.refresh_grace, 60, 0, 3600, NULL },

	/*
	 * Who: the database administrator.
	 * Why: a verification mail that lies around must not be of use for ever.
	 */
	{ "jerry.verification_ttl", "Lifetime of e-mail verification tokens.", SECONDS,
	  &settings_values.verification_ttl, DAYS(1), 1, DAYS(366), NULL },

	/*
	 * Who: the database administrator.  Why: whoever reads a mail that asks for
	 * a new password takes the account, and people answer it at once.
	 */
	{ "jerry.reset_ttl", "Lifetime of password reset tokens.", SECONDS,
	  &settings_values.reset_ttl, SECS_PER_HOUR, 60, DAYS(1), NULL },

	/*
	 * Who: the product's owner.  Why: who deletes an account that is somebody
	 * else's, or by mistake, is undone by a login meanwhile.
	 */
	{ "jerry.deletion_grace", "How long a user who asks for it can take the deletion back.",
	  SECONDS, &settings_values.deletion_grace, DAYS(14), 0, DAYS(366), NULL },

	/*
	 * Who: the product's owner.  Why: an address that somebody has mistyped, or
	 * taken from somebody else, must not be taken for ever.
	 */
	{ "jerry.unverified_ttl", "How long an account lasts that is neither verified nor used.",
	  SECONDS, &settings_values.unverified_ttl, 0, 0, DAYS(3660), NULL },

	/*
	 * Who: the product's owner.  Why: people forget a mail, or lose it, and a
	 * second one brings some of them back.
	 */
	{ "jerry.reminder_after",
	  "When after a registration those are mailed again who have not verified; empty: never.",
	  TIMES, &settings_values.reminder_after, 0, 60, DAYS(7), NULL, "24h, 72h" },

	/*
	 * Who: the database administrator, when several issuers share a key or
	 * services check the claim.  Why: set, it is claim iss of new tokens, and
	 * tokens without it are invalid (RFC 7519, 4.1.1).
	 */
	{ "jerry.issuer", "Issuer of the tokens, or empty.", TEXT, &settings_values.issuer, 0, 0, 0,
	  NULL },

	/*
	 * Who: the database administrator, when services check the claim.  Why:
	 * set, it is claim aud of new tokens, and tokens that do not name it are
	 * invalid (RFC 7519, 4.1.3).
	 */
	{ "jerry.audience", "Audience of the tokens, or empty.", TEXT, &settings_values.audience, 0, 0,
	  0, NULL },

	/*
	 * Who: the product's owner.  Why: the name of a service is what people put
	 * into their passwords for it, and what somebody tries first.
	 */
	{ "jerry.service_name", "Names that no new password may contain, separated by commas.", TEXT,
	  &settings_values.service_name, 0, 0, 0, NULL },

	/*
	 * Who: the product's owner.
	 * Why: whether somebody may log in whose address is not verified.
	 */
	{ "jerry.require_verified_email", "Refuses the login of users whose address is not verified.",
	  BOOLEAN, &settings_values.require_verified_email, false, 0, 0, NULL },

	/*
	 * Who: the product's owner.  Why: who has an account is nobody's business,
	 * against a registration that can no longer say that there is one.
	 */
	{ "jerry.hide_accounts",
	  "Registration answers the same for taken addresses; their owners get an event.", BOOLEAN,
	  &settings_values.hide_accounts, false, 0, 0, NULL },

	/*
	 * Who: the product's owner.  Why: who loses a role has lost it at once,
	 * against a look at the tables with each validation.
	 */
	{ "jerry.live_roles", "Whether roles count as they are now, and not as the token says.",
	  BOOLEAN, &settings_values.live_roles, false, 0, 0, NULL },

	/*
	 * Who: the product's owner, who has a mailer.  Why: whoever reads a user's
	 * mail is then let in without a password.
	 */
	{ "jerry.code_login", "Whether users can log in with a code that is mailed to them.", BOOLEAN,
	  &settings_values.code_login, false, 0, 0, NULL },

	/*
	 * Who: the product's owner.  Why: whoever reads the mail of any address has
	 * an account then, and nobody chooses a password.
	 */
	{ "jerry.code_registration", "Whether such a code makes an account for a new address.",
	  BOOLEAN, &settings_values.code_registration, false, 0, 0, NULL },

	/*
	 * Who: the product's owner, who has a notice of another kind.  Why: the
	 * owner of a password learns that somebody else has it, too.
	 */
	{ "jerry.new_device_notice", "Whether users are told of logins on new devices, by an event.",
	  BOOLEAN, &settings_values.new_device_notice, true, 0, 0, NULL },

	/*
	 * Who: the database administrator; production uses redacted.
	 * Why: every role that can connect can LISTEN.
	 */
	{ "jerry.notify_payload", "What a notification contains: full, redacted, wakeup; or none.",
	  CHOICE, &settings_values.notify_payload, NOTIFY_FULL, 0, 0, notify_payload_choices },

	/*
	 * Who: the database administrator, when other programs need more of the
	 * queue.  Why: every role that can connect can fill the server's queue of
	 * notifications, and then nobody who notifies could commit.
	 */
	{ "jerry.notify_queue_limit",
	  "Share of the server's notification queue that may be in use when Jerry notifies.", SHARE,
	  &settings_values.notify_queue_limit, 0.5, 0, 0.9, NULL },

	/*
	 * Who: the database administrator.  Why: how far back jerry.replay_events
	 * reaches, against the space it takes.
	 */
	{ "jerry.event_retention",
	  "How long events are kept once every consumer has acknowledged them.", SECONDS,
	  &settings_values.event_retention, DAYS(7), 0, DAYS(3660), NULL },

	/*
	 * Who: a developer, for endpoints on the own machine.  Why: everybody on
	 * the way reads what is sent without TLS, and can answer.
	 */
	{ "jerry.webhook_insecure", "Whether the url of a webhook may be http, not https.", BOOLEAN,
	  &settings_values.webhook_insecure, false, 0, 0, NULL },

	/*
	 * Who: the database administrator, as the law wants it.  Why: what is on
	 * record is personal data, and answers questions that come late.  The
	 * partition of a month is used again after 23 others.
	 */
	{ "jerry.audit_retention",
	  "How long what is on record is kept, a month at a time; 0 for ever.", SECONDS,
	  &settings_values.audit_retention, DAYS(400), 0, DAYS(690), NULL },

	/*
	 * Who: the database administrator.  Why: with another than HS256 a service
	 * can check access tokens by itself, and cannot make any.
	 */
	{ "jerry.signing_algorithm",
	  "Algorithm of the next signing key: HS256, ES256, EdDSA or RS256; see jerry.rotate_key().",
	  CHOICE, &settings_values.signing_algorithm, SIGN_HS256, 0, 0, signing_algorithm_choices },

	/*
	 * Who: the database administrator.
	 * Why: how long a key that nobody knows to be stolen is of use.
	 */
	{ "jerry.key_rotation_interval",
	  "Age at which a signing key that Jerry made is replaced, or 0 for never.", SECONDS,
	  &settings_values.key_rotation_interval, 0, 0, DAYS(3660), NULL },

	/*
	 * Who: the database administrator, who knows how long services keep the
	 * key set.  Why: one that signs before they have it makes tokens that they
	 * refuse.
	 */
	{ "jerry.key_publish_time", "How long a new key is published before it signs.", SECONDS,
	  &settings_values.key_publish_time, DAYS(1), 0, DAYS(366), NULL },

	/*
	 * Who: the database administrator, when tokens live longer than the
	 * settings say: a lifetime was lowered, jerry.create_access_token() was
	 * given one.
	 */
	{ "jerry.key_grace",
	  "How long a replaced key goes on verifying once its tokens have expired.", SECONDS,
	  &settings_values.key_grace, DAYS(1), 0, DAYS(3660), NULL },
};

/* The session has a value of the table for it. */
static bool is_stored[lengthof(list)];

/*
 * What is read is right as long as no change was announced since before, and
 * postgresql.conf was not read again.
 */
uint64 settings_changes = 1;
uint64 settings_changes_read = 0;
TimestampTz settings_reload_read = 0;
static Oid relation = InvalidOid;
static SettingsReader read_table = NULL;

/* The server asks this before it takes a text. */
static bool
check_text(char **newval, void **extra, GucSource source)
{
	if (strlen(*newval) > SETTING_TEXT_MAX)
	{
		GUC_check_errdetail("The value is longer than %d bytes.", SETTING_TEXT_MAX);
		return false;
	}
	if (!pg_verify_mbstr(PG_UTF8, *newval, strlen(*newval), true))
	{
		GUC_check_errdetail("The value is not UTF-8.");
		return false;
	}
	return true;
}

int
setting_times(const char *text, int times[SETTING_TIMES_MAX])
{
	int n = 0;

	while (*text != '\0')
	{
		size_t length = strcspn(text, ",");
		char *time = pnstrdup(text, length);
		bool valid = n < SETTING_TIMES_MAX && parse_int(time, &times[n], GUC_UNIT_S, NULL) &&
					 times[n] >= 60 && times[n] <= DAYS(7) && (n == 0 || times[n] > times[n - 1]);

		pfree(time);
		text += length;
		/* A comma is between two. */
		if (!valid || (*text == ',' && text[1] == '\0'))
			return -1;
		text += *text == ',';
		n++;
	}
	return n;
}

/* Likewise, before it takes times. */
static bool
check_times(char **newval, void **extra, GucSource source)
{
	int times[SETTING_TIMES_MAX];

	if (!check_text(newval, extra, source))
		return false;
	if (setting_times(*newval, times) >= 0)
		return true;
	GUC_check_errdetail("The value must be at most %d times from a minute to seven days,"
						" each later than the one before, with commas between them.",
						SETTING_TIMES_MAX);
	return false;
}

/* Makes a setting of the server. */
static void
define(const Setting *s)
{
	switch (s->kind)
	{
		case BOOLEAN:
			DefineCustomBoolVariable(s->name, s->says, NULL, s->value, s->normal, PGC_SUSET, 0,
									 NULL, NULL, NULL);
			break;
		case NUMBER:
		case SECONDS:
			DefineCustomIntVariable(s->name, s->says, NULL, s->value, s->normal, s->min, s->max,
									PGC_SUSET, s->kind == SECONDS ? GUC_UNIT_S : 0, NULL, NULL,
									NULL);
			break;
		case SHARE:
			DefineCustomRealVariable(s->name, s->says, NULL, s->value, s->normal, s->min, s->max,
									 PGC_SUSET, 0, NULL, NULL, NULL);
			break;
		case CHOICE:
			DefineCustomEnumVariable(s->name, s->says, NULL, s->value, s->normal, s->choices,
									 PGC_SUSET, 0, NULL, NULL, NULL);
			break;
		case TEXT:
			DefineCustomStringVariable(s->name, s->says, NULL, s->value, "", PGC_SUSET, 0,
									   check_text, NULL, NULL);
			break;
		case TIMES:
			DefineCustomStringVariable(s->name, s->says, NULL, s->value, s->times, PGC_SUSET, 0,
									   check_times, NULL, NULL);
			break;
	}
}

/* Must it come from postgresql.conf or the command line, whoever is asking? */
static bool
is_of_server(const char *name)
{
	return strcmp(name, "jerry.key_file") == 0 || strcmp(name, "jerry.old_key_file") == 0;
}

/*
 * Until the library is loaded anybody may give a setting of ours any value, in
 * the options of a connection too.  The server then refuses it, with a warning,
 * and with it what postgresql.conf, the database or the role say: a client
 * could take back what the operator has set.
 */
static void
require_values_of_operator(void)
{
#if PG_VERSION_NUM >= 160000
	int n;
	struct config_generic **all = get_guc_variables(&n);
#else
	int n = GetNumConfigOptions();
	struct config_generic **all = get_guc_variables();
#endif

	for (int i = 0; i < n; i++)
	{
		const char *name = all[i]->name;
		GucSource source = all[i]->reset_source;

		if (is_of_server(name) && source > PGC_S_ARGV)
			ereport(ERROR,
					(errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
					 errmsg("parameter \"%s\" cannot be set for a role, a database or a session",
							name),
					 errhint("It belongs into postgresql.conf; or use ALTER SYSTEM.")));
		if (setting_by_name(name) >= 0 && source == PGC_S_CLIENT &&
			pg_parameter_aclcheck(name, all[i]->reset_srole, ACL_SET) != ACLCHECK_OK)
			ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
							errmsg("permission denied to set parameter \"%s\"", name),
							errhint("Connect without it among the options of the connection.")));
	}
}

/*
 * The server allows each setting to be defined once.  If memory ran out on the
 * way, the next attempt to load the library would fail at the first one, and so
 * would all that follow: so it runs out now or not at all.
 */
static void
require_memory(void)
{
	/* A compiler may leave out memory that nobody looks at. */
	void *volatile room = malloc(DEFINING_MAX);

	if (room == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	free(room);
}

void
settings_define(SettingsReader reader)
{
	require_values_of_operator();
	require_memory();
	read_table = reader;
	for (int i = 0; i < lengthof(list); i++)
	{
		/*
		 * The server takes a variable whose value is not its default for a
		 * mistake.
		 */
		if (list[i].kind == BOOLEAN)
			*(bool *) list[i].value = list[i].normal;
		else if (list[i].kind == SHARE)
			*(double *) list[i].value = list[i].normal;
		else if (list[i].kind != TEXT && list[i].kind != TIMES)
			*(int *) list[i].value = list[i].normal;
		define(&list[i]);
	}

	/*
	 * Who: the owner of the machine.  Why: whoever has a dump, and not this
	 * file, cannot sign.  Not for a session: all have to use the same one.
	 */
	DefineCustomStringVariable("jerry.key_file",
							   "File of 32 bytes that seals the secrets in the database, or empty.",
							   NULL, &jerry_key_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);

	/*
	 * Who: the owner of the machine, until jerry.seal_secrets() has converted
	 * all.  Why: tokens stay valid meanwhile.
	 */
	DefineCustomStringVariable("jerry.old_key_file",
							   "File that secrets are still sealed with, or empty.",
							   NULL, &jerry_old_key_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);

	/*
	 * Who: the client that keeps a connection for logins alone.  Why: its
	 * bcrypt then uses every idle core and leaves a busy one to validations.
	 * Not for every session: while it sleeps, it holds what locks and snapshots
	 * its transaction has.  A session can only slow itself down by it.
	 */
	DefineCustomRealVariable("jerry.bcrypt_least_share",
							 "Least share of a busy processor that four password hashes of Jerry's"
							 " own bcrypt take together; 1: what they get.",
							 NULL, &jerry_bcrypt_least_share, 1, 0.01, 1, PGC_USERSET, 0, NULL,
							 NULL, NULL);

	/*
	 * Who: the same client.  Why: pgcrypto's bcrypt has no pace, but may step
	 * behind.  A session can only lower its own priority.
	 */
	DefineCustomIntVariable("jerry.login_nice",
							"Scheduling priority (nice value) of a session from its first password"
							" hash by pgcrypto on.",
							NULL, &jerry_login_nice, 0, 0, 19, PGC_USERSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the client that keeps a connection for reads alone.  Why: nobody
	 * else on it is to wait for a commit or for a hook.
	 */
	DefineCustomBoolVariable("jerry.defer_writes",
							 "Whether a refresh that would rotate, or run hooks, answers NULL"
							 " instead.",
							 NULL, &jerry_defer_writes, false, PGC_USERSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, in the session that means it.
	 * Why: DROP EXTENSION takes the users along.
	 */
	DefineCustomBoolVariable("jerry.allow_drop",
							 "Allows dropping the extension while it holds users.",
							 NULL, &jerry_allow_drop, false, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, in the session that means it.
	 * Why: a dump lacks what is changed in an extension's tables.
	 */
	DefineCustomBoolVariable("jerry.allow_changes",
							 "Allows changing the definition of Jerry's tables.",
							 NULL, &jerry_allow_changes, false, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, for a load test or a server of tests.
	 * Why: what hammers on purpose comes from one address.  Single limits are
	 * for jerry.set_limit().
	 */
	DefineCustomBoolVariable("jerry.rate_limits",
							 "Whether there are any limits of guesses and floods.", NULL,
							 &jerry_rate_limits, true, PGC_SUSET, 0, NULL, NULL, NULL);

	MarkGUCPrefixReserved("jerry");
}

/* The built-in default as the server reads it. */
static const char *
default_text(const Setting *s)
{
	switch (s->kind)
	{
		case BOOLEAN:
			return s->normal ? "on" : "off";
		case NUMBER:
		case SECONDS:
			return psprintf("%d", (int) s->normal);
		case SHARE:
			return psprintf("%g", s->normal);
		case CHOICE:
			for (const struct config_enum_entry *choice = s->choices; choice->name != NULL;
				 choice++)
				if (choice->val == s->normal)
					return choice->name;
			break;
		case TEXT:
			break;
		case TIMES:
			return s->times;
	}
	return "";
}

/*
 * Not transactional, as every default: with an abort comes another
 * announcement.  The action is the one that a parallel query allows; a default
 * is not saved anywhere.  false, and a message of the given level: the value is
 * not valid.
 */
static bool
set_default(const Setting *s, const char *value, bool really, int level)
{
	return set_config_option(s->name, value, PGC_SUSET, PGC_S_DYNAMIC_DEFAULT, GUC_ACTION_SAVE,
							 really, level, false) != 0;
}

/* The server announces that a relation has changed. */
static void
announced(Datum arg, Oid which)
{
	/* An installation of 1.1.0 has no such table, until it is updated. */
	if (which == relation || !OidIsValid(which) || !OidIsValid(relation))
		settings_changes++;
}

void
settings_load(void)
{
	static bool registered = false;
	uint64 changes;
	TimestampTz reload = PgReloadTime;
	StoredSettings stored;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(announced, (Datum) 0);
		registered = true;
	}
	/*
	 * A parallel worker was given the leader's values, which the leader may
	 * have read before a change that is seen here.
	 */
	if (settings_changes_read == 0 && IsParallelWorker())
		memset(is_stored, true, sizeof(is_stored));
	/* One that is announced while the table is read is not among those read. */
	changes = settings_changes;
	stored = read_table();
	relation = stored.relation;
	for (int i = 0; i < lengthof(list); i++)
	{
		const char *value = NULL;

		for (int k = 0; k < stored.n; k++)
			if (strcmp(stored.settings[k].name, list[i].name) == 0)
				value = stored.settings[k].value;
		/*
		 * One that came by another way than jerry.configure() and is not valid
		 * is told of, here and by jerry.doctor().
		 */
		if (value != NULL && !set_default(&list[i], value, true, WARNING))
			value = NULL;
		if (value == NULL && is_stored[i])
			set_default(&list[i], default_text(&list[i]), true, ERROR);
		is_stored[i] = value != NULL;
	}
	settings_changes_read = changes;
	settings_reload_read = reload;
}

int
setting_by_name(const char *name)
{
	for (int i = 0; i < lengthof(list); i++)
		if (strcmp(list[i].name, name) == 0)
			return i;
	return -1;
}

const char *
setting_name(int n)
{
	return n < lengthof(list) ? list[n].name : NULL;
}

bool
setting_is_stored(int n)
{
	return is_stored[n];
}

/*
 * Says of a value that is refused what it may be, where the server does not.
 */
static void
hint_at_values(void *arg)
{
	const Setting *s = arg;

	switch (s->kind)
	{
		case BOOLEAN:
			errhint("It is on or off.");
			break;
		case NUMBER:
			errhint("It is a whole number from %d to %d.", (int) s->min, (int) s->max);
			break;
		case SECONDS:
			errhint("It is a time from %d to %d seconds, as in 90, 15min, 12h or 7d.",
					(int) s->min, (int) s->max);
			break;
		case SHARE:
			errhint("It is a number from %g to %g.", s->min, s->max);
			break;
		case CHOICE:
		case TEXT:
		case TIMES:
			break;
	}
}

void
setting_check(int n, const char *value)
{
	ErrorContextCallback hint = { .previous = error_context_stack,
								  .callback = hint_at_values,
								  .arg = unconstify(Setting *, &list[n]) };

	error_context_stack = &hint;
	set_default(&list[n], value, false, ERROR);
	error_context_stack = hint.previous;
}
