/*
 * factor.h: the second factors of accounts: which there are, and proofs of
 * them.  The only place that knows.
 *
 * What an app shows is good for one step of thirty seconds and the one on each
 * side of it, and each step once.  A recovery code stands in for a factor, and
 * each is good once.  Wrong ones are counted together, by limits of their own:
 * second_factor_*.
 */
#ifndef JERRY_FACTOR_H
#define JERRY_FACTOR_H

#include "base/client.h"
#include "domain/audit.h"
#include "domain/recovery_set.h"
#include "factor/totp.h"
#include "jose/token.h"
#include "store/probe.h"
#include "store/user.h"

/* How long somebody has to show that an app has the secret. */
#define FACTOR_SETUP_TTL (10 * SECS_PER_MINUTE)

/* Kinds of factors, as events and the record have them. */
#define FACTOR_TOTP "totp"

typedef struct Factors
{
	bool has_totp;
	TimestampTz totp_since; /* if there is one: when it was activated */
} Factors;

/*
 * Of a user: a probe, no SQL, so that it costs a login next to nothing.
 */
extern void factors_of(const pg_uuid_t *user_id, ProbeView view, Factors *factors);

/*
 * Does the account have a second factor?  Recovery codes are none: they stand
 * in for one.
 */
static inline bool
factors_enrolled(const Factors *factors)
{
	return factors->has_totp;
}

/* What somebody shows: the first that is not NULL counts. */
typedef struct FactorProof
{
	const text *code; /* of the app */
	const text *recovery_code;
} FactorProof;

/*
 * Is it a good proof of a factor of the user?  Then it is used up, and the user
 * is held, and read again, and the caller's session lives.  Whoever guesses is
 * limited, and on record with the action that it is needed for.  caller: NULL
 * where there is no session yet.  false: *refusal is the answer.
 *
 * The tries for one account are made one after the other, so that the limits
 * are exact; but no lock is held while a recovery code is hashed, unless the
 * user was held before.
 */
extern bool factor_check(const Token *caller, StoredUser *user, const FactorProof *proof,
						 const Client *client, AuditAction action, Datum *refusal);

/*
 * A new secret for an app of a user, whom the caller holds, in the place of one
 * that was not activated; the caller wipes it.  false: there is one that was.
 */
extern bool factor_setup_totp(const pg_uuid_t *user_id, pg_uuid_t *id,
							  uint8 secret[TOTP_SECRET_LENGTH], TimestampTz now);

/*
 * Does the app of a user show the code of what was set up within
 * FACTOR_SETUP_TTL?  Then it is a factor from now on, with a new set of
 * recovery codes, and the user is held.  Otherwise as factor_check().
 */
extern bool factor_activate_totp(const Token *caller, StoredUser *user, const text *code,
								 const Client *client, RecoverySet **codes, Datum *refusal);

/*
 * The app of a user, who is held, is no factor any more, and if that was the
 * last one the recovery codes go with it.  false: it was none.
 */
extern bool factor_remove_totp(const pg_uuid_t *user_id);

/*
 * The factors of the caller, who is held, have changed: ends the user's other
 * sessions.
 */
extern void factors_changed(const Token *caller, const Client *client, TimestampTz now);

#endif /* JERRY_FACTOR_H */
