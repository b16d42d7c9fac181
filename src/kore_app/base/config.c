/*
 * config.c: what the environment says, checked and converted.
 *
 * One table holds every name with its parser, default and range.
 */
#include "base/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/color.h"
#include "base/lengthof.h"
#include "base/setting.h"
#include "environment.h"

#ifndef JERRY_VERSION
#error "JERRY_VERSION must be defined"
#endif

/* One connection more than the smallest pool has. */
#define POOL_SIZE_WITH_REPLICA 4

/*
 * Takes the next element of a comma-separated list, without the spaces around
 * it, as a new string.  NULL at the end; empty elements are skipped.
 */
static char *
next_element(const char **list)
{
	while (**list != '\0')
	{
		const char *start = *list + strspn(*list, " \t");
		size_t length = strcspn(start, ",");

		*list = start + length + (start[length] == ',' ? 1 : 0);
		while (length > 0 && isspace((unsigned char) start[length - 1]))
			length--;
		if (length > 0)
			return strndup(start, length);
	}
	return NULL;
}

/* Is this host written as browsers write it? */
static bool
is_canonical_host(const char *host, size_t length)
{
	char text[INET6_ADDRSTRLEN];
	char canonical[INET6_ADDRSTRLEN];
	struct in_addr ipv4;
	struct in6_addr ipv6;
	const char *label = host + length;

	if (*host == '[')
	{
		host++, length -= 2;
		if (length >= sizeof(text))
			return false;
		memcpy(text, host, length);
		text[length] = '\0';
		return inet_pton(AF_INET6, text, &ipv6) == 1 &&
			   inet_ntop(AF_INET6, &ipv6, canonical, sizeof(canonical)) != NULL &&
			   strcmp(text, canonical) == 0;
	}
	if (*host == '.' || memmem(host, length, "..", 2) != NULL)
		return false;

	/* What ends with a number is an IPv4 address. */
	while (label > host && label[-1] != '.')
		label--;
	if (label == host + length || !isdigit((unsigned char) *label))
		return true;
	if (length >= sizeof(text))
		return false;
	memcpy(text, host, length);
	text[length] = '\0';
	return inet_pton(AF_INET, text, &ipv4) == 1;
}

/*
 * Scheme "://" host [":" port], as browsers send it, once a port that goes
 * without saying is cut off: what no browser sends would allow nothing.
 */
static bool
is_origin(char *text)
{
	const char *authority = strstr(text, "://");
	char *host_end;

	if (authority == NULL || !isalpha((unsigned char) text[0]))
		return false;
	for (const char *p = text; p < authority; p++)
	{
		if (!isalnum((unsigned char) *p) && strchr("+-.", *p) == NULL)
			return false;
	}

	authority += strlen("://");
	if (*authority == '[')
	{
		host_end = (char *) authority + 1 + strspn(authority + 1, "0123456789abcdef:.");
		if (*host_end++ != ']')
			return false;
	}
	else
		host_end = (char *) authority + strspn(authority, "abcdefghijklmnopqrstuvwxyz"
														  "0123456789-._");
	if (host_end == authority || !is_canonical_host(authority, (size_t) (host_end - authority)))
		return false;
	if (*host_end == ':')
	{
		char *end;
		long port = strtol(host_end + 1, &end, 10);

		if (host_end[1] < '1' || host_end[1] > '9' || *end != '\0' || port > 65535)
			return false;
		if ((port == 443 && strncmp(text, "https:", 6) == 0) ||
			(port == 80 && strncmp(text, "http:", 5) == 0))
			*host_end = '\0';
		return true;
	}
	return *host_end == '\0';
}

/* What is wrong with an origin, where that is a common mistake. */
static const char *
explain_origin(const char *origin)
{
	const char *authority = strstr(origin, "://");

	if (strchr(origin, '*') != NULL)
		return ": there is no wildcard, write each origin";
	if (authority == NULL)
		return ": an origin begins with https:// or http://";
	if (strpbrk(authority + 3, "/?#") != NULL)
		return ": an origin has no path, and no trailing slash";
	for (const char *p = origin; *p != '\0'; p++)
	{
		if ((unsigned char) *p > '~')
			return ": write a non-ASCII name as browsers send it, with xn--";
	}
	return "";
}

