/*
 * routes.h: the table of everything that the sidecar serves.
 *
 * A row is either a function in schema jerry, with its lane and parameters, or
 * a function here that answers without the database.  A new endpoint is a row,
 * which is a line, in routes.c, and a piece of its description; see
 * contract/README.md.  src/print_routes prints them.
 */
#ifndef JERRY_ROUTES_H
#define JERRY_ROUTES_H

#include <stddef.h>

#include "db/statement.h"
#include "http/reply.h"
#include "http/request.h"

/* "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS". */
#define ROUTE_ALLOW_SIZE 64

/* Answers at once with one of the reply functions; returns the status. */
typedef int (*RouteHandler)(const ReplyContext *context);

/* What becomes of a positive answer; a negative one is sent as it is. */
typedef enum ReplyKind
{
	REPLY_ENVELOPE, /* is sent as it is */
	REPLY_BARE,		/* likewise, but it is no envelope; it may be cacheable */
	REPLY_RFC,		/* likewise; negative ones have the shape of RFC 6749, 5.2 */
	REPLY_REDIRECT, /* data.location, and perhaps data.set_cookie */
	REPLY_EMPTY		/* 204, with perhaps data.set_cookie */
} ReplyKind;

typedef struct Route
{
	int method;		  /* HTTP_METHOD_*; GET serves HEAD too */
	const char *path; /* see path_template.h */

	const char *name; /* of a function in schema jerry; NULL: there is a handler */
	LaneId lane;
	int status; /* of a positive answer */
	ReplyChallenge challenge;
	Parameter parameters[REQUEST_MAX_PARAMETERS + 1];
	const char *permission; /* that the user of the bearer token needs, or NULL */
	ReplyKind reply;
	bool primary_first; /* in the read lane; see Statement */
	bool may_write;		/* likewise */
	bool last_word;		/* refuse_token() has it on a token that is refused; see Statement */
	const char *ahead;	/* kind of its password hash for hash_ahead(), or NULL */
	unsigned max_age;	/* of REPLY_BARE: seconds that anybody may keep it; 0: nobody */
	/* Answers instead of the envelope when the database does not, or NULL. */
	RouteHandler unavailable;

	RouteHandler handler; /* answers without the database, with a page for example */
	bool routine;		  /* asked all the time by who watches over us, or for mails */
} Route;

/*
 * Call once, in the parent, before anything else: says whether there are the
 * documentation and the pages, makes the statements, and has the rows counted.
 */
extern void routes_configure(const Config *config);

/*
 * Finds the row for a method and a path.  When there is none, returns NULL
 * and sets *methods to the HTTP_METHOD_* that the path does allow, 0 when
 * there is no such path.
 */
extern const Route *routes_find(int method, const char *path, unsigned *methods);

/* The number of a row for traffic_count(). */
extern unsigned routes_traffic_row(const Route *route);

/* Writes a set of methods as the value of an Allow header. */
extern void routes_allow(unsigned methods, char allow[ROUTE_ALLOW_SIZE]);

/* "GET" for HTTP_METHOD_GET; NULL: a method that no path allows. */
extern const char *routes_method_name(int method);

/* The methods that any path allows, as the value of an Allow header. */
extern const char *routes_all_methods(void);

/* The statement of a row with a function. */
extern const Statement *routes_statement(const Route *route);

/* The row at a position, NULL behind the last one. */
extern const Route *routes_row(int position);

#endif /* JERRY_ROUTES_H */
