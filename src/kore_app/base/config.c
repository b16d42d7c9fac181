/*
 * config.c: what the environment says, checked and converted.
 *
 * One table holds every name with its parser, default and range.  The value of
 * a secret is never repeated in a message.
 */
#include "base/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/conninfo.h"
#include "base/lengthof.h"
#include "environment.h"

#ifndef JERRY_VERSION
#error "JERRY_VERSION must be defined"
#endif

#define MAX_SECRET_FILE	   4096
#define NAME_SIZE		   64 /* of a name in the environment that is looked at */
#define NAME_CHECKED	   9  /* letters; a shorter name may be another program's */
#define VALUE_PROBLEM_SIZE 256

/* One connection more than the smallest pool has. */
#define POOL_SIZE_WITH_REPLICA 4

typedef struct Setting Setting;

/*
 * Converts a value and stores it in the field of the configuration.  On
 * failure writes into problem what the value is not, such as "is not a
 * number between 1 and 9".
 */
typedef bool (*Parser)(const Setting *setting, const char *value, Config *config, char *problem);

struct Setting
{
	const char *name;
	Parser parse;
	size_t offset;				/* of the field in Config */
	const char *fallback;		/* NULL: required */
	long min;					/* of a number */
	long max;					/* of a number, or of the length of a name */
	const char *const *choices; /* names of the enumeration, NULL at the end */
	bool secret;				/* may come from a file; is never shown */
};

#define FIELD(type, config, setting) ((type *) ((char *) (config) + (setting)->offset))

static bool
is_name_character(char c)
{
	return isalnum((unsigned char) c) || strchr("._-+ ", c) != NULL;
}

/* A whole number within the setting's range. */
static bool
parse_number(const Setting *setting, const char *value, Config *config, char *problem)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (!isdigit((unsigned char) value[0]) || *end != '\0' || errno != 0 || number < setting->min ||
		number > setting->max)
	{
		if (setting->min == setting->max)
			snprintf(problem, VALUE_PROBLEM_SIZE, "is not %ld, the only value that is supported",
					 setting->min);
		else
			snprintf(problem, VALUE_PROBLEM_SIZE, "is not a number between %ld and %ld",
					 setting->min, setting->max);
		return false;
	}
	*FIELD(int, config, setting) = (int) number;
	return true;
}

/* One of the setting's words. */
static bool
parse_choice(const Setting *setting, const char *value, Config *config, char *problem)
{
	size_t used;

	for (int i = 0; setting->choices[i] != NULL; i++)
	{
		if (strcasecmp(value, setting->choices[i]) == 0)
		{
			*FIELD(int, config, setting) = i;
			return true;
		}
	}

	used = (size_t) snprintf(problem, VALUE_PROBLEM_SIZE, "is not one of ");
	for (int i = 0; setting->choices[i] != NULL && used < VALUE_PROBLEM_SIZE; i++)
		used += (size_t) snprintf(problem + used, VALUE_PROBLEM_SIZE - used, "%s%s",
								  i > 0 ? ", " : "", setting->choices[i]);
	return false;
}

/* True or False. */
static bool
parse_switch(const Setting *setting, const char *value, Config *config, char *problem)
{
	if (strcasecmp(value, "True") == 0)
		*FIELD(bool, config, setting) = true;
	else if (strcasecmp(value, "False") == 0)
		*FIELD(bool, config, setting) = false;
	else
	{
		snprintf(problem, VALUE_PROBLEM_SIZE, "is not one of True, False");
		return false;
	}
	return true;
}

/* A name that goes into JSON as it is. */
static bool
parse_name(const Setting *setting, const char *value, Config *config, char *problem)
{
	size_t good = 0;

	while (value[good] != '\0' && is_name_character(value[good]))
		good++;
	if (value[good] != '\0' || good > (size_t) setting->max)
	{
		snprintf(problem, VALUE_PROBLEM_SIZE,
				 "is not a name of at most %ld letters, digits, spaces and ._-+", setting->max);
		return false;
	}
	*FIELD(const char *, config, setting) = strdup(value);
	return true;
}

