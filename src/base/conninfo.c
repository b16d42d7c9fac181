/*
 * conninfo.c: see conninfo.h.
 */
#include "base/conninfo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libpq-fe.h>

#include "base/lengthof.h"


#define CONNECT_SECONDS 2 /* when the user says 0, which means for ever */
#define HOST_PARAMETERS 3

/* Used where neither the URL nor the environment says otherwise. */
static const struct
{
	const char *keyword;
	const char *value;
} defaults[] = {
	{ "connect_timeout", "2" }, /* seconds */
	{ "keepalives", "1" },
	{ "keepalives_idle", "5" },
	{ "keepalives_interval", "2" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "5000" }, /* milliseconds */
	/* A ticket cache is looked for in files and sockets, in the event loop. */
	{ "gssencmode", "disable" },
};

/*
 * The end of the options, which has no keyword, when this libpq does not know
 * it.
 */
static PQconninfoOption *
find_option(PQconninfoOption *options, const char *keyword)
{
	while (options->keyword != NULL && strcmp(options->keyword, keyword) != 0)
		options++;
	return options;
}

/* NULL when it is not set. */
static const char *
value_of(PQconninfoOption *options, const char *keyword)
{
	const char *value = find_option(options, keyword)->val;

	return value != NULL && *value != '\0' ? value : NULL;
}

static void
set_option(PQconninfoOption *options, const char *keyword, const char *value)
{
	PQconninfoOption *option = find_option(options, keyword);

	free(option->val);
	option->val = strdup(value);
}

/* Has nobody asked for another value than the one built into libpq? */
static bool
is_builtin(const PQconninfoOption *option)
{
	return option->val == NULL || *option->val == '\0' ||
		   (option->compiled != NULL && strcmp(option->val, option->compiled) == 0);
}

/*
 * What the environment says, and the service that the URL names: a host name in
 * the service file has to be known to us.
 */
static PQconninfoOption *
read_defaults(const char *service)
{
	const char *value = getenv("PGSERVICE");
	char *inherited;
	PQconninfoOption *options;

	if (service == NULL)
		return PQconndefaults();

	inherited = value != NULL ? strdup(value) : NULL;
	setenv("PGSERVICE", service, 1);
	options = PQconndefaults();
	if (inherited != NULL)
		setenv("PGSERVICE", inherited, 1);
	else
		unsetenv("PGSERVICE");
	free(inherited);
	return options;
}

static bool
asks_for_writable(PQconninfoOption *options)
{
	const char *attrs = value_of(options, "target_session_attrs");

	return attrs != NULL && (strcmp(attrs, "read-write") == 0 || strcmp(attrs, "primary") == 0);
}

/* The machine itself, or a socket in its file system. */
static bool
is_local_host(const char *host, size_t length)
{
	char name[INET6_ADDRSTRLEN];
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (length == 0 || *host == '/' || *host == '@')
		return true;
	if (length >= sizeof(name))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	if (inet_pton(AF_INET, name, &ipv4) == 1)
		return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, name, &ipv6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&ipv6);
	return strcasecmp(name, "localhost") == 0;
}

/*
 * Does one of the hosts lie across a network, without a certificate that is
 * verified?
 */
static bool
is_exposed(PQconninfoOption *options)
{
	const char *sslmode = value_of(options, "sslmode");
	const char *list = value_of(options, "hostaddr");

	if (sslmode != NULL && strcmp(sslmode, "verify-full") == 0)
		return false;
	if (list == NULL)
		list = value_of(options, "host");
	while (list != NULL)
	{
		size_t length = strcspn(list, ",");

		if (!is_local_host(list, length))
			return true;
		list = list[length] == ',' ? list + length + 1 : NULL;
	}
	return false;
}

/* A text with what the environment and its service say besides, or NULL. */
static PQconninfoOption *
read_merged(const char *text)
{
	PQconninfoOption *given = PQconninfoParse(text, NULL);
	PQconninfoOption *merged;

	if (given == NULL)
		return NULL;
	merged = read_defaults(find_option(given, "service")->val);
	if (merged == NULL)
	{
		PQconninfoFree(given);
		return NULL;
	}

	for (PQconninfoOption *option = given; option->keyword != NULL; option++)
	{
		if (option->val != NULL)
			set_option(merged, option->keyword, option->val);
	}
	PQconninfoFree(given);
	return merged;
}

