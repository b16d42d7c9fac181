/*
 * password.c: passwords: the policy, and which hash belongs to which password.
 */
#include "domain/password.h"

#include <locale.h>
#include <uninorm.h>
#include <unistr.h>
#include <wctype.h>

#include "base/bytes.h"
#include "base/settings.h"
#include "domain/common_password.h"
#include "domain/guessable.h"
#include "domain/hashing.h"
#include "mb/pg_wchar.h"

#define BCRYPT_PREFIX 2	  /* where the a of $2a$ is */
#define BCRYPT_COST	  4	  /* where the cost begins */
#define BCRYPT_SALT	  7	  /* where the salt begins */
#define BCRYPT_OWN	  'a' /* the prefix $2a$: a hash that Jerry made */

#define COST_MIN	4						  /* of hashes that are compared */
#define COST_MAX	15						  /* of those, and of jerry.bcrypt_cost */
#define REFUSAL_MAX (COST_MAX - COST_MIN + 1) /* hashes */

#define NORMALISED_MAX 1024 /* bytes; nothing longer becomes a password */
#define NFC_GROWTH	   3	/* times, at most, that a UTF-8 string grows */

static bool
text_equal(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

Password
password_read(const text *typed)
{
	const uint8_t *bytes = (const uint8_t *) VARDATA_ANY(typed);
	size_t length = VARSIZE_ANY_EXHDR(typed);
	Password password = { typed, typed };
	size_t normal_length;
	uint8_t *normal;
	text *copy;

	if (length == 0 || length > NORMALISED_MAX || u8_check(bytes, length) != NULL)
		return password;
	normal_length = length * NFC_GROWTH;
	copy = palloc(VARHDRSZ + normal_length);
	normal = u8_normalize(UNINORM_NFC, bytes, length, (uint8_t *) VARDATA(copy), &normal_length);
	if (normal == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errhidestmt(true)));
	/*
	 * Into the room that was given: it was enough, and there is nothing to
	 * free.
	 */
	Assert(normal == (uint8_t *) VARDATA(copy));
	SET_VARSIZE(copy, VARHDRSZ + normal_length);
	if (!text_equal(copy, typed))
		password.normal = copy;
	return password;
}

bool
password_equal(const Password *a, const Password *b)
{
	return text_equal(a->normal, b->normal);
}

typedef struct Characters
{
	int total;
	bool upper;
	bool digit;
	bool special;
} Characters;

/*
 * The character classes of Unicode, whatever the locale of the database; ASCII
 * alone where the system has no C.UTF-8.
 */
static void
classify(pg_wchar c, Characters *found)
{
	static locale_t unicode = (locale_t) 0;

	found->total++;
	if (c < 0x80)
	{
		bool upper = c >= 'A' && c <= 'Z';
		bool digit = c >= '0' && c <= '9';

		found->upper |= upper;
		found->digit |= digit;
		found->special |= !upper && !digit && !(c >= 'a' && c <= 'z');
		return;
	}
	if (unicode == (locale_t) 0)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
	if (unicode == (locale_t) 0)
		return;
	found->upper |= iswupper_l(c, unicode) != 0;
	found->special |= !iswalnum_l(c, unicode);
}

/* Which rule about lengths and kinds of characters it breaks. */
static const char *
form_weakness(const Password *password)
{
	const char *p = VARDATA_ANY(password->normal);
	int length = VARSIZE_ANY_EXHDR(password->normal);
	Characters found = { 0 };

	if (length > JERRY_PASSWORD_MAX)
		return "Password must be at most 72 bytes long";
	for (int i = 0; i < length; i += pg_utf_mblen((const unsigned char *) p + i))
		classify(utf8_to_unicode((const unsigned char *) p + i), &found);
	if (found.total < JERRY_PASSWORD_MIN)
		return "Password must be at least 8 characters long";
	if (!found.upper)
		return "Password must contain at least one uppercase letter";
	if (!found.digit)
		return "Password must contain at least one digit";
	if (!found.special)
		return "Password must contain at least one special character";
	return NULL;
}

