/*
 * limit.c: see limit.h.
 */
#include "domain/limit.h"

#include <sys/socket.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "base/settings.h"
#include "base/uuid.h"
#include "domain/installation_secret.h"
#include "lib/stringinfo.h"
#include "store/owner.h"
#include "utils/inet.h"

#define PER_NETWORK			"network"
#define PER_ACCOUNT			"account"
#define PER_ACCOUNT_NETWORK "account and network"
#define PER_DEVICE			"known device"
#define PER_SESSION			"session"

#define WIDE_FACTOR 10 /* how much more a /48 may use than one /64 in it */

/* docs/CONFIGURATION.md says what each of them is for. */
static const LimitFigures defaults[LIMIT_COUNT] = {
	[LIMIT_LOGIN_NETWORK] = { "login_network", PER_NETWORK, 30, SECS_PER_MINUTE, 30 },
	[LIMIT_LOGIN_ACCOUNT_NETWORK] = { "login_account_network", PER_ACCOUNT_NETWORK, 10,
									  15 * SECS_PER_MINUTE, 5 },
	[LIMIT_LOGIN_ACCOUNT] = { "login_account", PER_ACCOUNT, 100, SECS_PER_DAY, 50 },
	[LIMIT_LOGIN_DEVICE] = { "login_device", PER_DEVICE, 10, 15 * SECS_PER_MINUTE, 5 },
	[LIMIT_LOCKOUT_EVENT] = { "lockout_event", PER_ACCOUNT, 1, SECS_PER_DAY, 1 },
	[LIMIT_REGISTER_NETWORK] = { "register_network", PER_NETWORK, 10, SECS_PER_HOUR, 10 },
	[LIMIT_MAIL_NETWORK] = { "mail_network", PER_NETWORK, 30, SECS_PER_HOUR, 10 },
	[LIMIT_MAIL_ACCOUNT] = { "mail_account", PER_ACCOUNT, 10, SECS_PER_DAY, 5 },
	[LIMIT_MAIL_PAUSE] = { "mail_pause", PER_ACCOUNT, 1, SECS_PER_MINUTE, 1 },
	[LIMIT_MAIL_TOKEN_NETWORK] = { "mail_token_network", PER_NETWORK, 30, SECS_PER_MINUTE, 30 },
	[LIMIT_TOKEN_NETWORK] = { "token_network", PER_NETWORK, 60, SECS_PER_MINUTE, 60 },
	[LIMIT_REFRESH_SESSION] = { "refresh_session", PER_SESSION, 60, SECS_PER_MINUTE, 30 },
	[LIMIT_PROFILE_ACCOUNT] = { "profile_account", PER_ACCOUNT, 60, SECS_PER_HOUR, 30 },
	[LIMIT_SECOND_FACTOR_ACCOUNT] = { "second_factor_account", PER_ACCOUNT, 100, SECS_PER_DAY, 20 },
	[LIMIT_SECOND_FACTOR_ACCOUNT_NETWORK] = { "second_factor_account_network",
											  PER_ACCOUNT_NETWORK, 10, 15 * SECS_PER_MINUTE, 5 },
	[LIMIT_SECOND_FACTOR_DEVICE] = { "second_factor_device", PER_DEVICE, 50, SECS_PER_DAY, 10 },
	[LIMIT_SECOND_FACTOR_EVENT] = { "second_factor_event", PER_ACCOUNT, 1, SECS_PER_DAY, 1 },
};

/*
 * Kinds of owners, as the first byte of what is authenticated: what belongs to
 * one of them never is what belongs to another.
 */
typedef enum OwnerKind
{
	OWNER_ACCOUNT = 'a',
	OWNER_NETWORK = 'n',
	OWNER_DEVICE = 'd',
	OWNER_SESSION = 's',
	OWNER_BUCKET = 'b',
	OWNER_PAUSE = 'p'
} OwnerKind;

int
limit_by_name(const char *name)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (strcmp(defaults[i].name, name) == 0)
			return i;
	return -1;
}

