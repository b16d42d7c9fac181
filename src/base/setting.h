/*
 * setting.h: a program's settings, found in the environment, checked and
 * converted.
 *
 * A program has a structure, its configuration, and a table that says for each
 * name what it is and which field it fills.  Names, defaults and ranges are
 * those of contract/environment.txt, by way of environment.h.
 */
#ifndef JERRY_SETTING_H
#define JERRY_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#define SETTING_PROBLEM_SIZE 256

typedef struct Setting Setting;

/*
 * Converts a value and stores it in the field of the configuration.  On
 * failure writes into problem what the value is not, such as "is not a
 * number between 1 and 9".
 */
typedef bool (*SettingParser)(const Setting *setting, const char *value, void *config,
							  char *problem);

struct Setting
{
	const char *name;
	SettingParser parse;
	size_t offset;				/* of the field in the configuration */
	const char *fallback;		/* NULL: required */
	long min;					/* of a number */
	long max;					/* of a number, or of the length of a name */
	const char *const *choices; /* names of the enumeration, NULL at the end */
	bool secret;				/* may come from a file; is never shown */
};

#define SETTING_FIELD(type, config, setting) ((type *) ((char *) (config) + (setting)->offset))

/* What a row of the table begins with. */
#define SETTING_NAMED(NAME) .name = #NAME, .fallback = DEFAULT_##NAME, .secret = SECRET_##NAME
#define SETTING_NUMBER(NAME) \
	SETTING_NAMED(NAME), .parse = setting_number, .min = MIN_##NAME, .max = MAX_##NAME

/* Parsers: a whole number within the setting's range. */
extern bool setting_number(const Setting *setting, const char *value, void *config, char *problem);

/* One of the setting's words. */
extern bool setting_choice(const Setting *setting, const char *value, void *config, char *problem);

/* True or False. */
extern bool setting_switch(const Setting *setting, const char *value, void *config, char *problem);

/* A name that goes into JSON as it is. */
extern bool setting_name(const Setting *setting, const char *value, void *config, char *problem);

/* An IPv4 or IPv6 address to listen on. */
extern bool setting_address(const Setting *setting, const char *value, void *config, char *problem);

/* Any text, such as a path; an empty one is NULL. */
extern bool setting_text(const Setting *setting, const char *value, void *config, char *problem);

/* A connection string, as libpq will read it. */
extern bool setting_database_url(const Setting *setting, const char *value, void *config,
								 char *problem);

/*
 * Fills in what the table describes.  Strings live as long as the process.
 * Returns false when a value is missing or malformed, or when a name of the
 * environment is nearly one of the table's and would be without any effect;
 * after a line on standard error for each of them.
 */
extern bool settings_load(const Setting *settings, size_t count, void *config);

/*
 * May the database of this URL be talked to in production, where nobody in
 * between may read, or answer for, it?  If not, there is a line on standard
 * error.
 */
extern bool setting_database_is_safe(const char *name, const char *url);

#endif /* JERRY_SETTING_H */
