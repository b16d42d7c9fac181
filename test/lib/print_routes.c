/*
 * print_routes.c: the table of routes of the sidecar, a line each: method, path, function in schema jerry or -, lane, and
 * the parameters with where they come from.
 *
 * Linked with routes.o alone; its handlers are nobody's here.
 */
#include <stdio.h>

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

int
main(void)
{
	const Route *route;

	for (int i = 0; (route = routes_row(i)) != NULL; i++)
	{
		printf("%s\t%s\t%s\t%s\t%d\t", route->method == HTTP_METHOD_GET ? "get" : "post", route->path, route->name != NULL ? route->name : "-",
			   route->name != NULL ? lanes[route->lane] : "-", route->status);
		for (const Parameter *p = route->parameters; p->source != FROM_NOWHERE; p++)
			printf("%s%s%s%s", p > route->parameters ? " " : "", sources[p->source], p->name != NULL ? ":" : "", p->name != NULL ? p->name : "");
		putchar('\n');
	}
	return 0;
}
