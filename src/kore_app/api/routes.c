/*
 * routes.c: the table of everything that the sidecar serves.
 *
 * All replies of the API are "no-store"; what the documentation and the pages
 * may be cached for is decided where they are served.
 */
#include "api/routes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/dev_mail.h"
#include "api/docs.h"
#include "api/pages.h"
#include "api/probes.h"
#include "base/lengthof.h"
#include "http/path_template.h"
#include "http/traffic.h"

/* clang-format off */
#define GET	   HTTP_METHOD_GET
#define POST   HTTP_METHOD_POST
#define PUT	   HTTP_METHOD_PUT
#define PATCH  HTTP_METHOD_PATCH
#define DELETE HTTP_METHOD_DELETE
#define AUTH   "/api/v1/auth"

/* What a 401 is about. */
#define THE_TOKEN  CHALLENGE_BEARER_INVALID
#define THE_CLIENT CHALLENGE_BASIC
#define NO_TOKEN   CHALLENGE_BEARER

/* parameters */
#define WITH(...)		.parameters = { __VA_ARGS__ }
#define BODY(field)		{ FROM_BODY, field }
#define OPTIONAL(field)	{ FROM_BODY, field, .optional = true }
#define DOCUMENT		{ FROM_DOCUMENT, NULL }
#define EMAIL			{ FROM_BODY, "email", .any_character = true }
#define BEARER			{ FROM_BEARER, NULL }
#define DEVICE_TOKEN	{ FROM_BODY, "device_token", .optional = true, .of_client = true }
#define PERHAPS_BEARER	{ FROM_BEARER, NULL, .optional = true }
#define CLIENT			{ FROM_CLIENT, NULL }
#define SERVICE_NAME	{ FROM_SERVICE_NAME, NULL }
#define SERVICE_VERSION { FROM_SERVICE_VERSION, NULL }

/*
 * A row is: method, path, function in schema jerry, lane, status of a positive
 * answer, what a 401 is about, parameters of the function in their order.  A
 * path is looked up from the top, so the busiest one leads.
 *
 * What acts for a client is given it, except in the rows of validate_token()
 * and me(): to a good token it makes no difference, and to pass it would be one
 * part in forty of what they cost.
 */
