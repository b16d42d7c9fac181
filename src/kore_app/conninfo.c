/*
 * conninfo.c: see conninfo.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "conninfo.h"
#include "resolve.h"

#define CONNECT_SECONDS		2	/* when the user says 0, which means for ever */
#define HOST_PARAMETERS		3

/* Used where neither the URL nor the environment says otherwise. */
static const struct
{
	const char *keyword;
	const char *value;
}			defaults[] = {
	{"connect_timeout", "2"},	/* seconds */
	{"keepalives", "1"},
	{"keepalives_idle", "5"},
	{"keepalives_interval", "2"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "5000"},	/* milliseconds */
	/* a ticket cache is looked for in files and sockets, in the event loop */
	{"gssencmode", "disable"},
};

/* PQconndefaults() overlaid with the URL; NULL values are unset. */
static PQconninfoOption *merged;

static PQconninfoOption *
find(PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
	{
		if (strcmp(options->keyword, keyword) == 0)
			return options;
	}
	return NULL;
}

static const char *
merged_value(const char *keyword)
{
	const char *value = find(merged, keyword)->val;

	return value != NULL && *value != '\0' ? value : NULL;
}

static void
set(const char *keyword, const char *value)
{
	PQconninfoOption *option = find(merged, keyword);

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

bool
conninfo_configure(const char *database_url)
{
	PQconninfoOption *url = PQconninfoParse(database_url, NULL);
	const char *service;

	if (url == NULL)
		return false;

	/*
	 * libpq reads the service file here, once, and not at each connection: a
	 * host name in it has to be known to us.
	 */
	service = find(url, "service")->val;
	if (service != NULL)
		setenv("PGSERVICE", service, 1);
	merged = PQconndefaults();
	if (merged == NULL)
	{
		PQconninfoFree(url);
		return false;
	}

	for (PQconninfoOption *option = url; option->keyword != NULL; option++)
	{
		if (option->val != NULL)
			set(option->keyword, option->val);
	}
	PQconninfoFree(url);
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
	{
		if (is_builtin(find(merged, defaults[i].keyword)))
			set(defaults[i].keyword, defaults[i].value);
	}

	resolve_configure(merged_value("host"), merged_value("hostaddr"), merged_value("port"));
	return true;
}

/* Is this one of the keywords that are not passed on as they are? */
static bool
is_special(const char *keyword)
{
	static const char *const special[] = {
		"host", "hostaddr", "port", "service", "options", "application_name", "client_encoding"
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
	{
		if (strcmp(keyword, special[i]) == 0)
			return true;
	}
	return false;
}

static void
add(Conninfo *conninfo, const char *keyword, const char *value)
{
	conninfo->keywords[conninfo->count] = keyword;
	conninfo->values[conninfo->count] = value;
	conninfo->count++;
}

Conninfo
conninfo_build(const char *lane, const char *settings)
{
	const char *name = merged_value("application_name");
	const char *options = merged_value("options");
	char	   *lane_name;
	char	   *lane_options;
	int			seconds = atoi(merged_value("connect_timeout"));
	int			n = 0;
	Conninfo	conninfo = {.timeout_ms = (seconds > 0 ? seconds : CONNECT_SECONDS) * 1000};

	while (merged[n].keyword != NULL)
		n++;
	conninfo.keywords = calloc(n + HOST_PARAMETERS + 1, sizeof(char *));
	conninfo.values = calloc(n + HOST_PARAMETERS + 1, sizeof(char *));

	for (int i = 0; i < n; i++)
	{
		if (!is_special(merged[i].keyword) && merged_value(merged[i].keyword) != NULL)
			add(&conninfo, merged[i].keyword, merged[i].val);
	}

	if (asprintf(&lane_name, "%s/%s", name != NULL ? name : "jerry", lane) < 0 ||
		asprintf(&lane_options, "%s %s", settings, options != NULL ? options : "") < 0)
		abort();
	add(&conninfo, "application_name", lane_name);
	add(&conninfo, "options", lane_options);
	add(&conninfo, "client_encoding", "UTF8");	/* JSON is */
	return conninfo;
}
