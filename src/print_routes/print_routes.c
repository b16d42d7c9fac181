/*
 * print_routes.c: prints the sidecar's table of routes, for the build.
 *
 * A line for each row, its fields separated by tabs: method; path; function in
 * schema jerry, or -; lane, or -; status of a positive answer, 0 where the
 * handler decides; reply (envelope or bare); who answers while the database
 * does not (own: the row's handler; -: nobody but the lanes); parameters, as
 * SOURCE or SOURCE:NAME:TYPE, with ? behind what may be missing.
 * tools/generate-openapi reads it, and so do the tests.
 *
 * Linked with the table alone: its handlers are nobody's here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/routes.h"

static const char *const lanes[LANE_COUNT] = { [LANE_READ] = "read", [LANE_WRITE] = "write", [LANE_LOGIN] = "login" };

static const char *const sources[] = {
	[FROM_BODY] = "body",
	[FROM_BEARER] = "bearer",
	[FROM_CLIENT_ADDRESS] = "client_address",
	[FROM_USER_AGENT] = "user_agent",
	[FROM_SERVICE_NAME] = "service_name",
	[FROM_SERVICE_VERSION] = "service_version",
};

static const char *
method_name(int method)
{
	switch (method)
	{
		case HTTP_METHOD_GET:
			return "GET";
		case HTTP_METHOD_POST:
			return "POST";
		default:
			fprintf(stderr, "print_routes: a method without a name: %d\n", method);
			exit(1);
	}
}

int
main(void)
{
	const Route *route;

	for (int i = 0; (route = routes_row(i)) != NULL; i++)
	{
		printf("%s\t%s\t%s\t%s\t%d\t%s\t%s\t", method_name(route->method), route->path, route->name != NULL ? route->name : "-",
			   route->name != NULL ? lanes[route->lane] : "-", route->status, route->bare ? "bare" : "envelope",
			   route->unavailable != NULL ? "own" : "-");
		for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
		{
			printf("%s%s", p > route->parameters ? " " : "", sources[p->source]);
			if (p->name != NULL)
				printf(":%s:string", p->name);
		}
		putchar('\n');
	}
	return 0;
}
