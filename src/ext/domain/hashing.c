/*
 * hashing.c: see hashing.h.
 *
 * pgcrypto is entered through its symbol: no search_path and no schema can put
 * another crypt() in its place.  It knows the prefix $2a$ only and falls to
 * DES, silently, with any other.
 */
#include "domain/hashing.h"

#include <sys/resource.h>

#include "access/xact.h"
#include "base/bytes.h"
#include "base/settings.h"
#include "domain/pace.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define SETTING_COST	7 /* characters: $2a$12$ */
#define SETTING_COST_AT 4 /* behind $2a$ */

/* Between two looks for interrupts: half a millisecond. */
#define ROUNDS_AT_A_TIME 10

/*
 * Not allocated: an error would free it with what is in it.  Of a session that
 * never hashes they take no memory.
 */
static BcryptLane lanes[BCRYPT_LANES];

/* A hash that was made ahead, or was not because that was cancelled. */
typedef struct Kept
{
	uint8 password[SHA256_LENGTH]; /* see digest_of() */
	char setting[BCRYPT_SETTING_LENGTH + 1];
	char hash[BCRYPT_LENGTH + 1]; /* empty: it was not made */
	bool any_salt;
	bool used;
} Kept;

static Kept kept[HASHING_AHEAD_MAX];
static int nkept = 0;
static int transactions_left; /* after which the rest is wiped */

/*
 * See jerry.login_nice; a process cannot raise its priority again, so this
 * happens once.
 */
static void
lower_priority(void)
{
	static bool lowered = false;

	if (jerry_login_nice > 0 && !lowered)
	{
		lowered = true;
		(void) setpriority(PRIO_PROCESS, 0, jerry_login_nice);
	}
}

/*
 * What stands for a password among what is kept.  Its key is this session's and
 * nobody knows it.
 */
static void
digest_of(const text *password, uint8 *digest)
{
	static HmacKey *key = NULL;

	if (key == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
		uint8 secret[SHA256_LENGTH];

		random_bytes(secret, sizeof(secret));
		key = hmac_key(secret, sizeof(secret));
		explicit_bzero(secret, sizeof(secret));
		MemoryContextSwitchTo(old);
	}
	hmac_sha256(key, VARDATA_ANY(password), Min(VARSIZE_ANY_EXHDR(password), BCRYPT_KEY_LENGTH),
				digest);
}

static void
forget_kept(void)
{
	explicit_bzero(kept, nkept * sizeof(Kept));
	nkept = 0;
}

/* Called by the server at the end of each transaction. */
static void
count_transaction(XactEvent event, void *arg)
{
	if (nkept > 0 &&
		(event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE) &&
		--transactions_left == 0)
		forget_kept();
}

/*
 * Takes a hash that was made ahead.  false: there is none.
 */
static bool
take_kept(HashingJob *job)
{
	uint8 password[SHA256_LENGTH];

	if (nkept == 0)
		return false;
	digest_of(job->password, password);
	for (Kept *k = kept; k < kept + nkept; k++)
	{
		bool made;

		if (k->used || k->any_salt != job->any_salt ||
			!bytes_equal(k->password, password, sizeof(password)) ||
			strncmp(k->setting, job->setting,
					job->any_salt ? SETTING_COST : BCRYPT_SETTING_LENGTH) != 0)
			continue;
		made = k->hash[0] != '\0';
		strlcpy(job->setting, k->setting, sizeof(job->setting));
		strlcpy(job->hash, k->hash, sizeof(job->hash));
		explicit_bzero(k, sizeof(*k));
		k->used = true;
		if (!made)
			ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED),
							errmsg("canceling statement because its password hash was canceled")));
		return true;
	}
	return false;
}

static void
start_lane(BcryptLane *lane, const HashingJob *job)
{
	if (!bcrypt_start(lane, VARDATA_ANY(job->password), VARSIZE_ANY_EXHDR(job->password),
					  job->setting))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("not a setting of bcrypt")));
}

/* How many rounds some jobs take, as they share the lanes. */
static uint64
rounds_of(const HashingJob *jobs, int n)
{
	uint64 rounds = 0;

	for (int i = 0; i < n; i++)
	{
		const HashingJob *job = &jobs[i];

		do
			rounds += UINT64CONST(1) << atoi(job->setting + SETTING_COST_AT);
		while ((job = job->then) != NULL);
	}
	return rounds / Max(1, Min(n, BCRYPT_LANES));
}

/*
 * A lane that is done makes room for the next job at once: jobs may have
 * different costs.  Not inlined: an error jumps to where it is called.
 */