/* An IPv4 or IPv6 address to listen on. */
static bool
parse_address(const Setting *setting, const char *value, Config *config, char *problem)
{
	struct in6_addr address;

	if (strcmp(value, "localhost") == 0)
		value = "127.0.0.1";
	if (inet_pton(AF_INET, value, &address) != 1 && inet_pton(AF_INET6, value, &address) != 1)
	{
		snprintf(problem, VALUE_PROBLEM_SIZE, "is not an IPv4 or IPv6 address");
		return false;
	}
	*FIELD(const char *, config, setting) = strdup(value);
	return true;
}

/* Takes any text, such as a path; an empty one is none. */
static bool
parse_text(const Setting *setting, const char *value, Config *config, char *problem)
{
	(void) problem;
	*FIELD(const char *, config, setting) = *value != '\0' ? strdup(value) : NULL;
	return true;
}

/*
 * One port for each host, or one for all; libpq itself looks at them only when
 * it connects.
 */
static bool
are_ports(const char *list)
{
	while (list != NULL && *list != '\0')
	{
		char *end;
		long port = strtol(list, &end, 10);

		if (end != list && (!isdigit((unsigned char) *list) || port < 1 || port > 65535))
			return false;
		if (*end != ',' && *end != '\0')
			return false;
		list = *end == ',' ? end + 1 : end;
	}
	return true;
}

/*
 * A host name has no @.  Where one stands in it, it was meant for the password
 * of a URL, whose rest must be neither looked up nor logged as a name.  The
 * name of an abstract socket begins with one.
 */
static bool
are_hosts(const char *list)
{
	for (const char *at = list; at != NULL && (at = strchr(at, '@')) != NULL; at++)
	{
		if (at > list && at[-1] != ',')
			return false;
	}
	return true;
}

/*
 * Parameters of other drivers' URLs, which libpq refuses; none of these words
 * is a part of a password.
 */
static const char *const foreign_parameters[] = {
	"async_fallback", "charset", "connection_limit", "currentSchema", "encoding", "max_overflow",
	"pgbouncer", "pool_mode", "pool_size", "pool_timeout", "prepareThreshold",
	"prepared_statement_cache_size", "prepared_statements", "schema", "search_path",
	"serverVersion", "server_settings", "sslaccept", "sslidentity", "ssl_mode",
	"statement_cache_size", "supa", "uselibpqcompat", "useSSL", NULL
};

/* Is there "&name=" or "?name=" in the URL? */
static bool
has_parameter(const char *url, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(url, name); at != NULL; at = strstr(at + 1, name))
	{
		if (at > url && strchr("?&", at[-1]) != NULL && at[length] == '=')
			return true;
	}
	return false;
}

/*
 * Why a value is no connection URI or string.  Only words that cannot be part
 * of a password are repeated, which is why libpq's own message is not.
 */
static void
explain_url(const char *value, char *problem)
{
	size_t scheme =
		strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.:_");
	int used =
		snprintf(problem, VALUE_PROBLEM_SIZE, "is not a PostgreSQL connection URI or string");

	if (scheme > 0 && value[scheme - 1] == ':' && strncmp(value + scheme, "//", 2) == 0 &&
		--scheme <= 32 && strncmp(value, "postgresql:", scheme + 1) != 0 &&
		strncmp(value, "postgres:", scheme + 1) != 0)
	{
		snprintf(problem + used, VALUE_PROBLEM_SIZE - (size_t) used,
				 ": it begins with %.*s://, write postgresql://", (int) scheme, value);
		return;
	}
	for (int i = 0; foreign_parameters[i] != NULL; i++)
	{
		if (has_parameter(value, foreign_parameters[i]))
		{
			snprintf(problem + used, VALUE_PROBLEM_SIZE - (size_t) used,
					 ": the parameter %s is another driver's, leave it out", foreign_parameters[i]);
			return;
		}
	}
}

