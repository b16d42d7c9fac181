/*
 * print_routes.c: prints the sidecar's table of routes, for the build.
 *
 * A line for each row, its fields separated by tabs: method; path; function in
 * schema jerry, or -; lane, or -; status of a positive answer, 0 where the
 * handler decides; reply (envelope, bare, cacheable, which is bare too, rfc,
 * redirect or empty); who answers while the database does not (own: the row's
 * handler; -: nobody but the lanes); parameters, as SOURCE or
 * SOURCE:NAME:TYPE, with ? behind what may be missing; the permission that it
 * takes, or nothing.
 * tools/generate-openapi reads it, and so do the tests.
 *
 * Linked with the table alone: its handlers are nobody's here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/routes.h"

static const char *const lanes[LANE_COUNT] = {
	[LANE_READ] = "read", [LANE_WRITE] = "write", [LANE_LOGIN] = "login"
};

/* No default: a source that is missing here does not compile. */
static const char *
source_name(ParameterSource source)
{
	switch (source)
	{
		case FROM_BODY:
			return "body";
		case FROM_DOCUMENT:
			return "document";
		case FROM_FORM:
			return "form";
		case FROM_QUERY:
			return "query";
		case FROM_PATH:
			return "path";
		case FROM_COOKIE:
			return "cookie";
		case FROM_BEARER:
			return "bearer";
		case FROM_BASIC_USER:
		case FROM_BASIC_PASSWORD:
			return "basic";
		case FROM_CLIENT:
			return "client";
		case FROM_SERVICE_NAME:
			return "service_name";
		case FROM_SERVICE_VERSION:
			return "service_version";
		case FROM_NOWHERE:
			break;
	}
	abort();
}

static const char *const kinds[] = {
	[VALUE_STRING] = "string",
	[VALUE_BOOLEAN] = "boolean",
	[VALUE_INTEGER] = "integer",
	[VALUE_OBJECT] = "object",
	[VALUE_ARRAY] = "array",
};

static const char *const replies[] = {
	[REPLY_ENVELOPE] = "envelope",
	[REPLY_BARE] = "bare",
	[REPLY_RFC] = "rfc",
	[REPLY_REDIRECT] = "redirect",
	[REPLY_EMPTY] = "empty",
};

static const char *
reply_name(const Route *route)
{
	return route->max_age > 0 ? "cacheable" : replies[route->reply];
}

int
main(void)
{
	const Route *route;

	for (int i = 0; (route = routes_row(i)) != NULL; i++)
	{
		printf("%s\t%s\t%s\t%s\t%d\t%s\t%s\t", routes_method_name(route->method), route->path,
			   route->name != NULL ? route->name : "-",
			   route->name != NULL ? lanes[route->lane] : "-",
			   route->status, reply_name(route), route->unavailable != NULL ? "own" : "-");
		for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
		{
			printf("%s%s", p > route->parameters ? " " : "", source_name(p->source));
			if (p->name != NULL)
				printf(":%s:%s", p->name, kinds[p->kind]);
			if (p->optional)
				putchar('?');
		}
		printf("\t%s\n", route->permission != NULL ? route->permission : "");
	}
	return 0;
}