/* A list of origins, in lower case as browsers send them. */
static bool
parse_origins(const Setting *setting, const char *value, void *config, char *problem)
{
	Origins *origins = SETTING_FIELD(Origins, config, setting);
	char *origin;

	while ((origin = next_element(&value)) != NULL)
	{
		/* Browsers send scheme and host in lower case. */
		for (char *p = origin; *p != '\0'; p++)
			*p = (char) tolower((unsigned char) *p);

		if (!is_origin(origin) || strlen(origin) > 255)
		{
			snprintf(problem, SETTING_PROBLEM_SIZE,
					 "is not a list of origins such as https://app.example.com%s",
					 explain_origin(origin));
			free(origin);
			return false;
		}
		if (origins->count == CONFIG_MAX_ORIGINS)
		{
			snprintf(problem, SETTING_PROBLEM_SIZE, "is a list of more than %d origins",
					 CONFIG_MAX_ORIGINS);
			free(origin);
			return false;
		}
		origins->list[origins->count++] = origin;
	}
	return true;
}

/* A list of origins that a link can lead to. */
static bool
parse_link_origins(const Setting *setting, const char *value, void *config, char *problem)
{
	const Origins *origins = SETTING_FIELD(Origins, config, setting);

	if (!parse_origins(setting, value, config, problem))
		return false;
	for (size_t i = 0; i < origins->count; i++)
	{
		if (strncmp(origins->list[i], "https://", 8) != 0 &&
			strncmp(origins->list[i], "http://", 7) != 0)
		{
			snprintf(problem, SETTING_PROBLEM_SIZE,
					 "is not a list of origins that all begin with https:// or http://");
			return false;
		}
	}
	return true;
}

static bool
parse_color(const Setting *setting, const char *value, void *config, char *problem)
{
	if (!color_is(value))
	{
		snprintf(problem, SETTING_PROBLEM_SIZE, "is not a colour such as #1f6feb");
		return false;
	}
	*SETTING_FIELD(const char *, config, setting) = strdup(value);
	return true;
}

/* A list of addresses and networks. */
static bool
parse_networks(const Setting *setting, const char *value, void *config, char *problem)
{
	Config *to = config;
	char *element;

	(void) setting;
	while ((element = next_element(&value)) != NULL)
	{
		Network network;
		bool valid = network_read(element, &network);

		free(element);
		if (!valid)
		{
			snprintf(problem, SETTING_PROBLEM_SIZE,
					 "is not a list of addresses and networks such as "
					 "10.0.0.0/8");
			return false;
		}
		if (to->trusted_proxies_count == CONFIG_MAX_NETWORKS)
		{
			snprintf(problem, SETTING_PROBLEM_SIZE, "is a list of more than %d networks",
					 CONFIG_MAX_NETWORKS);
			return false;
		}
		to->trusted_proxies[to->trusted_proxies_count++] = network;
	}
	return true;
}

/* In the order of LogLevel and of Environment. */
static const char *const log_levels[] = { CHOICES_LOG_LEVEL, NULL };
static const char *const environments[] = { CHOICES_ENVIRONMENT, NULL };

#define AT(field) offsetof(Config, field)