/* Checks a connection string as libpq will read it. */
static bool
parse_database_url(const Setting *setting, const char *value, Config *config, char *problem)
{
	PQconninfoOption *options;
	bool valid;

	if (*value == '\0' && setting->fallback != NULL)
		return true; /* an optional one that is not set */

	options = value[strspn(value, " \t\r\n")] != '\0' ? PQconninfoParse(value, NULL) : NULL;
	valid = options != NULL;
	for (PQconninfoOption *option = options; valid && option->keyword != NULL; option++)
		valid = (strcmp(option->keyword, "port") != 0 || are_ports(option->val)) &&
				(strcmp(option->keyword, "host") != 0 || are_hosts(option->val));
	PQconninfoFree(options);
	if (!valid)
	{
		explain_url(value, problem);
		return false;
	}
	*FIELD(const char *, config, setting) = strdup(value);
	return true;
}

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
parse_origins(const Setting *setting, const char *value, Config *config, char *problem)
{
	Origins *origins = FIELD(Origins, config, setting);
	char *origin;

	while ((origin = next_element(&value)) != NULL)
	{
		/* Browsers send scheme and host in lower case. */
		for (char *p = origin; *p != '\0'; p++)
			*p = (char) tolower((unsigned char) *p);

		if (!is_origin(origin) || strlen(origin) > 255)
		{
			snprintf(problem, VALUE_PROBLEM_SIZE,
					 "is not a list of origins such as https://app.example.com%s",
					 explain_origin(origin));
			free(origin);
			return false;
		}
		if (origins->count == CONFIG_MAX_ORIGINS)
		{
			snprintf(problem, VALUE_PROBLEM_SIZE, "is a list of more than %d origins",
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
parse_link_origins(const Setting *setting, const char *value, Config *config, char *problem)
{
	const Origins *origins = FIELD(Origins, config, setting);

	if (!parse_origins(setting, value, config, problem))
		return false;
	for (size_t i = 0; i < origins->count; i++)
	{
		if (strncmp(origins->list[i], "https://", 8) != 0 &&
			strncmp(origins->list[i], "http://", 7) != 0)
		{
			snprintf(problem, VALUE_PROBLEM_SIZE,
					 "is not a list of origins that all begin with https:// or http://");
			return false;
		}
	}
	return true;
}

/* "#" and six hexadecimal digits. */
static bool
parse_color(const Setting *setting, const char *value, Config *config, char *problem)
{
	if (*value != '#' || strlen(value) != 7 ||
		strspn(value + 1, "0123456789abcdefABCDEF") != 6)
	{
		snprintf(problem, VALUE_PROBLEM_SIZE, "is not a colour such as #1f6feb");
		return false;
	}
	*FIELD(const char *, config, setting) = strdup(value);
	return true;
}

/* ADDRESS or ADDRESS/PREFIX. */
static bool
parse_network(char *text, Network *network)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char *slash = strchr(text, '/');
	int longest = 128;
	int prefix;
	struct in_addr ipv4;

	if (slash != NULL)
		*slash = '\0';
	if (inet_pton(AF_INET, text, &ipv4) == 1)
	{
		memcpy(network->address.s6_addr, mapped, sizeof(mapped));
		memcpy(network->address.s6_addr + sizeof(mapped), &ipv4, sizeof(ipv4));
		longest = 32;
	}
	else if (inet_pton(AF_INET6, text, &network->address) != 1)
		return false;

	prefix = longest;
	if (slash != NULL)
	{
		char *end;

		prefix = (int) strtol(slash + 1, &end, 10);
		if (!isdigit((unsigned char) slash[1]) || *end != '\0' || end - slash > 4 ||
			prefix > longest)
			return false;
	}
	network->prefix = prefix + (128 - longest);
	return true;
}

/* A list of addresses and networks. */
static bool
parse_networks(const Setting *setting, const char *value, Config *config, char *problem)
{
	char *element;

	(void) setting;
	while ((element = next_element(&value)) != NULL)
	{
		Network network;
		bool valid = parse_network(element, &network);

		free(element);
		if (!valid)
		{
			snprintf(problem, VALUE_PROBLEM_SIZE,
					 "is not a list of addresses and networks such as "
					 "10.0.0.0/8");
			return false;
		}
		if (config->trusted_proxies_count == CONFIG_MAX_NETWORKS)
		{
			snprintf(problem, VALUE_PROBLEM_SIZE, "is a list of more than %d networks",
					 CONFIG_MAX_NETWORKS);
			return false;
		}
		config->trusted_proxies[config->trusted_proxies_count++] = network;
	}
	return true;
}

/* In the order of LogLevel and of Environment. */
static const char *const log_levels[] = { CHOICES_LOG_LEVEL, NULL };
static const char *const environments[] = { CHOICES_ENVIRONMENT, NULL };

#define AT(field) offsetof(Config, field)

/* Names, defaults and ranges are those of contract/environment.txt. */
#define NAMED(NAME)	 .name = #NAME, .fallback = DEFAULT_##NAME, .secret = SECRET_##NAME
#define NUMBER(NAME) NAMED(NAME), .parse = parse_number, .min = MIN_##NAME, .max = MAX_##NAME

static const Setting variables[] = {
	{ NAMED(DATABASE_URL), .parse = parse_database_url, .offset = AT(database_url) },
	{ NAMED(DATABASE_READ_URL), .parse = parse_database_url, .offset = AT(database_read_url) },
	{ NUMBER(DATABASE_READ_MAX_LAG), .offset = AT(database_read_max_lag) },
	{ NUMBER(DATABASE_POOL_SIZE), .offset = AT(database_pool_size) },
	{ NUMBER(DATABASE_MAX_OVERFLOW), .offset = AT(database_max_overflow) },
	{ NAMED(DATABASE_UNVERIFIED), .parse = parse_switch, .offset = AT(database_unverified) },
	{ NUMBER(MAINTENANCE_INTERVAL), .offset = AT(maintenance_interval) },
	{ NAMED(HOST), .parse = parse_address, .offset = AT(host) },
	{ NUMBER(PORT), .offset = AT(port) },
	{ NAMED(METRICS_ADDRESS), .parse = parse_address, .offset = AT(metrics_address) },
	{ NUMBER(METRICS_PORT), .offset = AT(metrics_port) },
	{ NAMED(TLS_CERT_FILE), .parse = parse_text, .offset = AT(tls_cert_file) },
	{ NAMED(TLS_KEY_FILE), .parse = parse_text, .offset = AT(tls_key_file) },
	{ NUMBER(KORE_WORKERS), .offset = AT(workers) },
	{ NAMED(ALLOWED_ORIGINS), .parse = parse_origins, .offset = AT(allowed_origins) },
	{ NAMED(TRUSTED_PROXIES), .parse = parse_networks },
	{ NUMBER(MAX_CONNECTIONS_PER_ADDRESS), .offset = AT(max_connections_per_address) },
	{ NUMBER(KEEPALIVE_TIMEOUT), .offset = AT(keepalive_timeout) },
	{ NAMED(DOCS), .parse = parse_switch, .offset = AT(docs) },
	{ NAMED(PAGES), .parse = parse_switch, .offset = AT(pages) },
	{ NAMED(PAGES_NAME), .parse = parse_text, .offset = AT(pages_name) },
	{ NAMED(PAGES_LOGO), .parse = parse_text, .offset = AT(pages_logo) },
	{ NAMED(PAGES_COLOR), .parse = parse_color, .offset = AT(pages_color) },
	{ NAMED(PAGES_COLOR_DARK), .parse = parse_color, .offset = AT(pages_color_dark) },
	{ NAMED(REDIRECT_ORIGINS), .parse = parse_link_origins, .offset = AT(redirect_origins) },
	{ NAMED(LOG_LEVEL), .parse = parse_choice, .offset = AT(log_level), .choices = log_levels },
	{ NAMED(ENVIRONMENT), .parse = parse_choice, .offset = AT(environment),
	  .choices = environments },
	{ NAMED(DEBUG), .parse = parse_switch, .offset = AT(debug) },
	{ NAMED(SERVICE_NAME), .parse = parse_name, .offset = AT(service_name), .max = 64 },
	{ NAMED(SERVICE_VERSION), .parse = parse_name, .offset = AT(service_version), .max = 32 },
};

_Static_assert(lengthof(variables) == SIDECAR_NAMES,
			   "the sidecar reads what contract/environment.txt says that it reads");

/* Says what is wrong with a setting, its value included if it is no secret. */
static void
complain(const Setting *setting, const char *value, const char *problem)
{
	fprintf(stderr, "jerry: %s: ", setting->name);
	if (setting->secret)
		fprintf(stderr, "the value %s\n", problem);
	else
	{
		fputc('"', stderr);
		for (size_t i = 0; value[i] != '\0' && i < 80; i++)
			fputc(isprint((unsigned char) value[i]) ? value[i] : '?', stderr);
		fprintf(stderr, "\" %s\n", problem);
	}
}

/* Reads the file that NAME_FILE names, without the newline at its end. */
static char *
read_secret(const Setting *setting, const char *path)
{
	char content[MAX_SECRET_FILE + 1];
	size_t length;
	FILE *file = fopen(path, "re");

	if (file == NULL)
	{
		fprintf(stderr, "jerry: %s_FILE: could not read \"%s\": %s\n", setting->name, path,
				strerror(errno));
		return NULL;
	}
	length = fread(content, 1, sizeof(content), file);
	if (ferror(file) || length > MAX_SECRET_FILE || memchr(content, '\0', length) != NULL)
	{
		fprintf(stderr,
				"jerry: %s_FILE: \"%s\" is not a text file of at most "
				"%d bytes\n",
				setting->name, path, MAX_SECRET_FILE);
		fclose(file);
		return NULL;
	}
	fclose(file);
	while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r'))
		length--;
	if (length == 0)
	{
		fprintf(stderr, "jerry: %s_FILE: \"%s\" is empty\n", setting->name, path);
		return NULL;
	}
	return strndup(content, length);
}

/*
 * Finds the text of a setting: NAME, else for secrets the file in NAME_FILE,
 * else the default.  An empty variable counts as one that is not there.  NULL
 * after a complaint.
 */
static const char *
find_value(const Setting *setting)
{
	const char *value = getenv(setting->name);
	const char *path = NULL;

	if (setting->secret)
	{
		char name[64];

		snprintf(name, sizeof(name), "%s_FILE", setting->name);
		path = getenv(name);
	}
	if (value != NULL && *value == '\0')
		value = NULL;
	if (path != NULL && *path == '\0')
		path = NULL;

	if (value != NULL && path != NULL)
	{
		fprintf(stderr, "jerry: %s: both %s and %s_FILE are set\n", setting->name, setting->name,
				setting->name);
		return NULL;
	}
	if (path != NULL)
		return read_secret(setting, path);
	if (value == NULL && setting->fallback == NULL)
	{
		fprintf(stderr,
				"jerry: %s: is required, here or as the name of a file "
				"in %s_FILE\n",
				setting->name, setting->name);
		return NULL;
	}
	return value != NULL ? value : setting->fallback;
}

/*
 * How many letters must be added, left out or changed to make one text of the
 * other.
 */
static size_t
distance(const char *one, const char *other, size_t other_length)
{
	size_t row[NAME_SIZE];

	for (size_t i = 0; i <= other_length; i++)
		row[i] = i;
	for (size_t n = 0; one[n] != '\0'; n++)
	{
		size_t diagonal = row[0];

		row[0] = n + 1;
		for (size_t i = 1; i <= other_length; i++)
		{
			size_t change = diagonal + (one[n] != other[i - 1]);
			size_t least = row[i] < row[i - 1] ? row[i] + 1 : row[i - 1] + 1;

			diagonal = row[i];
			row[i] = change < least ? change : least;
		}
	}
	return row[other_length];
}

/* The setting that a name of the environment was meant for, or NULL. */
static const Setting *
find_meant(const char *name, size_t length)
{
	static const struct
	{
		const char *name;
		const char *meant;
	} others[] = {
		{ "CORS_ORIGINS", "ALLOWED_ORIGINS" },
		{ "CORS_ALLOWED_ORIGINS", "ALLOWED_ORIGINS" },
		{ "TRUSTED_PROXY", "TRUSTED_PROXIES" },
		{ "DB_POOL_SIZE", "DATABASE_POOL_SIZE" },
		{ "TLS_CERT", "TLS_CERT_FILE" },
		{ "TLS_KEY", "TLS_KEY_FILE" },
		{ "DATABASE_REPLICA_URL", "DATABASE_READ_URL" },
	};
	const Setting *meant = NULL;

	for (size_t i = 0; i < lengthof(variables); i++)
	{
		const Setting *setting = &variables[i];
		size_t known = strlen(setting->name);

		if (strncmp(setting->name, name, known) == 0 &&
			(length == known || (length == known + 5 && strncmp(name + known, "_FILE", 5) == 0)))
			return length == known || setting->secret || known < NAME_CHECKED ? NULL : setting;
		for (size_t other = 0; other < lengthof(others); other++)
		{
			if (strlen(others[other].name) == length &&
				strncmp(others[other].name, name, length) == 0 &&
				strcmp(others[other].meant, setting->name) == 0)
				return setting;
		}
		if (known >= NAME_CHECKED &&
			distance(setting->name, name, length) <= (known > NAME_CHECKED ? 2 : 1))
			meant = setting;
	}
	return meant;
}

/*
 * Refuses names that are nearly right, which would be without any effect.
 * Short names are left alone: they may be another program's.
 */
static bool
check_names(void)
{
	bool valid = true;

	for (char **variable = environ; *variable != NULL; variable++)
	{
		size_t length = strcspn(*variable, "=");
		const Setting *meant = length < NAME_SIZE ? find_meant(*variable, length) : NULL;

		if (meant == NULL || (*variable)[length] == '\0' || (*variable)[length + 1] == '\0')
			continue;
		fprintf(stderr, "jerry: %.*s: there is no such setting; did you mean %s?\n", (int) length,
				*variable, meant->name);
		valid = false;
	}
	return valid;
}

/* In production nobody in between may read, or answer for, the database. */
static bool
check_exposure(const Config *config, const char *name, const char *url)
{
	if (url == NULL || config->environment != ENVIRONMENT_PRODUCTION ||
		config->database_unverified || !conninfo_is_exposed(url))
		return true;
	fprintf(stderr,
			"jerry: %s: leads to another machine without sslmode=verify-full, which production "
			"requires; if the connection is safe "
			"otherwise, set DATABASE_UNVERIFIED=True\n",
			name);
	return false;
}

bool
config_load(Config *config)
{
	bool valid = check_names();

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < lengthof(variables); i++)
	{
		const Setting *setting = &variables[i];
		const char *value = find_value(setting);
		char problem[VALUE_PROBLEM_SIZE];

		if (value == NULL)
			valid = false;
		else if (!setting->parse(setting, value, config, problem))
		{
			complain(setting, value, problem);
			valid = false;
		}
	}
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
	if (config->debug)
		config->log_level = LOG_LEVEL_DEBUG;
	return valid;
}