/* Who else would try it? */
static const char *
guess_weakness(const Password *password, const char *email)
{
	int length = VARSIZE_ANY_EXHDR(password->normal);
	char *folded = fold_case(VARDATA_ANY(password->normal), length);

	if (guessable_by_address(folded, email))
		return "Password must not contain a part of the email address";
	if (guessable_by_name(folded, settings()->service_name))
		return "Password must not contain the name of this service";
	if (common_password_is(password, folded))
		return "Password is in a list of common passwords";
	return NULL;
}

const char *
password_weakness(const Password *password, const char *email)
{
	const char *weakness = form_weakness(password);

	return weakness != NULL ? weakness : guess_weakness(password, email);
}

/* The hash of one form of a password, with a new salt. */
static HashingJob
new_hash(const text *form)
{
	HashingJob job = { .password = form, .any_salt = true };
	uint8 salt[BCRYPT_SALT_LENGTH];

	random_bytes(salt, sizeof(salt));
	snprintf(job.setting, sizeof(job.setting), "$2a$%02d$", settings()->bcrypt_cost);
	bcrypt_write_salt(salt, job.setting + BCRYPT_SALT);
	return job;
}

void
password_hash_many(const Password *passwords, int n, char **hashes)
{
	HashingJob *jobs = palloc(n * sizeof(HashingJob));

	for (int i = 0; i < n; i++)
	{
		Assert(VARSIZE_ANY_EXHDR(passwords[i].normal) <= JERRY_PASSWORD_MAX);
		jobs[i] = new_hash(passwords[i].normal);
	}
	hashing_run(jobs, n);
	for (int i = 0; i < n; i++)
		hashes[i] = pstrdup(jobs[i].hash);
	pfree(jobs);
}

char *
password_hash(const Password *password)
{
	char *hash;

	password_hash_many(password, 1, &hash);
	return hash;
}

bool
password_is_banned(const char *hash)
{
	return hash[0] == '!';
}

/* ^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$ */
bool
password_hash_is_usable(const char *hash)
{
	return strlen(hash) == BCRYPT_LENGTH && strncmp(hash, "$2", 2) == 0 &&
		   strchr("aby", hash[2]) != NULL && hash[3] == '$' &&
		   ((hash[4] == '0' && hash[5] >= '4' && hash[5] <= '9') ||
			(hash[4] == '1' && hash[5] >= '0' && hash[5] <= '5')) &&
		   hash[6] == '$' && strspn(hash + 7, BCRYPT_ALPHABET) == BCRYPT_LENGTH - 7;
}

/* Of a bcrypt hash. */
static int
cost_of(const char *hash)
{
	return (hash[BCRYPT_COST] - '0') * 10 + hash[BCRYPT_COST + 1] - '0';
}

/* A hash that is compared with nothing. */
static HashingJob
burn(const text *form, int cost)
{
	HashingJob job = { .password = form };

	snprintf(job.setting, sizeof(job.setting), "$2a$%02d$......................", cost);
	return job;
}

/* What has to be equal to a hash if the form belongs to it. */
static HashingJob
comparison(const text *form, const char *hash)
{
	HashingJob job = { .password = form };

	/* $2b$ and $2y$ name the function that is $2a$ here. */
	strlcpy(job.setting, hash, sizeof(job.setting));
	job.setting[BCRYPT_PREFIX] = BCRYPT_OWN;
	return job;
}

static bool
is_equal(const HashingJob *job, const char *hash)
{
	bool possible = hash[BCRYPT_PREFIX] != BCRYPT_OWN ||
					VARSIZE_ANY_EXHDR(job->password) <= JERRY_PASSWORD_MAX;

	return bytes_equal(job->hash + BCRYPT_COST, hash + BCRYPT_COST, BCRYPT_LENGTH - BCRYPT_COST) &&
		   possible;
}

/*
 * The hashes that a refusal of one form is made of, which cost as much for
 * every hash.  The first one is to be compared with it, if it is one of bcrypt.
 */
static int
refusal_of(const text *form, const char *hash, HashingJob jobs[REFUSAL_MAX])
{
	int wanted_cost = settings()->bcrypt_cost;
	int cost = wanted_cost;
	int n = 1;

	if (hash == NULL || !password_hash_is_usable(hash))
		jobs[0] = burn(form, cost);
	else
	{
		jobs[0] = comparison(form, hash);
		cost = cost_of(hash);
	}

	/*
	 * Each step is twice the one before: c, and all from c to n - 1, are as
	 * long as n.
	 */
	for (; cost < wanted_cost; cost++)
		jobs[n++] = burn(form, cost);
	return n;
}

