/*
 * limit.h: how often somebody may do something: one mechanism for all limits.
 *
 * A limit says "quantity in so many seconds, and burst at once after a time of
 * rest", by GCRA (ITU-T I.371): a bucket is full until some time, each use
 * moves that time by seconds / quantity, and burst such steps may lie between
 * now and it.  Whose bucket it is follows from what the caller typed and where
 * he is, never from what is stored: whether an account exists does not show,
 * but to who has a device that is known there.
 *
 * All of it counts for every session, sidecar and user of SQL at once.  Nothing
 * is limited where nothing can be written: on a standby, in a read-only
 * transaction, in a parallel query.
 */
#ifndef JERRY_LIMIT_H
#define JERRY_LIMIT_H

#include "base/bytes.h"
#include "base/client.h"
#include "base/envelope.h"
#include "store/limit.h"

/* limit.c has their names and figures. */
typedef enum LimitName
{
	LIMIT_LOGIN_NETWORK,
	LIMIT_LOGIN_ACCOUNT_NETWORK,
	LIMIT_LOGIN_ACCOUNT,
	LIMIT_LOGIN_DEVICE,
	LIMIT_LOCKOUT_EVENT,
	LIMIT_REGISTER_NETWORK,
	LIMIT_MAIL_NETWORK,
	LIMIT_MAIL_ACCOUNT,
	LIMIT_MAIL_PAUSE,
	LIMIT_MAIL_TOKEN_NETWORK,
	LIMIT_TOKEN_NETWORK,
	LIMIT_REFRESH_SESSION,
	LIMIT_PROFILE_ACCOUNT,
	LIMIT_SECOND_FACTOR_ACCOUNT,
	LIMIT_SECOND_FACTOR_ACCOUNT_NETWORK,
	LIMIT_SECOND_FACTOR_DEVICE,
	LIMIT_SECOND_FACTOR_EVENT,
	LIMIT_COUNT
} LimitName;

/* A limit as it is now. */
typedef struct LimitFigures
{
	const char *name;
	const char *per; /* whom it is counted for */
	int quantity;	 /* 0: it is off */
	int seconds;
	int burst;
	bool is_default;
	TimestampTz changed_at; /* unless it is a default */
} LimitFigures;

/* How much one of them has used of a limit. */
typedef struct LimitUse
{
	LimitName limit;
	int factor; /* how many times as much as its figures say */
	StoredBucket bucket;
	int64 step;				/* microseconds that one use costs */
	int64 room;				/* microseconds that may be used; 0: any number */
	TimestampTz full_until; /* as it was when it was last asked or used */
} LimitUse;

#define LIMIT_USES_MAX 6

/* The limits that one call has to do with. */
typedef struct Limits
{
	bool off; /* nothing is limited here */
	LimitFigures figures[LIMIT_COUNT];
	HmacKey *secret;
	int n;
	LimitUse uses[LIMIT_USES_MAX];

	/* Which of them is used up, and for how many seconds. */
	const LimitUse *refused;
	int retry_after;
} Limits;

/* Of a call; what it allocates lives as long as the memory context. */
extern void limits_begin(Limits *limits);

/* Others of the same call, with none added yet. */
extern Limits limits_of_same_call(const Limits *limits);

/*
 * A limit that counts for this call: for an address that was typed, of an
 * account or of none; for the network of the client; for both together.  None
 * is added for a client whose address is not known where the network counts.
 * Of IPv6 the network is the /64, and a limit that is for networks alone counts
 * ten times as much for the /48, too.
 */
extern void limit_add_account(Limits *limits, LimitName limit, const char *email);
extern void limit_add_network(Limits *limits, LimitName limit, const Client *client);
extern void limit_add_account_network(Limits *limits, LimitName limit, const char *email,
									  const Client *client);

/* The same for a device that is known for the account; see known_device.h. */
extern void limit_add_device(Limits *limits, LimitName limit, const char *email,
							 const pg_uuid_t *device);

/* The same for a session of the account. */
extern void limit_add_session(Limits *limits, LimitName limit, const char *email,
							  const pg_uuid_t *session);

/*
 * By what the network of a client, an IPv4 address or an IPv6 /64, is told from
 * others; false: it is not told.
 */
extern bool limit_network_id(const Client *client, pg_uuid_t *id);

/*
 * Begins, adds the network's limit and asks: for what has no other.  As
 * limits_allow().
 */
extern bool limit_allows_network(Limits *limits, LimitName limit, const Client *client);

/* May it go on?  Only looks; false: limits->refused, and for how long. */
extern bool limits_allow(Limits *limits);

/*
 * The negative answer after a false, which says what is allowed: not for who
 * guesses passwords.
 */
extern Datum limits_refusal(const Limits *limits);

/* Nothing was used since then: has all of it come back? */
extern bool limits_are_rested(const Limits *limits, TimestampTz since);

/*
 * Uses each of them once, if that may be.  false: as limits_allow(); then some
 * of them may have been used all the same.  Exact, however many do so at once.
 */
extern bool limits_take(Limits *limits);

/*
 * The same with the rights of the owner, for a function that is not SECURITY
 * DEFINER.
 */
extern bool limits_take_as_owner(Limits *limits);

/*
 * Uses each of them once, whether or not it may be: for what has happened
 * already, because it was allowed a moment ago.  What is too much is made up
 * for later: nothing is gained by doing much at once.
 */
extern void limits_charge(Limits *limits);

/* By how many uses the first of them is beyond what is allowed; or 0. */
extern int64 limits_overrun(const Limits *limits);

/*
 * A pause for an address: how many seconds of it are left, none if 0; no pause
 * is longer than max.  And its beginning.
 */
extern int limit_pause_left(const Limits *limits, const char *email, int max);
extern void limit_pause(const Limits *limits, const char *email, int seconds);

/* All limits as they are now, by LimitName. */
extern void limit_figures(LimitFigures figures[LIMIT_COUNT]);

/* The limit of this name; -1: there is none. */
extern int limit_by_name(const char *name);

/*
 * Forgets what was counted for an address, for a network, or for both (NULL,
 * 0: none); returns how many buckets that were.
 */
extern int64 limit_forget(const char *email, Datum ip);

#endif /* JERRY_LIMIT_H */
