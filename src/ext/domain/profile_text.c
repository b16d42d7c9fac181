/*
 * profile_text.c: see profile_text.h.
 */
#include "domain/profile_text.h"

#include <stdbool.h>
#include <stdint.h>

#include <unictype.h>
#include <unistr.h>

#define NAME_MAX_CHARACTERS 200
#define PHONE_MIN_DIGITS	7
#define PHONE_MAX_DIGITS	15
#define LOCALE_MAX			35 /* characters: RFC 5646, 4.4.1 */
#define SUBTAG_MAX			8

static bool
is_decimal(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_basic_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A control, an end of a line, or what embeds a text in another direction. */
static bool
is_control(ucs4_t c)
{
	return uc_is_general_category(c, UC_CATEGORY_Cc) || uc_is_general_category(c, UC_CATEGORY_Zl) ||
		   uc_is_general_category(c, UC_CATEGORY_Zp) || (c >= 0x202a && c <= 0x202e) ||
		   (c >= 0x2066 && c <= 0x2069);
}

/* Letters, digits, punctuation and symbols. */
static bool
is_visible(ucs4_t c)
{
	return uc_is_general_category(
		c, uc_general_category_or(uc_general_category_or(UC_CATEGORY_L, UC_CATEGORY_N),
								  uc_general_category_or(UC_CATEGORY_P, UC_CATEGORY_S)));
}

const char *
profile_name_issue(const char *name, size_t length)
{
	const uint8_t *p = (const uint8_t *) name;
	size_t characters = 0;
	bool seen = false;
	ucs4_t c;

	for (size_t i = 0; i < length; characters++)
	{
		i += (size_t) u8_mbtouc(&c, p + i, length - i);
		if (is_control(c))
			return "Name must not contain control characters";
		seen = seen || is_visible(c);
	}
	if (characters > NAME_MAX_CHARACTERS)
		return "Name must be at most 200 characters long";
	return seen ? NULL : "Name must not be blank";
}

const char *
profile_phone_issue(const char *phone, size_t length)
{
	bool valid = length >= 1 + PHONE_MIN_DIGITS && length <= 1 + PHONE_MAX_DIGITS &&
				 phone[0] == '+' && phone[1] != '0';

	for (size_t i = 1; valid && i < length; i++)
		valid = is_decimal(phone[i]);
	return valid ? NULL : "Phone number must be in the form of E.164: + and 7 to 15 digits";
}

const char *
profile_locale_issue(const char *locale, size_t length)
{
	size_t subtag = 0; /* length of the one that is read */
	bool is_first = true;
	bool valid = length <= LOCALE_MAX;

	for (size_t i = 0; valid && i < length; i++)
	{
		if (locale[i] == '-')
		{
			valid = subtag > (is_first ? 1 : 0);
			is_first = false;
			subtag = 0;
		}
		else
			valid = (is_basic_letter(locale[i]) || (is_decimal(locale[i]) && !is_first)) &&
					++subtag <= SUBTAG_MAX;
	}
	valid = valid && subtag > (is_first ? 1 : 0);
	return valid ? NULL : "Locale must be a language tag, such as de or en-GB";
}
