/*
 * profile_text.h: which texts may be a name, a phone number and a locale.
 */
#ifndef JERRY_PROFILE_TEXT_H
#define JERRY_PROFILE_TEXT_H

#include <stddef.h>

/*
 * What is wrong with a text in UTF-8, which need not be terminated: a constant
 * sentence, or NULL.
 */
typedef const char *(*ProfileRule)(const char *text, size_t length);

/*
 * 1 to 200 characters on one line, something to be seen among them, and nothing
 * that changes the direction of what stands around it.
 */
extern const char *profile_name_issue(const char *name, size_t length);

/* E.164, with its plus sign and without anything between the digits. */
extern const char *profile_phone_issue(const char *phone, size_t length);

/* The form of a language tag, BCP 47; not whether there is such a language. */
extern const char *profile_locale_issue(const char *locale, size_t length);

#endif /* JERRY_PROFILE_TEXT_H */