void
limit_figures(LimitFigures figures[LIMIT_COUNT])
{
	StoredLimits stored = store_load_limits();

	memcpy(figures, defaults, sizeof(defaults));
	for (int i = 0; i < LIMIT_COUNT; i++)
		figures[i].is_default = true;
	for (int i = 0; i < stored.n; i++)
	{
		int which = limit_by_name(stored.limits[i].name);

		/* One that only a newer version knows; jerry.doctor() tells. */
		if (which < 0)
			continue;
		figures[which].quantity = stored.limits[i].quantity;
		figures[which].seconds = stored.limits[i].seconds;
		figures[which].burst = stored.limits[i].burst;
		figures[which].changed_at = stored.limits[i].changed_at;
		figures[which].is_default = false;
	}
}

void
limits_begin(Limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->off = !jerry_rate_limits || RecoveryInProgress() || XactReadOnly ||
				  IsInParallelMode() || !store_knows_limits();
	if (limits->off)
		return;
	limit_figures(limits->figures);
	limits->secret = installation_secret();
}

Limits
limits_of_same_call(const Limits *limits)
{
	Limits others = *limits;

	others.n = 0;
	others.refused = NULL;
	return others;
}

/* The name under which somebody is known here. */
static pg_uuid_t
pseudonym(HmacKey *secret, OwnerKind kind, const char *data, int length)
{
	StringInfoData named;
	uint8 mac[SHA256_LENGTH];

	initStringInfo(&named);
	appendStringInfoChar(&named, kind);
	appendBinaryStringInfo(&named, data, length);
	hmac_sha256(secret, named.data, named.len, mac);
	pfree(named.data);
	return uuid_of_bytes(mac);
}

