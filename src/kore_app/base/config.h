/*
 * config.h: what the environment says, checked and converted.
 *
 * The environment is read once, in the parent, before the workers start.  The
 * names, their defaults and their ranges are in one table in config.c.
 */
#ifndef JERRY_CONFIG_H
#define JERRY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/network.h"

#define CONFIG_MAX_ORIGINS	64
#define CONFIG_MAX_NETWORKS 64

typedef enum Environment
{
	ENVIRONMENT_DEVELOPMENT,
	ENVIRONMENT_TESTING,
	ENVIRONMENT_PRODUCTION
} Environment;

/* Origins in lower case, without a port that goes without saying. */
typedef struct Origins
{
	const char *list[CONFIG_MAX_ORIGINS];
	size_t count;
} Origins;

typedef struct Config
{
	const char *database_url;	   /* URI or keyword string, parsable by libpq */
	const char *database_read_url; /* the same, of a replica; NULL: none */
	int database_read_max_lag;	   /* seconds; 0: no bound */
	int database_pool_size;		   /* connections per worker, all lanes */
	int database_max_overflow;	   /* always 0 */
	bool database_unverified;	   /* a remote database need not prove in production who it is */
	int maintenance_interval;	   /* seconds; 0: no maintenance */

	const char *host; /* IPv4 or IPv6 address */
	int port;
	int workers;
	const char *metrics_address; /* likewise */
	int metrics_port;			 /* 0: no metrics */
	const char *tls_cert_file;	 /* path; NULL, as the next one: no TLS */
	const char *tls_key_file;

	Origins allowed_origins;
	bool local_origins; /* every port of this machine besides */
	Network trusted_proxies[CONFIG_MAX_NETWORKS];
	size_t trusted_proxies_count;
	int max_connections_per_address; /* 0: no limit */
	int keepalive_timeout;			 /* seconds that an idle connection stays open */
	bool docs;						 /* are /docs and /openapi.json served? */

	bool pages;					  /* are the pages for links in mails served? */
	const char *pages_name;		  /* any text; see pages_configure() */
	const char *pages_logo;		  /* path; NULL: Jerry's own */
	const char *pages_color;	  /* "#1f6feb" */
	const char *pages_color_dark; /* likewise */
	Origins redirect_origins;	  /* of http and https */

	const char *dev_mail_folder; /* path of the courier's mails; NULL: none */
	bool dev_mail;				 /* are they shown? */

	LogLevel log_level;
	Environment environment;
	bool debug;

	/* Both consist of characters that need no escape in JSON. */
	const char *service_name;
	const char *service_version;
} Config;

/*
 * Reads the environment into *config.  Strings live as long as the process.
 * Returns false when a value is missing or malformed, after a line on
 * standard error for each of them.
 */
extern bool config_load(Config *config);

#endif /* JERRY_CONFIG_H */
