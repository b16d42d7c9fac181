/*
 * guessable.c: see guessable.h.
 */
#include "domain/guessable.h"

#include <idn2.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "lib/stringinfo.h"

#define PART_MIN	4	   /* characters of a part of an address */
#define NAME_MIN	3	   /* of the name of a service, which somebody has chosen to set */
#define FIRST_DENSE 0x2E80 /* where the scripts begin that need two characters for a name */

/* The letters of ASCII, of which mostly all is; no copy is left anywhere. */
static bool
fold_ascii(char *utf8, Size length)
{
	for (Size i = 0; i < length; i++)
	{
		if ((utf8[i] & 0x80) != 0)
			return false;
		utf8[i] = pg_ascii_tolower((unsigned char) utf8[i]);
	}
	return true;
}

char *
fold_case(const char *utf8, Size length)
{
	char *copy = pnstrdup(utf8, length);
	uint8_t *folded;
	size_t n;

	if (fold_ascii(copy, length))
		return copy;
	folded = u8_casefold((const uint8_t *) utf8, length, NULL, UNINORM_NFC, NULL, &n);
	if (folded == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errhidestmt(true)));
	copy = repalloc(copy, n + 1);
	memcpy(copy, folded, n);
	copy[n] = '\0';
	explicit_bzero(folded, n);
	free(folded);
	return copy;
}

/* The next character of a folded text, or 0 at its end. */
static ucs4_t
next_character(const char **text)
{
	ucs4_t c;

	*text += u8_mbtouc(&c, (const uint8_t *) *text, strlen(*text) + 1);
	return c;
}

static int
weight(ucs4_t c)
{
	return c >= FIRST_DENSE ? 2 : 1;
}

static bool
is_letter(ucs4_t c)
{
	return uc_is_general_category(c, uc_general_category_or(UC_CATEGORY_L, UC_CATEGORY_M));
}

static bool
is_digit(ucs4_t c)
{
	return uc_is_general_category(c, UC_CATEGORY_N);
}

/* The letters and digits of a folded text; how much they weigh to *sum. */
static char *
joined(const char *text, int *sum)
{
	StringInfoData result;
	ucs4_t c;

	initStringInfo(&result);
	*sum = 0;
	for (const char *from = text; (c = next_character(&text)) != 0; from = text)
		if (is_letter(c) || is_digit(c))
		{
			appendBinaryStringInfo(&result, from, text - from);
			*sum += weight(c);
		}
	return result.data;
}

/*
 * Is all of a name in a folded password, whatever stands between its letters?
 */
static bool
contains_whole(const char *password, const char *name, int min)
{
	int unused;
	int sum;
	char *whole = joined(name, &sum);

	return sum >= min && strstr(joined(password, &unused), whole) != NULL;
}

/* Is a run of letters of a name in a folded password? */
static bool
contains_run(const char *password, const char *name)
{
	StringInfoData run;
	int sum = 0;
	ucs4_t c;

	initStringInfo(&run);
	do
	{
		const char *from = name;

		c = next_character(&name);
		if (c != 0 && is_letter(c))
		{
			appendBinaryStringInfo(&run, from, name - from);
			sum += weight(c);
			continue;
		}
		if (sum >= PART_MIN && strstr(password, run.data) != NULL)
			return true;
		resetStringInfo(&run);
		sum = 0;
	} while (c != 0);
	return false;
}

static bool
contains_part(const char *password, const char *name)
{
	return contains_whole(password, name, PART_MIN) || contains_run(password, name);
}

/* Labels that say nothing about whose address it is. */
static bool
is_common_label(const char *label)
{
	static const char *const common[] = { "mail", "email", "webmail", "post", "home" };

	for (int i = 0; i < lengthof(common); i++)
		if (strcmp(label, common[i]) == 0)
			return true;
	return false;
}

/* A domain as people know it, folded. */
static char *
labels_of(const char *stored)
{
	char *unicode;
	char *folded;

	/* What an earlier version took for a label of IDNA stays as it is. */
	if (idn2_to_unicode_8z8z(stored, &unicode, 0) != IDN2_OK)
		return fold_case(stored, strlen(stored));
	folded = fold_case(unicode, strlen(unicode));
	idn2_free(unicode);
	return folded;
}

bool
guessable_by_address(const char *folded, const char *email)
{
	const char *at = strchr(email, '@');
	char *local = fold_case(email, at - email);
	char *label = labels_of(at + 1);
	char *tag = strchr(local, '+');
	char *dot;

	if (contains_part(folded, local))
		return true;
	if (tag != NULL)
	{
		*tag = '\0';
		if (contains_whole(folded, local, PART_MIN))
			return true;
	}
	for (; (dot = strchr(label, '.')) != NULL; label = dot + 1)
	{
		*dot = '\0';
		if (!is_common_label(label) && contains_part(folded, label))
			return true;
	}
	return false;
}

bool
guessable_by_name(const char *folded, const char *names)
{
	char *name = fold_case(names, strlen(names));

	for (char *next = name; next != NULL; name = next)
	{
		next = strchr(name, ',');
		if (next != NULL)
			*next++ = '\0';
		if (contains_whole(folded, name, NAME_MIN))
			return true;
	}
	return false;
}