/* As addresses are compared: only ASCII has upper case. */
static pg_uuid_t
account_pseudonym(HmacKey *secret, const char *email)
{
	char *folded = pstrdup(email);

	for (char *p = folded; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return pseudonym(secret, OWNER_ACCOUNT, folded, strlen(folded));
}

/* The bytes of an address by which networks are told apart. */
typedef struct Network
{
	const uint8 *bytes;
	int length;
	bool is_ipv6;
} Network;

/* An IPv4 address that was written as one of IPv6 is one of IPv4. */
static Network
network_of(Datum ip)
{
	static const uint8 mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	inet *address = DatumGetInetPP(ip);
	const uint8 *bytes = ip_addr(address);

	if (ip_family(address) == PGSQL_AF_INET)
		return (Network){ bytes, 4, false };
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return (Network){ bytes + sizeof(mapped), 4, false };
	return (Network){ bytes, 8, true };
}

/* Its /48. */
static Network
wider(Network network)
{
	return (Network){ network.bytes, 6, true };
}

static pg_uuid_t
network_pseudonym(HmacKey *secret, Network network)
{
	return pseudonym(secret, OWNER_NETWORK, (const char *) network.bytes, network.length);
}

bool
limit_network_id(const Client *client, pg_uuid_t *id)
{
	if (client->ip != 0)
		*id = network_pseudonym(installation_secret(), network_of(client->ip));
	return client->ip != 0;
}

/* A use of a limit by who is in the bucket already. */
static void
add_use(Limits *limits, LimitName limit, int factor, StoredBucket bucket)
{
	const LimitFigures *figures = &limits->figures[limit];
	LimitUse *use = &limits->uses[limits->n];
	struct
	{
		int32 limit;
		pg_uuid_t account;
		pg_uuid_t network;
	} whose = { limit, bucket.account, bucket.network };

	if (figures->quantity == 0)
		return;
	Assert(limits->n < LIMIT_USES_MAX);
	bucket.id = pseudonym(limits->secret, OWNER_BUCKET, (const char *) &whose, sizeof(whose));
	use->limit = limit;
	use->factor = factor;
	use->bucket = bucket;
	use->step = Max(figures->seconds * USECS_PER_SEC / figures->quantity / factor, 1);
	use->room = use->step * figures->burst * factor;
	limits->n++;
}

void
limit_add_account(Limits *limits, LimitName limit, const char *email)
{
	StoredBucket bucket = { .has_account = true };

	if (limits->off)
		return;
	bucket.account = account_pseudonym(limits->secret, email);
	add_use(limits, limit, 1, bucket);
}

void
limit_add_network(Limits *limits, LimitName limit, const Client *client)
{
	StoredBucket bucket = { .has_network = true };
	Network network;

	if (limits->off || client->ip == 0)
		return;
	network = network_of(client->ip);
	bucket.network = network_pseudonym(limits->secret, network);
	add_use(limits, limit, 1, bucket);
	if (!network.is_ipv6)
		return;
	bucket.network = network_pseudonym(limits->secret, wider(network));
	add_use(limits, limit, WIDE_FACTOR, bucket);
}

void
limit_add_account_network(Limits *limits, LimitName limit, const char *email, const Client *client)
{
	StoredBucket bucket = { .has_account = true, .has_network = true };

	if (limits->off || client->ip == 0)
		return;
	bucket.account = account_pseudonym(limits->secret, email);
	bucket.network = network_pseudonym(limits->secret, network_of(client->ip));
	add_use(limits, limit, 1, bucket);
}

/*
 * By a device or a session of an account; it is forgotten with the account, and
 * has no network.
 */
static void
add_part_of_account(Limits *limits, LimitName limit, const char *email, OwnerKind kind,
					const pg_uuid_t *id)
{
	StoredBucket bucket = { .has_account = true };

	if (limits->off)
		return;
	bucket.account = account_pseudonym(limits->secret, email);
	bucket.network = pseudonym(limits->secret, kind, (const char *) id->data, UUID_LEN);
	add_use(limits, limit, 1, bucket);
}

void
limit_add_device(Limits *limits, LimitName limit, const char *email, const pg_uuid_t *device)
{
	add_part_of_account(limits, limit, email, OWNER_DEVICE, device);
}

void
limit_add_session(Limits *limits, LimitName limit, const char *email, const pg_uuid_t *session)
{
	add_part_of_account(limits, limit, email, OWNER_SESSION, session);
}

/*
 * What was used and not allowed is made up for, up to as much again as is
 * allowed.
 */
static TimestampTz
most(const LimitUse *use, TimestampTz now)
{
	return now + 2 * use->room;
}

/*
 * More than that, and what clocks may differ by: it was written before somebody
 * set the clock back, and is forgotten.
 */
static TimestampTz
believable(const LimitUse *use, TimestampTz now)
{
	return now + 3 * use->room;
}

/* One that is used up: the one to wait for longest is told. */
static void
refuse(Limits *limits, const LimitUse *use, TimestampTz now)
{
	int64 wait = Min(use->full_until, most(use, now)) + use->step - (now + use->room);
	int seconds = Max((wait + USECS_PER_SEC - 1) / USECS_PER_SEC, 1);

	if (limits->refused != NULL && limits->retry_after >= seconds)
		return;
	limits->refused = use;
	limits->retry_after = seconds;
}

bool
limits_allow(Limits *limits)
{
	TimestampTz now = jerry_now();

	limits->refused = NULL;
	for (int i = 0; i < limits->n; i++)
	{
		LimitUse *use = &limits->uses[i];

		if (store_find_bucket(&use->bucket.id, &use->full_until) &&
			use->full_until <= believable(use, now) &&
			use->full_until + use->step > now + use->room)
			refuse(limits, use, now);
	}
	return limits->refused == NULL;
}

Datum
limits_refusal(const Limits *limits)
{
	const LimitUse *use = limits->refused;
	const LimitFigures *figures = &limits->figures[use->limit];

	return answer_limited(limits->retry_after, figures->name, figures->quantity * use->factor,
						  figures->seconds);
}

bool
limit_allows_network(Limits *limits, LimitName limit, const Client *client)
{
	limits_begin(limits);
	limit_add_network(limits, limit, client);
	return limits_allow(limits);
}

bool
limits_are_rested(const Limits *limits, TimestampTz since)
{
	TimestampTz now = jerry_now();

	for (int i = 0; i < limits->n; i++)
		if (since + limits->uses[i].room > now)
			return false;
	return true;
}

bool
limits_take(Limits *limits)
{
	TimestampTz now;

	if (!limits_allow(limits))
		return false;
	now = jerry_now();
	for (int i = 0; i < limits->n; i++)
	{
		LimitUse *use = &limits->uses[i];

		if (!store_use_bucket(&use->bucket, now, use->step, now + use->room, most(use, now),
							  believable(use, now), &use->full_until))
		{
			/* Somebody else took the last of it in between. */
			if (!store_find_bucket(&use->bucket.id, &use->full_until))
				use->full_until = now + use->room;
			refuse(limits, use, now);
			return false;
		}
	}
	return true;
}

bool
limits_take_as_owner(Limits *limits)
{
	Owner owner;
	bool taken;

	if (limits->n == 0)
		return true;
	owner_become(&owner, "rate_bucket");
	taken = limits_take(limits);
	owner_end(&owner);
	return taken;
}

void
limits_charge(Limits *limits)
{
	TimestampTz now = jerry_now();

	for (int i = 0; i < limits->n; i++)
	{
		LimitUse *use = &limits->uses[i];

		(void) store_use_bucket(&use->bucket, now, use->step, DT_NOEND, most(use, now),
								believable(use, now), &use->full_until);
	}
}

int64
limits_overrun(const Limits *limits)
{
	const LimitUse *use = &limits->uses[0];
	int64 beyond;

	if (limits->n == 0)
		return 0;
	beyond = use->full_until + use->step - (jerry_now() + use->room);
	return beyond <= 0 ? 0 : (beyond + use->step - 1) / use->step;
}

/* What a pause of an address is stored as. */
static StoredBucket
pause_bucket(const Limits *limits, const char *email)
{
	StoredBucket bucket = { .has_account = true };

	bucket.account = account_pseudonym(limits->secret, email);
	bucket.id =
		pseudonym(limits->secret, OWNER_PAUSE, (const char *) bucket.account.data, UUID_LEN);
	return bucket;
}

int
limit_pause_left(const Limits *limits, const char *email, int max)
{
	StoredBucket bucket;
	TimestampTz until;
	int64 left;

	if (limits->off)
		return 0;
	bucket = pause_bucket(limits, email);
	if (!store_find_bucket(&bucket.id, &until))
		return 0;
	left = until - jerry_now();
	/* As for other limits: it began before somebody set the clock back. */
	if (left > 2 * max * USECS_PER_SEC)
		return 0;
	return left <= 0 ? 0 : Min((left + USECS_PER_SEC - 1) / USECS_PER_SEC, max);
}

void
limit_pause(const Limits *limits, const char *email, int seconds)
{
	TimestampTz now = jerry_now();
	TimestampTz until = jerry_after(now, seconds);
	StoredBucket bucket;

	if (limits->off)
		return;
	bucket = pause_bucket(limits, email);
	(void) store_use_bucket(&bucket, now, until - now, DT_NOEND, until, DT_NOEND, &until);
}

int64
limit_forget(const char *email, Datum ip)
{
	HmacKey *secret = installation_secret();
	pg_uuid_t account;
	pg_uuid_t networks[2];
	int64 n;

	if (email != NULL)
		account = account_pseudonym(secret, email);
	if (ip != 0)
	{
		Network network = network_of(ip);

		networks[0] = network_pseudonym(secret, network);
		networks[1] = network_pseudonym(secret, wider(network));
	}
	n = store_delete_buckets_of(email == NULL ? NULL : &account, ip == 0 ? NULL : &networks[0]);
	if (ip != 0)
		n += store_delete_buckets_of(NULL, &networks[1]);
	return n;
}
