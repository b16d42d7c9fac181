/*
 * hashing.c: see hashing.h.
 *
 * pgcrypto is entered through its symbol: no search_path and no schema can put
 * another crypt() in its place.  It knows the prefix $2a$ only and falls to
 * DES, silently, with any other.
 */
#include "domain/hashing.h"

#include <sys/resource.h>

#include "base/settings.h"
#include "utils/builtins.h"

#define SETTING_COST 7 /* characters: $2a$12$ */

/* Between two looks for interrupts: half a millisecond. */
#define ROUNDS_AT_A_TIME 10

/*
 * Not allocated: an error would free it with what is in it.  Of a session that
 * never hashes they take no memory.
 */
static BcryptLane lanes[BCRYPT_LANES];

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

static void
start_lane(BcryptLane *lane, const HashingJob *job)
{
	if (!bcrypt_start(lane, VARDATA_ANY(job->password), VARSIZE_ANY_EXHDR(job->password),
					  job->setting))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("not a setting of bcrypt")));
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

	while (nrunning > 0 || next < n)
	{
		uint32 rounds = ROUNDS_AT_A_TIME;

		for (; nrunning < BCRYPT_LANES && next < n; nrunning++)
		{
			running[nrunning] = &jobs[next++];
			start_lane(&lanes[nrunning], running[nrunning]);
		}
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nrunning; i++)
			rounds = Min(rounds, lanes[i].left);
		bcrypt_advance(lanes, nrunning, rounds);
		for (int i = nrunning - 1; i >= 0; i--)
			if (lanes[i].left == 0)
			{
				bcrypt_finish(&lanes[i], running[i]->setting, running[i]->hash);
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
	lower_priority();
	if (own)
		run_own(jobs, n);
	else
		run_pgcrypto(jobs, n);
	error_context_stack = hide.previous;
}
