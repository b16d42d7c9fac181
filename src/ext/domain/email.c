/*
 * email.c: addresses, see email.h.
 *
 * ASCII letters are compared as bytes: the ctype functions depend on the locale
 * of the database.
 */
#include "domain/email.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#define TYPED_MAX	   1024 /* bytes; more is read by nobody */
#define LOCAL_PART_MAX 64	/* characters: RFC 5321, 4.5.3.1.1 */
#define LABEL_MAX	   63	/* RFC 1035, 2.3.4 */
#define DOMAIN_MAX	   253
#define UTF8_MAX	   4 /* bytes of a character */
#define NFC_GROWTH	   3 /* times, at most, that a UTF-8 string grows in normal form C */

/*
 * Domains that are never somebody's mail domain, with everything below them:
 * RFC 6761, 6762, 7686.
 */
static const char *const special_use_domains[] = {
	"arpa", "invalid", "local", "localhost", "onion", "test"
};

static bool
is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_letter_or_digit(char c)
{
	return is_ascii_letter(c) || (c >= '0' && c <= '9');
}

static bool
is_white_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_ascii(const char *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((p[i] & 0x80) != 0)
			return false;
	return true;
}

/* RFC 5322, 3.2.3: atext; RFC 6531, 3.3: and everything outside of ASCII. */
static bool
is_atext(char c)
{
	return is_letter_or_digit(c) || (c & 0x80) != 0 ||
		   (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* RFC 5322, 3.2.3: dot-atom-text. */
static bool
is_dot_atom(const char *local, size_t length)
{
	bool after_atom = false;

	for (size_t i = 0; i < length; i++)
	{
		if (local[i] == '.' ? !after_atom : !is_atext(local[i]))
			return false;
		after_atom = local[i] != '.';
	}
	return after_atom;
}

/*
 * Letters, marks, digits, punctuation and symbols: nothing that is invisible,
 * turns the direction, belongs to nobody, or would join with what somebody puts
 * in front of the address.
 */
static bool
has_safe_characters(const uint8_t *p, size_t length)
{
	uc_general_category_t allowed =
		uc_general_category_or(uc_general_category_or(UC_CATEGORY_L, UC_CATEGORY_N),
							   uc_general_category_or(UC_CATEGORY_P, UC_CATEGORY_S));
	ucs4_t c;

	for (size_t i = 0, n; i < length; i += n)
	{
		n = u8_mbtouc(&c, p + i, length - i);
		if (!uc_is_general_category(c, i == 0 ? allowed
											  : uc_general_category_or(allowed, UC_CATEGORY_M)))
			return false;
	}
	return true;
}

/*
 * The local part to out, which has room for an address; the number of bytes to
 * *written.
 */
static EmailVerdict
read_local_part(const char *local, size_t length, char *out, size_t *written)
{
	uint8_t buffer[LOCAL_PART_MAX * UTF8_MAX * NFC_GROWTH];
	size_t normal_length = sizeof(buffer);
	uint8_t *normal;
	EmailVerdict verdict = EMAIL_INVALID;

	if (!is_dot_atom(local, length) || u8_mbsnlen((const uint8_t *) local, length) > LOCAL_PART_MAX)
		return EMAIL_INVALID;
	if (is_ascii(local, length))
	{
		memcpy(out, local, length);
		*written = length;
		return local[0] == '-' ? EMAIL_OUTDATED : EMAIL_VALID;
	}
	normal = u8_normalize(UNINORM_NFC, (const uint8_t *) local, length, buffer, &normal_length);
	if (normal == NULL)
		return EMAIL_NO_MEMORY;
	/* U+037E becomes a semicolon. */
	if (normal_length < EMAIL_MAX && normal[0] != '-' &&
		is_dot_atom((const char *) normal, normal_length) &&
		has_safe_characters(normal, normal_length))
	{
		memcpy(out, normal, normal_length);
		*written = normal_length;
		verdict = EMAIL_VALID;
	}
	if (normal != buffer)
		free(normal);
	return verdict;
}

/*
 * RFC 5890, 2.3.1: letters, digits, hyphens; "--" in the third place only for
 * what may be an A-label.
 */
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

/* A terminated domain in ASCII. */
static bool
domain_is_valid(const char *domain)
{
	const char *label = domain;
	int labels = 0;

	for (;;)
	{
		size_t length = strcspn(label, ".");

		labels++;
		if (!label_is_valid(label, length))
			return false;
		label += length;
		if (*label == '\0')
			break;
		label++;
	}
	return labels >= 2 && label - domain <= DOMAIN_MAX && is_ascii_letter(label[-1]);
}

static EmailVerdict
idn_failure(int result)
{
	return result == IDN2_MALLOC ? EMAIL_NO_MEMORY : EMAIL_INVALID;
}

/*
 * RFC 5893, 2, rule 4, which libidn2 leaves out: European and Arabic digits in
 * one label would be read in different orders.
 */
static bool
mixes_digits(const uint8_t *label, size_t length)
{
	bool european = false;
	bool arabic = false;
	ucs4_t c;

	for (size_t i = 0, n; i < length; i += n)
	{
		n = u8_mbtouc(&c, label + i, length - i);
		european |= uc_bidi_class(c) == UC_BIDI_EN;
		arabic |= uc_bidi_class(c) == UC_BIDI_AN;
	}
	return european && arabic;
}

/*
 * Is the label, of a domain in Unicode, what IDNA 2008 allows to register, and
 * this A-label, or plain ASCII, its other form?
 */
static EmailVerdict
check_label(const char *unicode, size_t unicode_length, const char *ascii, size_t ascii_length)
{
	char label[LABEL_MAX * UTF8_MAX + 1];
	uint8_t *registered;
	EmailVerdict verdict;
	int result;

	if (unicode_length >= sizeof(label) || mixes_digits((const uint8_t *) unicode, unicode_length))
		return EMAIL_INVALID;
	memcpy(label, unicode, unicode_length);
	label[unicode_length] = '\0';
	result = idn2_register_u8((const uint8_t *) label, NULL, &registered, 0);
	if (result != IDN2_OK)
		return idn_failure(result);
	verdict = EMAIL_INVALID;
	if (strlen((char *) registered) == ascii_length && memcmp(registered, ascii, ascii_length) == 0)
		verdict = EMAIL_VALID;
	idn2_free(registered);
	return verdict;
}

/*
 * A valid domain in ASCII: are its A-labels IDNA 2008?  How long is it in
 * Unicode?
 */
static EmailVerdict
check_international(const char *domain, size_t *unicode_length)
{
	char lower[DOMAIN_MAX + 1];
	const char *ascii = lower;
	char *unicode;
	EmailVerdict verdict;
	int result;

	/*
	 * libidn2 would leave capitals that are not part of the encoding as they
	 * are.
	 */
	strcpy(lower, domain);
	for (char *p = lower; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	result = idn2_to_unicode_8z8z(lower, &unicode, 0);
	if (result != IDN2_OK)
		return idn_failure(result);
	*unicode_length = strlen(unicode);
	for (const char *u = unicode;; u++, ascii++)
	{
		size_t n = strcspn(u, ".");
		size_t ascii_n = strcspn(ascii, ".");

		verdict = check_label(u, n, ascii, ascii_n);
		u += n;
		ascii += ascii_n;
		if (*u == '\0' || *ascii == '\0' || verdict != EMAIL_VALID)
		{
			if (verdict == EMAIL_VALID && *u != *ascii)
				verdict = EMAIL_INVALID;
			break;
		}
	}
	idn2_free(unicode);
	return verdict;
}

static bool
has_a_label(const char *domain)
{
	return strncasecmp(domain, "xn--", 4) == 0 || strcasestr(domain, ".xn--") != NULL;
}

/*
 * A terminated domain to ascii, which has room for DOMAIN_MAX bytes and the
 * end; how long it is in Unicode to *unicode_length.
 */
static EmailVerdict
read_domain(const char *domain, char *ascii, size_t *unicode_length)
{
	bool as_typed = is_ascii(domain, strlen(domain));

	if (as_typed)
	{
		if (!domain_is_valid(domain))
			return EMAIL_INVALID;
		strcpy(ascii, domain);
	}
	else
	{
		uint8_t *mapped;
		int result = idn2_lookup_u8((const uint8_t *) domain, &mapped,
									IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		bool valid;

		if (result != IDN2_OK)
			return idn_failure(result);
		valid = domain_is_valid((char *) mapped);
		if (valid)
			strcpy(ascii, (char *) mapped);
		idn2_free(mapped);
		if (!valid)
			return EMAIL_INVALID;
	}
	*unicode_length = strlen(ascii);
	if (is_special_use(ascii, *unicode_length))
		return EMAIL_SPECIAL_USE;
	if (has_a_label(ascii))
	{
		EmailVerdict verdict = check_international(ascii, unicode_length);

		/* Earlier versions took every A-label that looked like one. */
		return verdict == EMAIL_INVALID && as_typed ? EMAIL_OUTDATED : verdict;
	}
	return EMAIL_VALID;
}

EmailVerdict
email_read(const char *address, size_t length, char stored[EMAIL_MAX + 1])
{
	char domain[TYPED_MAX + 1];
	char ascii[DOMAIN_MAX + 1];
	const char *at;
	size_t local_length;
	size_t domain_length;
	size_t unicode_length;
	EmailVerdict local_verdict;
	EmailVerdict verdict;

	while (length > 0 && is_white_space(address[0]))
		address++, length--;
	while (length > 0 && is_white_space(address[length - 1]))
		length--;
	if (length > TYPED_MAX || memchr(address, '\0', length) != NULL ||
		u8_check((const uint8_t *) address, length) != NULL)
		return EMAIL_INVALID;
	at = memchr(address, '@', length);
	if (at == NULL)
		return EMAIL_INVALID;

	local_verdict = read_local_part(address, at - address, stored, &local_length);
	if (local_verdict != EMAIL_VALID && local_verdict != EMAIL_OUTDATED)
		return local_verdict;
	domain_length = address + length - (at + 1);
	memcpy(domain, at + 1, domain_length);
	domain[domain_length] = '\0';
	verdict = read_domain(domain, ascii, &unicode_length);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return verdict;

	domain_length = strlen(ascii);
	if (local_length + 1 + domain_length > EMAIL_MAX ||
		(verdict == EMAIL_VALID && local_length + 1 + unicode_length > EMAIL_MAX))
		return EMAIL_INVALID;
	stored[local_length] = '@';
	strcpy(stored + local_length + 1, ascii);
	return verdict == EMAIL_VALID ? local_verdict : verdict;
}