static pg_noinline void
run_lanes(HashingJob *jobs, int n)
{
	HashingJob *running[BCRYPT_LANES];
	int nrunning = 0;
	int next = 0;

	pace_begin(rounds_of(jobs, n));
	while (nrunning > 0 || next < n)
	{
		uint32 rounds = ROUNDS_AT_A_TIME;

		for (; nrunning < BCRYPT_LANES && next < n; next++)
			if (!take_kept(&jobs[next]))
			{
				running[nrunning] = &jobs[next];
				start_lane(&lanes[nrunning++], &jobs[next]);
			}
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nrunning; i++)
			rounds = Min(rounds, lanes[i].left);
		bcrypt_advance(lanes, nrunning, rounds);
		if (nrunning > 0)
			pace_look(nrunning, rounds);
		for (int i = nrunning - 1; i >= 0; i--)
			if (lanes[i].left == 0)
			{
				bcrypt_finish(&lanes[i], running[i]->setting, running[i]->hash);
				running[i] = running[i]->then;
				if (running[i] != NULL)
				{
					start_lane(&lanes[i], running[i]);
					continue;
				}
				nrunning--;
				running[i] = running[nrunning];
				lanes[i] = lanes[nrunning];
			}
	}
}

static void
run_own(HashingJob *jobs, int n)
{
	/* With the sanitizers gcc warns of what PG_FINALLY declares. */
	PG_TRY();
	{
		run_lanes(jobs, n);
	}
	PG_CATCH();
	{
		explicit_bzero(lanes, sizeof(lanes));
		PG_RE_THROW();
	}
	PG_END_TRY();
	explicit_bzero(lanes, Min(n, BCRYPT_LANES) * sizeof(BcryptLane));
}

static void
run_pgcrypto(HashingJob *jobs, int n)
{
	static PGFunction crypt_function = NULL;

	lower_priority();
	if (crypt_function == NULL)
		crypt_function = load_external_function("$libdir/pgcrypto", "pg_crypt", true, NULL);
	for (HashingJob *job = jobs; job < jobs + n; job++)
	{
		char *hash = TextDatumGetCString(
			DirectFunctionCall2(crypt_function, PointerGetDatum(job->password),
								PointerGetDatum(cstring_to_text(job->setting))));

		if (strlen(hash) != BCRYPT_LENGTH || strncmp(hash, job->setting, SETTING_COST) != 0)
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
							errmsg("pgcrypto did not return a bcrypt hash")));
		strlcpy(job->hash, hash, sizeof(job->hash));
		pfree(hash);
	}
}

void
hashing_run(HashingJob *jobs, int n)
{
	bool own = settings()->bcrypt_provider == BCRYPT_PROVIDER_OWN;
	/* A statement that takes too long is cancelled in here. */
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	error_context_stack = &hide;
	if (own)
		run_own(jobs, n);
	else
		run_pgcrypto(jobs, n);
	error_context_stack = hide.previous;
}

/*
 * Notes that a job's hash is on the way.
 */
static void
note_kept(const HashingJob *job, Kept *k)
{
	digest_of(job->password, k->password);
	strlcpy(k->setting, job->setting, sizeof(k->setting));
	k->any_salt = job->any_salt;
	k->used = false;
	k->hash[0] = '\0';
}

/* Keeps the hashes that were made, and wipes the jobs. */
static void
fill_kept(HashingJob *jobs, int n)
{
	Kept *k = kept;

	for (int i = 0; i < n; i++)
		for (HashingJob *job = &jobs[i]; job != NULL; job = job->then)
		{
			strlcpy(k->hash, job->hash, sizeof(k->hash));
			explicit_bzero(job->hash, sizeof(job->hash));
			k++;
		}
	nkept = k - kept;
	/* The one that this is part of, and one for each. */
	transactions_left = 1 + n;
}

bool
hashing_run_ahead(HashingJob *jobs, int n)
{
	static bool registered = false;
	Kept *k = kept;

	forget_kept();
	if (settings()->bcrypt_provider != BCRYPT_PROVIDER_OWN)
		return false;
	if (!registered)
	{
		RegisterXactCallback(count_transaction, NULL);
		registered = true;
	}
	for (int i = 0; i < n; i++)
	{
		const HashingJob *job = &jobs[i];

		do
		{
			Assert(k < kept + lengthof(kept));
			note_kept(job, k++);
		} while ((job = job->then) != NULL);
	}
	PG_TRY();
	{
		hashing_run(jobs, n);
	}
	PG_CATCH();
	{
		fill_kept(jobs, n);
		PG_RE_THROW();
	}
	PG_END_TRY();
	fill_kept(jobs, n);
	return true;
}