static const Setting variables[] = {
	{ SETTING_NAMED(DATABASE_URL), .parse = setting_database_url, .offset = AT(database_url) },
	{ SETTING_NAMED(DATABASE_READ_URL), .parse = setting_database_url,
	  .offset = AT(database_read_url) },
	{ SETTING_NUMBER(DATABASE_READ_MAX_LAG), .offset = AT(database_read_max_lag) },
	{ SETTING_NUMBER(DATABASE_POOL_SIZE), .offset = AT(database_pool_size) },
	{ SETTING_NUMBER(DATABASE_MAX_OVERFLOW), .offset = AT(database_max_overflow) },
	{ SETTING_NAMED(DATABASE_UNVERIFIED), .parse = setting_switch,
	  .offset = AT(database_unverified) },
	{ SETTING_NUMBER(MAINTENANCE_INTERVAL), .offset = AT(maintenance_interval) },
	{ SETTING_NAMED(HOST), .parse = setting_address, .offset = AT(host) },
	{ SETTING_NUMBER(PORT), .offset = AT(port) },
	{ SETTING_NAMED(METRICS_ADDRESS), .parse = setting_address, .offset = AT(metrics_address) },
	{ SETTING_NUMBER(METRICS_PORT), .offset = AT(metrics_port) },
	{ SETTING_NAMED(TLS_CERT_FILE), .parse = setting_text, .offset = AT(tls_cert_file) },
	{ SETTING_NAMED(TLS_KEY_FILE), .parse = setting_text, .offset = AT(tls_key_file) },
	{ SETTING_NUMBER(KORE_WORKERS), .offset = AT(workers) },
	{ SETTING_NAMED(ALLOWED_ORIGINS), .parse = parse_origins, .offset = AT(allowed_origins) },
	{ SETTING_NAMED(TRUSTED_PROXIES), .parse = parse_networks },
	{ SETTING_NUMBER(MAX_CONNECTIONS_PER_ADDRESS), .offset = AT(max_connections_per_address) },
	{ SETTING_NUMBER(KEEPALIVE_TIMEOUT), .offset = AT(keepalive_timeout) },
	{ SETTING_NAMED(DOCS), .parse = setting_switch, .offset = AT(docs) },
	{ SETTING_NAMED(PAGES), .parse = setting_switch, .offset = AT(pages) },
	{ SETTING_NAMED(PAGES_NAME), .parse = setting_text, .offset = AT(pages_name) },
	{ SETTING_NAMED(PAGES_LOGO), .parse = setting_text, .offset = AT(pages_logo) },
	{ SETTING_NAMED(PAGES_COLOR), .parse = parse_color, .offset = AT(pages_color) },
	{ SETTING_NAMED(PAGES_COLOR_DARK), .parse = parse_color, .offset = AT(pages_color_dark) },
	{ SETTING_NAMED(REDIRECT_ORIGINS), .parse = parse_link_origins,
	  .offset = AT(redirect_origins) },
	{ SETTING_NAMED(DEV_MAIL_FOLDER), .parse = setting_text, .offset = AT(dev_mail_folder) },
	{ SETTING_NAMED(LOG_LEVEL), .parse = setting_choice,
	  .offset = AT(log_level), .choices = log_levels },
	{ SETTING_NAMED(ENVIRONMENT), .parse = setting_choice, .offset = AT(environment),
	  .choices = environments },
	{ SETTING_NAMED(DEBUG), .parse = setting_switch, .offset = AT(debug) },
	{ SETTING_NAMED(SERVICE_NAME), .parse = setting_name, .offset = AT(service_name), .max = 64 },
	{ SETTING_NAMED(SERVICE_VERSION), .parse = setting_name,
	  .offset = AT(service_version), .max = 32 },
};

_Static_assert(lengthof(variables) == SIDECAR_NAMES,
			   "the sidecar reads what contract/environment.txt says that it reads");

static bool
check_exposure(const Config *config, const char *name, const char *url)
{
	return url == NULL || config->environment != ENVIRONMENT_PRODUCTION ||
		   config->database_unverified || setting_database_is_safe(name, url);
}

bool
config_load(Config *config)
{
	bool valid;

	memset(config, 0, sizeof(*config));
	valid = settings_load(variables, lengthof(variables), config);
	if (valid && config->database_read_url != NULL &&
		config->database_pool_size < POOL_SIZE_WITH_REPLICA)
	{
		fprintf(stderr,
				"jerry: DATABASE_POOL_SIZE: \"%d\" is not enough for DATABASE_READ_URL, which "
				"needs %d\n",
				config->database_pool_size, POOL_SIZE_WITH_REPLICA);
		valid = false;
	}
	if (valid && config->metrics_port == config->port)
	{
		fprintf(stderr, "jerry: METRICS_PORT: \"%d\" is that of PORT, but metrics have a port of "
						"their own\n",
				config->metrics_port);
		valid = false;
	}
	if (valid && (config->tls_cert_file == NULL) != (config->tls_key_file == NULL))
	{
		fprintf(stderr, "jerry: %s: is required for TLS\n",
				config->tls_cert_file == NULL ? "TLS_CERT_FILE" : "TLS_KEY_FILE");
		valid = false;
	}
	if (valid)
	{
		valid = check_exposure(config, "DATABASE_URL", config->database_url);
		valid = check_exposure(config, "DATABASE_READ_URL", config->database_read_url) && valid;
	}
	config->local_origins =
		config->environment == ENVIRONMENT_DEVELOPMENT && config->allowed_origins.count == 0;
	config->dev_mail =
		config->environment == ENVIRONMENT_DEVELOPMENT && config->dev_mail_folder != NULL;
	if (config->debug)
		config->log_level = LOG_LEVEL_DEBUG;
	return valid;
}
