/*
 * email.c
 *		Address syntax, see email.h.
 *
 * Letters are compared as bytes: the ctype functions depend on the locale of the database.
 */
#include "email.h"

#include <string.h>
#include <strings.h>

#define EMAIL_MAX	   254 /* RFC 5321, 4.5.3.1.3, less the angle brackets */
#define LOCAL_PART_MAX 64  /* RFC 5321, 4.5.3.1.1 */
#define LABEL_MAX	   63  /* RFC 1035, 2.3.4 */

/* Domains that are never somebody's mail domain, with everything below them: RFC 6761, 6762, 7686. */
static const char *const special_use_domains[] = {
	"arpa", "invalid", "local", "localhost", "onion", "test"
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_letter_or_digit(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* RFC 5322, 3.2.3: atext */
static bool
is_atext(char c)
{
	return is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* RFC 5322, 3.2.3: dot-atom-text */
static bool
local_part_is_valid(const char *local, size_t length)
{
	bool after_atom = false;

	if (length > LOCAL_PART_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (local[i] == '.' ? !after_atom : !is_atext(local[i]))
			return false;
		after_atom = local[i] != '.';
	}
	return after_atom;
}

/* RFC 5890, 2.3.1: letters, digits, hyphens; "--" in the third place only for what may be an A-label */
static bool
label_is_valid(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter_or_digit(label[i]) && label[i] != '-')
			return false;
	return length < 4 || memcmp(label + 2, "--", 2) != 0 || strncasecmp(label, "xn", 2) == 0;
}

static bool
is_special_use(const char *domain, size_t length)
{
	for (size_t i = 0; i < sizeof(special_use_domains) / sizeof(special_use_domains[0]); i++)
	{
		size_t n = strlen(special_use_domains[i]);

		if (length >= n && strncasecmp(domain + length - n, special_use_domains[i], n) == 0 &&
			(length == n || domain[length - n - 1] == '.'))
			return true;
	}
	return false;
}

static bool
domain_is_valid(const char *domain, size_t length)
{
	const char *end = domain + length;
	const char *label = domain;
	int labels = 0;

	for (;;)
	{
		const char *dot = memchr(label, '.', end - label);

		labels++;
		if (!label_is_valid(label, (dot != NULL ? dot : end) - label))
			return false;
		if (dot == NULL)
			break;
		label = dot + 1;
	}
	return labels >= 2 && is_letter(end[-1]) && !is_special_use(domain, length);
}

bool
email_is_valid(const char *address, size_t length)
{
	const char *at;

	if (length > EMAIL_MAX)
		return false;
	at = memchr(address, '@', length);
	return at != NULL && local_part_is_valid(address, at - address) &&
		   domain_is_valid(at + 1, address + length - (at + 1));
}
