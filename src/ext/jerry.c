/*
 * jerry.c
 *		Module entry: the settings.
 */
#include "jerry.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "drop_guard.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/guc.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "jerry", .version = JERRY_VERSION);
#else
PG_MODULE_MAGIC;
#endif

#define SETTING_TEXT_MAX 255

int jerry_bcrypt_cost = 12;
int jerry_access_token_ttl = SECS_PER_DAY;
int jerry_refresh_token_ttl = 7 * SECS_PER_DAY;
int jerry_verification_ttl = SECS_PER_DAY;
char *jerry_issuer = NULL;
char *jerry_audience = NULL;
bool jerry_require_verified_email = false;
int jerry_notify_payload = NOTIFY_FULL;
double jerry_notify_queue_limit = 0.5;
int jerry_login_nice = 0;
int jerry_event_retention = 7 * SECS_PER_DAY;
bool jerry_allow_drop = false;

static const struct config_enum_entry notify_payload_options[] = {
	{ "full", NOTIFY_FULL, false },
	{ "redacted", NOTIFY_REDACTED, false },
	{ "wakeup", NOTIFY_WAKEUP, false },
	{ "none", NOTIFY_NONE, false },
	{ NULL, 0, false }
};

static bool
check_claim_text(char **newval, void **extra, GucSource source)
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

void _PG_init(void);

void
_PG_init(void)
{
	/* the server would leave every setting of ours at its default, for the rest of the session, with no more than a warning */
	if (IsInParallelMode() && !InitializingParallelWorker)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
						errmsg("library \"jerry\" cannot be loaded during a parallel operation"),
						errhint("Call jerry.version() first, in a statement of its own.")));

	/*
	 * Who: the database administrator, following the speed of the machine.
	 * Why: each step doubles the price of a guess, and of a login.
	 */
	DefineCustomIntVariable("jerry.bcrypt_cost",
							"Cost of new password hashes, the logarithm of the number of rounds.",
							NULL, &jerry_bcrypt_cost, 12, 4, 15, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator.
	 * Why: how long a service that checks only the signature goes on trusting a session that was revoked.
	 */
	DefineCustomIntVariable("jerry.access_token_ttl",
							"Lifetime of access tokens.",
							NULL, &jerry_access_token_ttl, SECS_PER_DAY, 1, 366 * SECS_PER_DAY, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);

	/*
	 * Who: the database administrator.
	 * Why: after this time a user has to log in again.
	 */
	DefineCustomIntVariable("jerry.refresh_token_ttl",
							"Lifetime of refresh tokens and sessions.",
							NULL, &jerry_refresh_token_ttl, 7 * SECS_PER_DAY, 1, 3660 * SECS_PER_DAY, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);

	/*
	 * Who: the database administrator.
	 * Why: a verification mail that lies around must not be of use for ever.
	 */
	DefineCustomIntVariable("jerry.verification_ttl",
							"Lifetime of e-mail verification tokens.",
							NULL, &jerry_verification_ttl, SECS_PER_DAY, 1, 366 * SECS_PER_DAY, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, when several issuers share a key or services check the claim.
	 * Why: set, it is claim iss of new tokens, and tokens without it are invalid (RFC 7519, 4.1.1).
	 */
	DefineCustomStringVariable("jerry.issuer",
							   "Issuer of the tokens, or empty.",
							   NULL, &jerry_issuer, "", PGC_SUSET, 0, check_claim_text, NULL, NULL);

	/*
	 * Who: the database administrator, when services check the claim.
	 * Why: set, it is claim aud of new tokens, and tokens that do not name it are invalid (RFC 7519, 4.1.3).
	 */
	DefineCustomStringVariable("jerry.audience",
							   "Audience of the tokens, or empty.",
							   NULL, &jerry_audience, "", PGC_SUSET, 0, check_claim_text, NULL, NULL);

	/*
	 * Who: the product's owner.
	 * Why: whether somebody who has not redeemed the verification token may log in.
	 */
	DefineCustomBoolVariable("jerry.require_verified_email",
							 "Refuses the login of users whose address is not verified.",
							 NULL, &jerry_require_verified_email, false, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator; production uses redacted, who prepares transactions none.
	 * Why: every role that can connect can LISTEN; and a transaction that has notified cannot be prepared.
	 */
	DefineCustomEnumVariable("jerry.notify_payload",
							 "What a notification tells: full, redacted, wakeup; or none.",
							 NULL, &jerry_notify_payload, NOTIFY_FULL, notify_payload_options, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, when other programs need more of the queue.
	 * Why: every role that can connect can fill the server's queue of notifications, and then nobody who notifies could commit.
	 */
	DefineCustomRealVariable("jerry.notify_queue_limit",
							 "Share of the server's queue of notifications that may be in use when Jerry notifies.",
							 NULL, &jerry_notify_queue_limit, 0.5, 0, 0.9, PGC_SUSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the client that keeps a connection for logins alone.
	 * Why: its bcrypt then uses every idle core and takes none from a validation.  A session can only lower its own priority.
	 */
	DefineCustomIntVariable("jerry.login_nice",
							"Scheduling priority (nice value) of a session from its first password hash on.",
							NULL, &jerry_login_nice, 0, 0, 19, PGC_USERSET, 0, NULL, NULL, NULL);

	/*
	 * Who: the database administrator.
	 * Why: how far back jerry.replay_events reaches, against the space that it takes.
	 */
	DefineCustomIntVariable("jerry.event_retention",
							"How long events are kept once every consumer has acknowledged them.",
							NULL, &jerry_event_retention, 7 * SECS_PER_DAY, 0, 3660 * SECS_PER_DAY, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);

	/*
	 * Who: the database administrator, in the session that means it.
	 * Why: DROP EXTENSION takes the users along.
	 */
	DefineCustomBoolVariable("jerry.allow_drop",
							 "Allows to drop the extension while there are users.",
							 NULL, &jerry_allow_drop, false, PGC_SUSET, 0, NULL, NULL, NULL);

	MarkGUCPrefixReserved("jerry");
	drop_guard_install();
}
