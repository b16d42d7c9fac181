/*
 * config.c: what the environment says to the courier, checked and converted.
 *
 * One table holds every name with its parser, default and range.  What a word
 * of the command line needs of it, it checks by itself.
 */
#include "core/config.h"

#include <stdio.h>
#include <string.h>

#include "base/lengthof.h"
#include "base/setting.h"
#include "environment.h"

/* In the order of LogLevel, Environment and SmtpSecurity. */
static const char *const log_levels[] = { CHOICES_LOG_LEVEL, NULL };
static const char *const environments[] = { CHOICES_ENVIRONMENT, NULL };
static const char *const securities[] = { CHOICES_SMTP_SECURITY, NULL };

#define TEXT(NAME)	 SETTING_NAMED(NAME), .parse = setting_text
#define SWITCH(NAME) SETTING_NAMED(NAME), .parse = setting_switch
#define CHOICE(NAME) SETTING_NAMED(NAME), .parse = setting_choice
#define AT(field)	 .offset = offsetof(Config, field)

static const Setting variables[] = {
	{ SETTING_NAMED(DATABASE_URL), .parse = setting_database_url, AT(database_url) },
	{ SWITCH(DATABASE_UNVERIFIED), AT(database_unverified) },
	{ SETTING_NUMBER(COURIER_PARALLEL), AT(parallel) },
	{ TEXT(SMTP_SERVER), AT(smtp_server) },
	{ SETTING_NUMBER(SMTP_PORT), AT(smtp_port) },
	{ TEXT(SMTP_USERNAME), AT(smtp_username) },
	{ TEXT(SMTP_PASSWORD), AT(smtp_password) },
	{ CHOICE(SMTP_SECURITY), AT(smtp_security), .choices = securities },
	{ TEXT(SMTP_FROM_EMAIL), AT(smtp_from_email) },
	{ TEXT(SMTP_FROM_NAME), AT(smtp_from_name) },
	{ TEXT(MAIL_FOLDER), AT(mail_folder) },
	{ TEXT(MAIL_TEMPLATES), AT(mail_templates) },
	{ TEXT(MAIL_LANGUAGE), AT(mail_language) },
	{ TEXT(MAIL_CONTINUE_URL), AT(mail_continue_url) },
	{ TEXT(MAIL_OFF), AT(mail_off) },
	{ SETTING_NUMBER(MAIL_MAX_AGE), AT(mail_max_age) },
	{ TEXT(WEBHOOK_NETWORKS), AT(webhook_networks) },
	{ TEXT(PUBLIC_URL), AT(public_url) },
	{ TEXT(PAGES_NAME), AT(pages_name) },
	{ TEXT(PAGES_COLOR), AT(pages_color) },
	{ CHOICE(LOG_LEVEL), AT(log_level), .choices = log_levels },
	{ CHOICE(ENVIRONMENT), AT(environment), .choices = environments },
	{ SWITCH(DEBUG), AT(debug) },
};

_Static_assert(lengthof(variables) == COURIER_NAMES,
			   "the courier reads what contract/environment.txt says that it reads");

bool
config_load(Config *config)
{
	memset(config, 0, sizeof(*config));
	if (!settings_load(variables, lengthof(variables), config))
		return false;
	if (config->debug)
		config->log_level = LOG_LEVEL_DEBUG;
	return config->environment != ENVIRONMENT_PRODUCTION || config->database_unverified ||
		   setting_database_is_safe("DATABASE_URL", config->database_url);
}