/* Compares one form with a hash. */
static bool
form_matches(const text *form, const char *hash)
{
	HashingJob jobs[REFUSAL_MAX];
	int n = refusal_of(form, hash, jobs);
	bool matches = false;

	for (int i = 0; i < n && !matches; i++)
	{
		hashing_run(&jobs[i], 1);
		matches = i == 0 && hash != NULL && password_hash_is_usable(hash) &&
				  is_equal(&jobs[0], hash);
	}
	explicit_bzero(jobs, n * sizeof(HashingJob));
	return matches;
}

const text *
password_verify(const Password *password, const char *hash)
{
	if (form_matches(password->normal, hash))
		return password->normal;
	if (password->typed != password->normal && form_matches(password->typed, hash))
		return password->typed;
	return NULL;
}

/*
 * Compares one form of each password for which there is nothing right yet.
 */
static void
compare_many(const Password *passwords, bool typed, char *const *hashes, int n, const text **right)
{
	HashingJob *jobs = palloc(n * sizeof(HashingJob));
	int *whose = palloc(n * sizeof(int));
	int njobs = 0;

	for (int i = 0; i < n; i++)
	{
		const text *form = typed ? passwords[i].typed : passwords[i].normal;

		if (right[i] != NULL || (typed && form == passwords[i].normal) ||
			!password_hash_is_usable(hashes[i]))
			continue;
		whose[njobs] = i;
		jobs[njobs++] = comparison(form, hashes[i]);
	}
	hashing_run(jobs, njobs);
	for (int k = 0; k < njobs; k++)
		if (is_equal(&jobs[k], hashes[whose[k]]))
			right[whose[k]] = jobs[k].password;
	pfree(jobs);
	pfree(whose);
}

void
password_verify_many(const Password *passwords, char *const *hashes, int n, const text **right)
{
	for (int i = 0; i < n; i++)
		right[i] = NULL;
	compare_many(passwords, false, hashes, n, right);
	compare_many(passwords, true, hashes, n, right);
}

char *
password_rehash(const Password *password, const text *right, const char *hash)
{
	bool own = hash[BCRYPT_PREFIX] == BCRYPT_OWN;
	bool same_cost = cost_of(hash) == settings()->bcrypt_cost;
	/* Of 72 bytes or more nobody knows how many there were for the hash. */
	bool complete = own || VARSIZE_ANY_EXHDR(right) < JERRY_PASSWORD_MAX;
	HashingJob job;

	if (complete && VARSIZE_ANY_EXHDR(password->normal) <= JERRY_PASSWORD_MAX)
		return own && same_cost && right == password->normal ? NULL : password_hash(password);
	if (same_cost)
		return NULL;
	job = new_hash(right);
	hashing_run(&job, 1);
	job.hash[BCRYPT_PREFIX] = hash[BCRYPT_PREFIX];
	return pstrdup(job.hash);
}

/* What password_verify() does when it refuses, as one job after the other. */
static HashingJob
refusal(const Password *password, const char *hash)
{
	HashingJob *jobs = palloc(2 * REFUSAL_MAX * sizeof(HashingJob));
	int n = refusal_of(password->normal, hash, jobs);

	if (password->typed != password->normal)
		n += refusal_of(password->typed, hash, jobs + n);
	for (int i = 1; i < n; i++)
		jobs[i - 1].then = &jobs[i];
	return jobs[0];
}

bool
password_ahead(const PasswordAhead *ahead, int n)
{
	HashingJob jobs[BCRYPT_LANES];

	_Static_assert(HASHING_AHEAD_MAX >= BCRYPT_LANES * 2 * REFUSAL_MAX, "room for all refusals");
	Assert(n <= BCRYPT_LANES);
	for (int i = 0; i < n; i++)
		jobs[i] = ahead[i].is_new ? new_hash(ahead[i].password.normal)
								  : refusal(&ahead[i].password, ahead[i].hash);
	return hashing_run_ahead(jobs, n);
}
