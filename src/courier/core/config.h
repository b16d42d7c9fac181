/*
 * config.h: what the environment says to the courier, checked and converted.
 */
#ifndef JERRY_COURIER_CONFIG_H
#define JERRY_COURIER_CONFIG_H

#include <stdbool.h>

#include "base/log.h"

typedef enum Environment
{
	ENVIRONMENT_DEVELOPMENT,
	ENVIRONMENT_TESTING,
	ENVIRONMENT_PRODUCTION
} Environment;

typedef enum SmtpSecurity
{
	SMTP_STARTTLS,
	SMTP_TLS,
	SMTP_NONE
} SmtpSecurity;

/* A text that is not set is NULL. */
typedef struct Config
{
	const char *database_url;
	bool database_unverified;
	int parallel; /* deliveries at a time */

	const char *smtp_server; /* a name or an address */
	int smtp_port;
	const char *smtp_username;
	const char *smtp_password;
	SmtpSecurity smtp_security;
	const char *smtp_from_email;
	const char *smtp_from_name;
	const char *mail_folder; /* where mails become files, instead of smtp_server */
	const char *mail_templates;
	const char *mail_language;
	const char *mail_continue_url;
	const char *mail_off;
	int mail_max_age; /* seconds */

	const char *webhook_networks; /* that webhooks may reach besides the internet */

	const char *public_url; /* without a slash at the end */
	const char *pages_name;
	const char *pages_color;

	LogLevel log_level;
	Environment environment;
	bool debug;
} Config;

/*
 * Reads the environment into *config.  Strings live as long as the process.
 * Returns false when a value is malformed, after a line on standard error for
 * each of them.
 */
extern bool config_load(Config *config);

#endif /* JERRY_COURIER_CONFIG_H */
