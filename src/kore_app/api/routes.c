/*
 * routes.c: the table of everything that the sidecar serves.
 *
 * All replies of the API are "no-store"; what the documentation may be cached
 * for is decided in docs.c.
 */
#include <stdio.h>
#include <string.h>

#include "api/docs.h"
#include "api/probes.h"
#include "api/routes.h"

/* clang-format off */
#define GET	 HTTP_METHOD_GET
#define POST HTTP_METHOD_POST
#define AUTH "/api/v1/auth"

/* what a 401 is about */
#define THE_TOKEN true
#define NO_TOKEN  false

/* parameters */
#define WITH(...)		.parameters = { __VA_ARGS__ }
#define BODY(field)		{ FROM_BODY, field }
#define EMAIL			{ FROM_BODY, "email", .any_character = true }
#define BEARER			{ FROM_BEARER, NULL }
#define ADDRESS			{ FROM_CLIENT_ADDRESS, NULL }
#define AGENT			{ FROM_USER_AGENT, NULL }
#define SERVICE_NAME	{ FROM_SERVICE_NAME, NULL }
#define SERVICE_VERSION { FROM_SERVICE_VERSION, NULL }

/*
 * A row is: method, path, function in schema jerry, lane, status of a positive
 * answer, token, parameters of the function in their order.  A path is looked
 * up from the top, so the busiest one leads.
 */
static const Route routes[] = {
	{ POST, AUTH "/validate-token", "validate_token", LANE_READ, 200, THE_TOKEN, WITH(BODY("token")) },
	{ POST, AUTH "/refresh", "refresh", LANE_READ, 200, THE_TOKEN, WITH(BODY("refresh_token")) },
	{ GET, AUTH "/me", "me", LANE_READ, 200, THE_TOKEN, WITH(BEARER) },
	{ POST, AUTH "/login", "login", LANE_LOGIN, 200, NO_TOKEN, WITH(EMAIL, BODY("password"), ADDRESS, AGENT) },
	{ POST, AUTH "/register", "register", LANE_LOGIN, 201, NO_TOKEN, WITH(EMAIL, BODY("password"), BODY("password_confirmation")) },
	{ POST, AUTH "/verify-email", "verify_email", LANE_WRITE, 200, THE_TOKEN, WITH(BODY("token")) },
	{ POST, AUTH "/verify-email/resend", "resend_verification", LANE_WRITE, 200, NO_TOKEN, WITH(EMAIL) },
	{ GET, "/health", "health", LANE_READ, 200, NO_TOKEN, WITH(SERVICE_NAME, SERVICE_VERSION), .bare = true, .unavailable = reply_unhealthy, .routine = true },

	/* without the database */
	{ GET, "/", .handler = probe_root, .routine = true },
	{ GET, "/livez", .handler = probe_live, .routine = true },
	{ GET, "/readyz", .handler = probe_ready, .routine = true },
	{ GET, "/openapi.json", .handler = docs_serve },
	{ GET, "/docs", .handler = docs_serve },
	{ GET, "/docs/", .handler = docs_serve },
};
/* clang-format on */

#define ROUTE_COUNT ((int) (sizeof(routes) / sizeof(routes[0])))
#define SQL_SIZE	128

/* Of each row, for lane_submit(). */
static int statement_numbers[ROUTE_COUNT];

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

/* SELECT jerry.name($1, $2) */
static void
write_sql(const Route *route, int nparams, char sql[SQL_SIZE])
{
	int used = snprintf(sql, SQL_SIZE, "SELECT jerry.%s(", route->name);

	for (int i = 1; i <= nparams; i++)
		used += snprintf(sql + used, SQL_SIZE - (size_t) used, i < nparams ? "$%d, " : "$%d", i);
	snprintf(sql + used, SQL_SIZE - (size_t) used, ")");
}

const LaneStatement *
routes_statements(int *count)
{
	static LaneStatement statements[ROUTE_COUNT];
	static char sql[ROUTE_COUNT][SQL_SIZE];

	*count = 0;
	for (int i = 0; i < ROUTE_COUNT; i++)
	{
		const Route *route = &routes[i];
		int nparams = 0;

		if (route->name == NULL)
			continue;
		while (route->parameters[nparams].source != FROM_NOWHERE)
			nparams++;
		write_sql(route, nparams, sql[i]);
		statements[*count] = (LaneStatement){
			.name = route->name, .sql = sql[i], .nparams = nparams, .lane = route->lane, .bare = route->bare
		};
		statement_numbers[i] = (*count)++;
	}
	return statements;
}

int
routes_statement(const Route *route)
{
	return statement_numbers[route - routes];
}

const Route *
routes_row(int position)
{
	return position < ROUTE_COUNT ? &routes[position] : NULL;
}