static const Route routes[] = {
	{ POST, AUTH "/validate-token", "validate_token", LANE_READ, 200, THE_TOKEN, WITH(BODY("token"), OPTIONAL("min_aal"), { FROM_BODY, "max_age", VALUE_INTEGER, .optional = true }), .last_word = true },
	{ POST, AUTH "/refresh", "refresh", LANE_READ, 200, THE_TOKEN, WITH(BODY("refresh_token"), CLIENT), .primary_first = true, .may_write = true },
	{ GET, AUTH "/me", "me", LANE_READ, 200, THE_TOKEN, WITH(BEARER), .last_word = true },
	{ PATCH, AUTH "/me", "update_profile", LANE_WRITE, 200, THE_TOKEN, WITH(BEARER, DOCUMENT, CLIENT) },
	{ DELETE, AUTH "/me", "request_deletion", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, OPTIONAL("current_password"), CLIENT) },
	{ POST, AUTH "/login", "login", LANE_LOGIN, 200, NO_TOKEN, WITH(EMAIL, BODY("password"), DEVICE_TOKEN, CLIENT), .ahead = "login" },
	{ POST, AUTH "/2fa/verify", "verify_second_factor", LANE_LOGIN, 200, THE_TOKEN, WITH(OPTIONAL("mfa_token"), OPTIONAL("code"), OPTIONAL("recovery_code"), PERHAPS_BEARER, DEVICE_TOKEN, CLIENT) },
	{ POST, AUTH "/register", "register", LANE_LOGIN, 201, NO_TOKEN, WITH(EMAIL, BODY("password"), BODY("password_confirmation"), CLIENT), .ahead = "register" },
	{ POST, AUTH "/verify-email", "verify_email", LANE_WRITE, 200, THE_TOKEN, WITH(BODY("token"), CLIENT) },
	{ POST, AUTH "/verify-email/resend", "resend_verification", LANE_WRITE, 200, NO_TOKEN, WITH(EMAIL, CLIENT) },
	{ POST, AUTH "/logout", "logout", LANE_WRITE, 200, THE_TOKEN, WITH(PERHAPS_BEARER, OPTIONAL("scope"), OPTIONAL("refresh_token"), CLIENT) },
	{ GET, AUTH "/sessions", "list_sessions", LANE_READ, 200, THE_TOKEN, WITH(BEARER, CLIENT), .primary_first = true },
	{ DELETE, AUTH "/sessions/{session_id}", "end_session", LANE_WRITE, 200, THE_TOKEN, WITH(BEARER, { FROM_PATH, "session_id" }, CLIENT) },
	{ GET, AUTH "/activity", "list_activity", LANE_READ, 200, THE_TOKEN, WITH(BEARER, { FROM_QUERY, "before", VALUE_INTEGER, .optional = true }, { FROM_QUERY, "max", VALUE_INTEGER, .optional = true }, CLIENT), .primary_first = true },
	{ POST, AUTH "/password/change", "change_password", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, BODY("current_password"), BODY("new_password"), BODY("new_password_confirmation"), CLIENT) },
	{ POST, AUTH "/password/reset", "request_password_reset", LANE_WRITE, 200, NO_TOKEN, WITH(EMAIL, CLIENT) },
	{ POST, AUTH "/password/reset-confirm", "reset_password", LANE_LOGIN, 200, THE_TOKEN, WITH(BODY("token"), BODY("new_password"), BODY("new_password_confirmation"), CLIENT) },
	{ POST, AUTH "/login/code", "request_login_code", LANE_WRITE, 200, NO_TOKEN, WITH(EMAIL, CLIENT) },
	{ POST, AUTH "/login/code-confirm", "confirm_login_code", LANE_WRITE, 200, THE_TOKEN, WITH(OPTIONAL("flow"), OPTIONAL("code"), OPTIONAL("token"), DEVICE_TOKEN, CLIENT) },
	{ POST, AUTH "/email/change", "request_email_change", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, { FROM_BODY, "new_email", .any_character = true }, BODY("current_password"), CLIENT) },
	{ POST, AUTH "/email/change-confirm", "confirm_email_change", LANE_WRITE, 200, THE_TOKEN, WITH(BODY("token"), CLIENT) },
	{ POST, AUTH "/email/change-cancel", "cancel_email_change", LANE_WRITE, 200, THE_TOKEN, WITH(BODY("token"), CLIENT) },
	{ POST, AUTH "/email/change-undo", "undo_email_change", LANE_WRITE, 200, THE_TOKEN, WITH(BODY("token"), CLIENT) },
	{ POST, AUTH "/invite/accept", "accept_invite", LANE_LOGIN, 200, THE_TOKEN, WITH(BODY("token"), BODY("password"), BODY("password_confirmation"), CLIENT) },
	{ GET, AUTH "/2fa", "list_factors", LANE_READ, 200, THE_TOKEN, WITH(BEARER, CLIENT), .primary_first = true },
	{ POST, AUTH "/2fa/setup", "setup_totp", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, OPTIONAL("current_password"), CLIENT) },
	{ POST, AUTH "/2fa/activate", "activate_totp", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, BODY("code"), CLIENT) },
	{ POST, AUTH "/2fa/disable", "disable_second_factor", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, OPTIONAL("code"), OPTIONAL("recovery_code"), OPTIONAL("current_password"), CLIENT) },
	{ POST, AUTH "/2fa/recovery-codes", "renew_recovery_codes", LANE_LOGIN, 200, THE_TOKEN, WITH(BEARER, OPTIONAL("code"), OPTIONAL("recovery_code"), OPTIONAL("current_password"), CLIENT) },
	{ GET, "/.well-known/jwks.json", "jwks", LANE_READ, 200, NO_TOKEN, .reply = REPLY_BARE, .max_age = 600 },
	{ GET, "/health", "health", LANE_READ, 200, NO_TOKEN, WITH(SERVICE_NAME, SERVICE_VERSION), .reply = REPLY_BARE, .unavailable = reply_unhealthy, .routine = true },

	/* Without the database. */
	{ GET, "/", .handler = probe_root, .routine = true },
	{ GET, "/livez", .handler = probe_live, .routine = true },
	{ GET, "/readyz", .handler = probe_ready, .routine = true },
	{ GET, "/openapi.json", .handler = docs_serve },
	{ GET, "/docs", .handler = docs_serve },
	{ GET, "/docs/", .handler = docs_serve },
	{ GET, "/verify-email", .handler = pages_serve },
	{ GET, "/reset-password", .handler = pages_serve },
	{ GET, "/email-change", .handler = pages_serve },
	{ GET, "/invite", .handler = pages_serve },
	{ GET, "/login-code", .handler = pages_serve },
	{ GET, "/account-deleted", .handler = pages_serve },
	{ GET, "/pages/", .handler = pages_serve },
	{ GET, "/dev/mail", .handler = dev_mail_serve },
	{ GET, "/dev/mail/list", .handler = dev_mail_serve, .routine = true },
	{ GET, "/dev/mail/", .handler = dev_mail_serve },

