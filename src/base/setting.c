/*
 * setting.c: a program's settings, found in the environment, checked and
 * converted.
 *
 * The value of a secret is never repeated in a message.
 */
#include "base/setting.h"

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

#define MAX_SECRET_FILE 4096
#define NAME_SIZE		64 /* of a name in the environment that is looked at */
#define NAME_CHECKED	9  /* letters; a shorter name may be another program's */

static bool
is_name_character(char c)
{
	return isalnum((unsigned char) c) || strchr("._-+ ", c) != NULL;
}

bool
setting_number(const Setting *setting, const char *value, void *config, char *problem)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (!isdigit((unsigned char) value[0]) || *end != '\0' || errno != 0 || number < setting->min ||
		number > setting->max)
	{
		if (setting->min == setting->max)
			snprintf(problem, SETTING_PROBLEM_SIZE, "is not %ld, the only value that is supported",
					 setting->min);
		else
			snprintf(problem, SETTING_PROBLEM_SIZE, "is not a number between %ld and %ld",
					 setting->min, setting->max);
		return false;
	}
	*SETTING_FIELD(int, config, setting) = (int) number;
	return true;
}

bool
setting_choice(const Setting *setting, const char *value, void *config, char *problem)
{
	size_t used;

	for (int i = 0; setting->choices[i] != NULL; i++)
	{
		if (strcasecmp(value, setting->choices[i]) == 0)
		{
			*SETTING_FIELD(int, config, setting) = i;
			return true;
		}
	}

	used = (size_t) snprintf(problem, SETTING_PROBLEM_SIZE, "is not one of ");
	for (int i = 0; setting->choices[i] != NULL && used < SETTING_PROBLEM_SIZE; i++)
		used += (size_t) snprintf(problem + used, SETTING_PROBLEM_SIZE - used, "%s%s",
								  i > 0 ? ", " : "", setting->choices[i]);
	return false;
}

bool
setting_switch(const Setting *setting, const char *value, void *config, char *problem)
{
	if (strcasecmp(value, "True") == 0)
		*SETTING_FIELD(bool, config, setting) = true;
	else if (strcasecmp(value, "False") == 0)
		*SETTING_FIELD(bool, config, setting) = false;
	else
	{
		snprintf(problem, SETTING_PROBLEM_SIZE, "is not one of True, False");
		return false;
	}
	return true;
}

bool
setting_name(const Setting *setting, const char *value, void *config, char *problem)
{
	size_t good = 0;

	while (value[good] != '\0' && is_name_character(value[good]))
		good++;
	if (value[good] != '\0' || good > (size_t) setting->max)
	{
		snprintf(problem, SETTING_PROBLEM_SIZE,
				 "is not a name of at most %ld letters, digits, spaces and ._-+", setting->max);
		return false;
	}
	*SETTING_FIELD(const char *, config, setting) = strdup(value);
	return true;
}

bool
setting_address(const Setting *setting, const char *value, void *config, char *problem)
{
	struct in6_addr address;

	if (strcmp(value, "localhost") == 0)
		value = "127.0.0.1";
	if (inet_pton(AF_INET, value, &address) != 1 && inet_pton(AF_INET6, value, &address) != 1)
	{
		snprintf(problem, SETTING_PROBLEM_SIZE, "is not an IPv4 or IPv6 address");
		return false;
	}
	*SETTING_FIELD(const char *, config, setting) = strdup(value);
	return true;
}

bool
setting_text(const Setting *setting, const char *value, void *config, char *problem)
{
	(void) problem;
	*SETTING_FIELD(const char *, config, setting) = *value != '\0' ? strdup(value) : NULL;
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
		snprintf(problem, SETTING_PROBLEM_SIZE, "is not a PostgreSQL connection URI or string");

	if (scheme > 0 && value[scheme - 1] == ':' && strncmp(value + scheme, "//", 2) == 0 &&
		--scheme <= 32 && strncmp(value, "postgresql:", scheme + 1) != 0 &&
		strncmp(value, "postgres:", scheme + 1) != 0)
	{
		snprintf(problem + used, SETTING_PROBLEM_SIZE - (size_t) used,
				 ": it begins with %.*s://, write postgresql://", (int) scheme, value);
		return;
	}
	for (int i = 0; foreign_parameters[i] != NULL; i++)
	{
		if (has_parameter(value, foreign_parameters[i]))
		{
			snprintf(problem + used, SETTING_PROBLEM_SIZE - (size_t) used,
					 ": the parameter %s is another driver's, leave it out", foreign_parameters[i]);
			return;
		}
	}
}

bool
setting_database_url(const Setting *setting, const char *value, void *config, char *problem)
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
	*SETTING_FIELD(const char *, config, setting) = strdup(value);
	return true;
}

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
find_meant(const Setting *settings, size_t count, const char *name, size_t length)
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

	for (size_t i = 0; i < count; i++)
	{
		const Setting *setting = &settings[i];
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
check_names(const Setting *settings, size_t count)
{
	bool valid = true;

	for (char **variable = environ; *variable != NULL; variable++)
	{
		size_t length = strcspn(*variable, "=");
		const Setting *meant =
			length < NAME_SIZE ? find_meant(settings, count, *variable, length) : NULL;

		if (meant == NULL || (*variable)[length] == '\0' || (*variable)[length + 1] == '\0')
			continue;
		fprintf(stderr, "jerry: %.*s: there is no such setting; did you mean %s?\n", (int) length,
				*variable, meant->name);
		valid = false;
	}
	return valid;
}

bool
settings_load(const Setting *settings, size_t count, void *config)
{
	bool valid = check_names(settings, count);

	for (size_t i = 0; i < count; i++)
	{
		const Setting *setting = &settings[i];
		const char *value = find_value(setting);
		char problem[SETTING_PROBLEM_SIZE];

		if (value == NULL)
			valid = false;
		else if (!setting->parse(setting, value, config, problem))
		{
			complain(setting, value, problem);
			valid = false;
		}
	}
	return valid;
}

bool
setting_database_is_safe(const char *name, const char *url)
{
	if (!conninfo_is_exposed(url))
		return true;
	fprintf(stderr,
			"jerry: %s: leads to another machine without sslmode=verify-full, which production "
			"requires; if the connection is safe "
			"otherwise, set DATABASE_UNVERIFIED=True\n",
			name);
	return false;
}