bool
conninfo_is_exposed(const char *text)
{
	PQconninfoOption *merged = read_merged(text);
	bool exposed = merged != NULL && is_exposed(merged);

	PQconninfoFree(merged);
	return exposed;
}

ConninfoUrl *
conninfo_read(const char *text)
{
	PQconninfoOption *merged = read_merged(text);
	PQconninfoOption *require_auth;
	ConninfoUrl *url;

	if (merged == NULL)
		return NULL;
	for (size_t i = 0; i < lengthof(defaults); i++)
	{
		if (is_builtin(find_option(merged, defaults[i].keyword)))
			set_option(merged, defaults[i].keyword, defaults[i].value);
	}

	require_auth = find_option(merged, "require_auth");
	if (require_auth->keyword != NULL && is_builtin(require_auth) &&
		value_of(merged, "password") != NULL && is_exposed(merged))
		set_option(merged, "require_auth", "scram-sha-256");

	url = calloc(1, sizeof(*url));
	url->options = merged;
	url->resolver = resolve_configure(value_of(merged, "host"), value_of(merged, "hostaddr"),
									  value_of(merged, "port"));
	url->writable = asks_for_writable(merged);
	return url;
}

/* Is this one of the keywords that are not passed on as they are? */
static bool
is_special(const char *keyword)
{
	static const char *const special[] = {
		"host", "hostaddr", "port", "options", "application_name", "client_encoding"
	};

	for (size_t i = 0; i < lengthof(special); i++)
	{
		if (strcmp(keyword, special[i]) == 0)
			return true;
	}
	return false;
}

static void
add_keyword(Conninfo *conninfo, const char *keyword, const char *value)
{
	conninfo->keywords[conninfo->count] = keyword;
	conninfo->values[conninfo->count] = value;
	conninfo->count++;
}

Conninfo
conninfo_build(const ConninfoUrl *url, const char *lane, const char *settings)
{
	PQconninfoOption *merged = url->options;
	const char *name = value_of(merged, "application_name");
	const char *options = value_of(merged, "options");
	char *lane_name;
	char *lane_options;
	int seconds = atoi(value_of(merged, "connect_timeout"));
	int n = 0;
	Conninfo conninfo = { .timeout_ms = (seconds > 0 ? seconds : CONNECT_SECONDS) * 1000 };

	while (merged[n].keyword != NULL)
		n++;
	conninfo.keywords = calloc(n + HOST_PARAMETERS + 1, sizeof(char *));
	conninfo.values = calloc(n + HOST_PARAMETERS + 1, sizeof(char *));

	for (int i = 0; i < n; i++)
	{
		if (!is_special(merged[i].keyword) && value_of(merged, merged[i].keyword) != NULL)
			add_keyword(&conninfo, merged[i].keyword, merged[i].val);
	}

	if (asprintf(&lane_name, "%s/%s", name != NULL ? name : "jerry", lane) < 0 ||
		asprintf(&lane_options, "%s %s", settings, options != NULL ? options : "") < 0)
		abort();
	add_keyword(&conninfo, "application_name", lane_name);
	add_keyword(&conninfo, "options", lane_options);
	add_keyword(&conninfo, "client_encoding", "UTF8"); /* JSON is */
	return conninfo;
}

void
conninfo_set_hosts(const Conninfo *conninfo, const HostList *hosts)
{
	const char *const keywords[HOST_PARAMETERS] = { "host", "hostaddr", "port" };
	const char *const values[HOST_PARAMETERS] = { hosts->host, hosts->hostaddr, hosts->port };

	memcpy(conninfo->keywords + conninfo->count, keywords, sizeof(keywords));
	memcpy(conninfo->values + conninfo->count, values, sizeof(values));
	conninfo->keywords[conninfo->count + HOST_PARAMETERS] = NULL;
}