#ifdef JERRY_TEST_ROUTES
#include JERRY_TEST_ROUTES
#endif
};
/* clang-format on */

#define ROUTE_COUNT ((int) lengthof(routes))
#define SQL_SIZE	256
#define NAME_SIZE	80 /* a name of PostgreSQL's, and a number */

_Static_assert(REQUEST_MAX_VALUES <= STATEMENT_MAX_VALUES,
			   "a statement takes what a request can give");

/* In the order in which Allow lists them. */
static const struct
{
	unsigned method;
	const char *name;
} method_names[] = {
	{ HTTP_METHOD_GET, "GET" },
	{ HTTP_METHOD_HEAD, "HEAD" },
	{ HTTP_METHOD_POST, "POST" },
	{ HTTP_METHOD_PUT, "PUT" },
	{ HTTP_METHOD_PATCH, "PATCH" },
	{ HTTP_METHOD_DELETE, "DELETE" },
	{ HTTP_METHOD_OPTIONS, "OPTIONS" },
};

#define METHOD_COUNT ((int) lengthof(method_names))

/* Of each row; of one with a handler nothing. */
static Statement statements[ROUTE_COUNT];

/* Of each row: its number for traffic_count(). */
static unsigned traffic_rows[ROUTE_COUNT];

/* What the configuration leaves out. */
static bool docs_served;
static bool pages_served;
static bool dev_mail_served;

/* What a path with this row allows. */
static unsigned
methods_of(const Route *route)
{
	return (unsigned) route->method | HTTP_METHOD_OPTIONS |
		   (route->method == HTTP_METHOD_GET ? HTTP_METHOD_HEAD : 0);
}

const Route *
routes_find(int method, const char *path, unsigned *methods)
{
	/* HEAD is answered by the row for GET. */
	int wanted = method == HTTP_METHOD_HEAD ? HTTP_METHOD_GET : method;

	*methods = 0;
	for (int i = 0; i < ROUTE_COUNT; i++)
	{
		if (!path_matches(routes[i].path, path) ||
			(routes[i].handler == docs_serve && !docs_served) ||
			(routes[i].handler == pages_serve && !pages_served) ||
			(routes[i].handler == dev_mail_serve && !dev_mail_served))
			continue;
		if (routes[i].method == wanted)
			return &routes[i];
		*methods |= methods_of(&routes[i]);
	}
	return NULL;
}

void
routes_allow(unsigned methods, char allow[ROUTE_ALLOW_SIZE])
{
	allow[0] = '\0';
	for (int i = 0; i < METHOD_COUNT; i++)
	{
		if ((methods & method_names[i].method) == 0)
			continue;
		if (allow[0] != '\0')
			strcat(allow, ", ");
		strcat(allow, method_names[i].name);
	}
}

const char *
routes_method_name(int method)
{
	for (int i = 0; i < METHOD_COUNT; i++)
	{
		if (method_names[i].method == (unsigned) method)
			return method_names[i].name;
	}
	return NULL;
}

const char *
routes_all_methods(void)
{
	static char allow[ROUTE_ALLOW_SIZE];
	unsigned methods = 0;

	for (int i = 0; i < ROUTE_COUNT; i++)
		methods |= methods_of(&routes[i]);
	routes_allow(methods, allow);
	return allow;
}

/* Appends to a statement, up to what it has room for. */
static void __attribute__((format(printf, 2, 3)))
append_sql(char sql[SQL_SIZE], const char *format, ...)
{
	size_t used = strlen(sql);
	va_list values;

	va_start(values, format);
	vsnprintf(sql + used, SQL_SIZE - used, format, values);
	va_end(values);
}

/* The number of the value that is the access token; the first is 1. */
static int
bearer_of(const Route *route)
{
	int value = 1;

	for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
	{
		if (p->source == FROM_BEARER && !p->optional)
			return value;
		value += request_count_values(p);
	}
	fatalx("jerry: %s needs a permission, but no token", route->path);
}

/*
 * SELECT jerry.name($1, ROW($2, $3, $4, $5)::jerry.client), with the attributes
 * that the type has in this version: we serve a database of no other.  Where a
 * permission is needed, jerry.name() is called only if it is there.  Returns
 * the number of the values.
 */
