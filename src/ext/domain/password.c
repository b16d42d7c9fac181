/*
 * password.c: passwords: the policy, and bcrypt by pgcrypto's library.
 *
 * pgcrypto is entered through its symbol: no search_path and no schema can put
 * another crypt() in its place.  It knows the prefix $2a$ only and falls to
 * DES, silently, with any other; so a setting is made or checked here before it
 * gets there.
 */
#include "domain/password.h"

#include <locale.h>
#include <sys/resource.h>
#include <uninorm.h>
#include <unistr.h>
#include <wctype.h>

#include "base/bytes.h"
#include "base/settings.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#define BCRYPT_SALT_LENGTH 16  /* bytes */
#define BCRYPT_PREFIX	   2   /* where the a of $2a$ is */
#define BCRYPT_COST		   4   /* where the cost begins */
#define BCRYPT_OWN		   'a' /* the prefix $2a$: a hash that Jerry made */
#define BCRYPT_ALPHABET	   "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

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

const char *
password_weakness(const Password *password)
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
 * bcrypt(password, setting), setting being $2a$, a cost, and at least a salt.
 */
static char *
bcrypt(const text *password, const char *setting)
{
	static PGFunction crypt_function = NULL;
	text *setting_text = cstring_to_text(setting);
	char *hash;
	/* A statement that takes too long is cancelled in here. */
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	error_context_stack = &hide;
	if (crypt_function == NULL)
		crypt_function = load_external_function("$libdir/pgcrypto", "pg_crypt", true, NULL);
	lower_priority();
	hash = TextDatumGetCString(DirectFunctionCall2(crypt_function, PointerGetDatum(password),
												   PointerGetDatum(setting_text)));
	if (strlen(hash) != BCRYPT_LENGTH || strncmp(hash, setting, BCRYPT_COST + 3) != 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("pgcrypto did not return a bcrypt hash")));
	error_context_stack = hide.previous;
	return hash;
}

/*
 * Bcrypt's own base64: 16 bytes are 22 characters, the last of which holds two
 * bits.
 */
static void
encode_salt(const uint8 *salt, char *out)
{
	static const char alphabet[] = BCRYPT_ALPHABET;
	int i;

	for (i = 0; i + 2 < BCRYPT_SALT_LENGTH; i += 3)
	{
		uint32 v = salt[i] << 16 | salt[i + 1] << 8 | salt[i + 2];

		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = alphabet[v >> 6 & 63];
		*out++ = alphabet[v & 63];
	}
	*out++ = alphabet[salt[i] >> 2];
	*out++ = alphabet[(salt[i] & 3) << 4];
	*out = '\0';
}

/* The hash of one form of a password, whose first 72 bytes count. */
static char *
hash_form(const text *form, char prefix)
{
	uint8 salt[BCRYPT_SALT_LENGTH];
	char setting[32];
	char *hash;
	int length;

	random_bytes(salt, sizeof(salt));
	length = snprintf(setting, sizeof(setting), "$2a$%02d$", settings()->bcrypt_cost);
	encode_salt(salt, setting + length);
	hash = bcrypt(form, setting);
	hash[BCRYPT_PREFIX] = prefix;
	return hash;
}

char *
password_hash(const Password *password)
{
	Assert(VARSIZE_ANY_EXHDR(password->normal) <= JERRY_PASSWORD_MAX);
	return hash_form(password->normal, BCRYPT_OWN);
}

/* ^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$ */
static bool
is_bcrypt_hash(const char *hash)
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
static void
burn(const text *form, int cost)
{
	char setting[32];

	snprintf(setting, sizeof(setting), "$2a$%02d$......................", cost);
	(void) bcrypt(form, setting);
}

/* Compares one form with a hash; a refusal costs as much for every hash. */
static bool
form_matches(const text *form, const char *hash)
{
	int wanted_cost = settings()->bcrypt_cost;
	int cost = wanted_cost;

	if (hash == NULL || !is_bcrypt_hash(hash))
		burn(form, cost);
	else
	{
		bool possible =
			hash[BCRYPT_PREFIX] != BCRYPT_OWN || VARSIZE_ANY_EXHDR(form) <= JERRY_PASSWORD_MAX;
		char setting[BCRYPT_LENGTH + 1];
		char *actual;

		/* $2b$ and $2y$ name the function that pgcrypto calls $2a$ */
		strlcpy(setting, hash, sizeof(setting));
		setting[BCRYPT_PREFIX] = 'a';
		actual = bcrypt(form, setting);
		if (possible &&
			bytes_equal(actual + BCRYPT_COST, hash + BCRYPT_COST, BCRYPT_LENGTH - BCRYPT_COST))
			return true;
		cost = cost_of(hash);
	}

	/*
	 * Each step is twice the one before: c, and all from c to n - 1, are as
	 * long as n.
	 */
	for (; cost < wanted_cost; cost++)
		burn(form, cost);
	return false;
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

char *
password_rehash(const Password *password, const text *right, const char *hash)
{
	bool own = hash[BCRYPT_PREFIX] == BCRYPT_OWN;
	bool same_cost = cost_of(hash) == settings()->bcrypt_cost;
	/* Of 72 bytes or more nobody knows how many there were for the hash. */
	bool complete = own || VARSIZE_ANY_EXHDR(right) < JERRY_PASSWORD_MAX;

	if (complete && VARSIZE_ANY_EXHDR(password->normal) <= JERRY_PASSWORD_MAX)
		return own && same_cost && right == password->normal ? NULL : password_hash(password);
	return same_cost ? NULL : hash_form(right, hash[BCRYPT_PREFIX]);
}
