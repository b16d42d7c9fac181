/*
 * routes.c: the table of everything that the sidecar serves.
 *
 * All replies of the API are "no-store"; what the documentation may be cached
 * for is decided in docs.c.
 */
#include <string.h>

#include "docs.h"
#include "probes.h"
#include "routes.h"

/*
 * Rows with a statement come first: their position is its number.  A path is
 * looked up from the top, so the busiest one leads.
 */
static const Route routes[] = {
	{
		.method = HTTP_METHOD_POST,
		.path = "/api/v1/auth/validate-token",
		.name = "validate_token",
		.lane = LANE_READ,
		.sql = "SELECT jerry.validate_token($1)",
		.status = 200,
		.takes_token = true,
		.parameters = { { FROM_BODY, "token" } },
	},
	{
		.method = HTTP_METHOD_POST,
		.path = "/api/v1/auth/refresh",
		.name = "refresh",
		.lane = LANE_READ,
		.sql = "SELECT jerry.refresh($1)",
		.status = 200,
		.takes_token = true,
		.parameters = { { FROM_BODY, "refresh_token" } },
	},
	{
		.method = HTTP_METHOD_GET,
		.path = "/api/v1/auth/me",
		.name = "me",
		.lane = LANE_READ,
		.sql = "SELECT jerry.me($1)",
		.status = 200,
		.takes_token = true,
		.parameters = { { FROM_BEARER, NULL } },
	},
	{
		.method = HTTP_METHOD_POST,
		.path = "/api/v1/auth/login",
		.name = "login",
		.lane = LANE_LOGIN,
		.sql = "SELECT jerry.login($1, $2, $3, $4)",
		.status = 200,
		.parameters = { { FROM_BODY, "email" }, { FROM_BODY, "password" }, { FROM_CLIENT_ADDRESS, NULL }, { FROM_USER_AGENT, NULL } },
	},
	{
		.method = HTTP_METHOD_POST,
		.path = "/api/v1/auth/register",
		.name = "register",
		.lane = LANE_LOGIN,
		.sql = "SELECT jerry.register($1, $2, $3)",
		.status = 201,
		.parameters = { { FROM_BODY, "email" }, { FROM_BODY, "password" }, { FROM_BODY, "password_confirmation" } },
	},
	{
		.method = HTTP_METHOD_POST,
		.path = "/api/v1/auth/verify-email",
		.name = "verify_email",
		.lane = LANE_WRITE,
		.sql = "SELECT jerry.verify_email($1)",
		.status = 200,
		.takes_token = true,
		.parameters = { { FROM_BODY, "token" } },
	},
	{
		.method = HTTP_METHOD_GET,
		.path = "/health",
		.name = "health",
		.lane = LANE_READ,
		.sql = "SELECT jerry.health($1, $2)",
		.bare = true,
		.status = 200,
		.parameters = { { FROM_SERVICE_NAME, NULL }, { FROM_SERVICE_VERSION, NULL } },
		.unavailable = reply_unhealthy,
	},

	/* Without the database */
	{ .method = HTTP_METHOD_GET, .path = "/", .handler = probe_root },
	{ .method = HTTP_METHOD_GET, .path = "/livez", .handler = probe_live },
	{ .method = HTTP_METHOD_GET, .path = "/readyz", .handler = probe_ready },
	{ .method = HTTP_METHOD_GET, .path = "/openapi.json", .handler = docs_serve },
	{ .method = HTTP_METHOD_GET, .path = "/docs", .handler = docs_serve },
	{ .method = HTTP_METHOD_GET, .path = "/docs/", .handler = docs_serve },
};

#define ROUTE_COUNT ((int) (sizeof(routes) / sizeof(routes[0])))

static bool docs_served;

void
routes_configure(const Config *config)
{
	docs_served = config->docs;
}

static bool
path_matches(const char *pattern, const char *path)
{
	size_t length = strlen(pattern);

	if (length > 1 && pattern[length - 1] == '/')
		return strncmp(pattern, path, length) == 0;
	return strcmp(pattern, path) == 0;
}

const Route *
routes_find(int method, const char *path, unsigned *methods)
{
	/* HEAD is answered by the row for GET. */
	int wanted = method == HTTP_METHOD_HEAD ? HTTP_METHOD_GET : method;

	*methods = 0;
	for (int i = 0; i < ROUTE_COUNT; i++)
	{
		if (!path_matches(routes[i].path, path) || (routes[i].handler == docs_serve && !docs_served))
			continue;
		if (routes[i].method == wanted)
			return &routes[i];
		*methods |= (unsigned) routes[i].method | HTTP_METHOD_OPTIONS;
		if (routes[i].method == HTTP_METHOD_GET)
			*methods |= HTTP_METHOD_HEAD;
	}
	return NULL;
}

void
routes_allow(unsigned methods, char allow[ROUTE_ALLOW_SIZE])
{
	static const struct
	{
		unsigned method;
		const char *name;
	} names[] = {
		{ HTTP_METHOD_GET, "GET" },
		{ HTTP_METHOD_HEAD, "HEAD" },
		{ HTTP_METHOD_POST, "POST" },
		{ HTTP_METHOD_OPTIONS, "OPTIONS" },
	};

	allow[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if ((methods & names[i].method) == 0)
			continue;
		if (allow[0] != '\0')
			strcat(allow, ", ");
		strcat(allow, names[i].name);
	}
}

const LaneStatement *
routes_statements(int *count)
{
	static LaneStatement statements[ROUTE_COUNT];

	for (*count = 0; routes[*count].sql != NULL; ++*count)
	{
		const Route *route = &routes[*count];
		int nparams = 0;

		while (route->parameters[nparams].source != FROM_NOWHERE)
			nparams++;
		statements[*count] = (LaneStatement){ .name = route->name, .sql = route->sql, .nparams = nparams, .lane = route->lane, .bare = route->bare };
	}
	return statements;
}

int
routes_statement(const Route *route)
{
	return (int) (route - routes);
}

const char *
routes_path(int position)
{
	return position < ROUTE_COUNT ? routes[position].path : NULL;
}