static int
write_sql(const Route *route, char sql[SQL_SIZE])
{
	int value = 0;

	append_sql(sql, "SELECT ");
	if (route->permission != NULL)
		append_sql(sql, "COALESCE(jerry.forbidden($%d, '%s'), ", bearer_of(route),
				   route->permission);
	append_sql(sql, "jerry.%s(", route->name);
	for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
	{
		bool is_client = p->source == FROM_CLIENT;
		int last = value + request_count_values(p);

		if (last == value)
			continue;
		append_sql(sql, "%s%s", value > 0 ? ", " : "", is_client ? "ROW(" : "");
		while (value < last)
		{
			value++;
			append_sql(sql, "$%d%s", value, value < last ? ", " : "");
		}
		append_sql(sql, "%s", is_client ? ")::jerry.client" : "");
	}
	append_sql(sql, route->permission != NULL ? "))" : ")");
	if (strlen(sql) == SQL_SIZE - 1)
		fatalx("jerry: the statement of %s is too long", route->path);
	return value;
}

/*
 * Where the values of the row are that hash_ahead() needs: the fields email and
 * password, and the client, which is the last parameter.
 */
static StatementAhead
ahead_of(const Route *route)
{
	StatementAhead ahead = { .kind = route->ahead };
	int value = 0;

	for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
	{
		if (p->source == FROM_BODY && strcmp(p->name, "email") == 0)
			ahead.email = value;
		else if (p->source == FROM_BODY && strcmp(p->name, "password") == 0)
			ahead.password = value;
		else if (p->source == FROM_CLIENT)
			ahead.client = value;
		value += request_count_values(p);
	}
	return ahead;
}

/* Of a token, and the client that came with it. */
static const Statement refusal = {
	.name = "refuse_token",
	.sql = "SELECT jerry.refuse_token($1, ROW($2, NULL, NULL, NULL)::jerry.client)",
	.nparams = 2,
	.lane = LANE_READ,
};

/* How answers to the row's statement say that they are negative. */
static AnswerStyle
style_of(const Route *route)
{
	if (route->reply == REPLY_RFC)
		return ANSWER_RFC;
	return route->reply == REPLY_BARE ? ANSWER_BARE : ANSWER_ENVELOPE;
}

/*
 * The function's name; "name (2)" for the second row that calls it, as a
 * session prepares no name twice.
 */
static const char *
statement_name(const Route *route)
{
	static char names[ROUTE_COUNT][NAME_SIZE];
	char *name = names[route - routes];
	int number = 1;

	for (const Route *earlier = routes; earlier < route; earlier++)
	{
		if (earlier->name != NULL && strcmp(earlier->name, route->name) == 0)
			number++;
	}
	if (number == 1)
		return route->name;
	snprintf(name, NAME_SIZE, "%s (%d)", route->name, number);
	return name;
}

/* Which codes an answer of the row can have. */
static TrafficKind
traffic_kind(const Route *route)
{
	if (route->handler != NULL)
		return TRAFFIC_SIDECAR;
	return route->reply == REPLY_RFC ? TRAFFIC_RFC : TRAFFIC_DATABASE;
}

void
routes_configure(const Config *config)
{
	static char sql[ROUTE_COUNT][SQL_SIZE];

	docs_served = config->docs;
	pages_served = config->pages;
	dev_mail_served = config->dev_mail;
	traffic_configure();
	for (int i = 0; i < ROUTE_COUNT; i++)
	{
		const Route *route = &routes[i];

		traffic_rows[i] =
			traffic_add_row(routes_method_name(route->method), route->path, traffic_kind(route));
		if (route->name == NULL)
			continue;
		statements[i] = (Statement){ .name = statement_name(route),
									 .sql = sql[i],
									 .nparams = write_sql(route, sql[i]),
									 .lane = route->lane,
									 .style = style_of(route),
									 .primary_first = route->primary_first,
									 .may_write = route->may_write,
									 .last_word = route->last_word ? &refusal : NULL,
									 .ahead = ahead_of(route) };
	}
}

unsigned
routes_traffic_row(const Route *route)
{
	return traffic_rows[route - routes];
}

const Statement *
routes_statement(const Route *route)
{
	return &statements[route - routes];
}

const Route *
routes_row(int position)
{
	return position < ROUTE_COUNT ? &routes[position] : NULL;
}
