/*
 * request.h: from an HTTP request to the values of a statement.
 *
 * Checks shape only: is there a body of the right type, are the fields there,
 * are they of their kind.  What the values must look like is decided in the
 * database.
 */
#ifndef JERRY_REQUEST_H
#define JERRY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include <kore/kore.h>
#include <kore/http.h>

#include "base/config.h"
#include "http/credentials.h"
#include "http/fields.h"

#define REQUEST_MAX_PARAMETERS 20
#define REQUEST_MAX_VALUES	   24  /* some parameters are more than one value */
#define REQUEST_AGENT_SIZE	   513 /* 512 characters and the final zero */

/*
 * Where the value of a parameter comes from.  A body is fields of JSON, JSON as
 * a whole, or a form, never two of these; bodies, queries and cookies that
 * nobody asks for are not read.
 */
typedef enum ParameterSource
{
	FROM_NOWHERE,  /* ends a list of parameters */
	FROM_BODY,	   /* a field of the JSON object in the body */
	FROM_DOCUMENT, /* the JSON object in the body, all of it, as it stands */
	FROM_FORM,	   /* a field of the body, application/x-www-form-urlencoded */
	FROM_QUERY,
	FROM_PATH, /* a name of the row's path */
	FROM_COOKIE,
	FROM_BEARER,		 /* the token of the Authorization header */
	FROM_BASIC_USER,	 /* of the Authorization header: who, */
	FROM_BASIC_PASSWORD, /* and what proves it */
	FROM_CLIENT,		 /* jerry.client: address, user agent, request id, device token */
	FROM_SERVICE_NAME,
	FROM_SERVICE_VERSION
} ParameterSource;

typedef struct Parameter
{
	ParameterSource source;
	const char *name;	/* of the field, the cookie, or in the path */
	ValueKind kind;		/* of the field */
	bool optional;		/* what is not there is NULL */
	bool any_character; /* what is no character of a text is for the database to refuse */
	bool of_client;		/* no value of its own: the device token of the client behind it */
} Parameter;

/* The headers that matter here; NULL when the client did not send one. */
typedef struct RequestHeaders
{
	const char *authorization;
	const char *connection;
	const char *cookie;
	const char *content_encoding;
	const char *content_type;
	const char *forwarded_for;
	const char *origin;
	const char *preflight_method;  /* Access-Control-Request-Method */
	const char *preflight_headers; /* Access-Control-Request-Headers */
	const char *request_id;
	const char *traceparent; /* a valid one */
} RequestHeaders;

/* Why request_read() gave up. */
typedef enum RequestProblem
{
	REQUEST_WRONG_TYPE, /* the body's content type is another one; see issue */
	REQUEST_INVALID,	/* the body, the query, a field or a cookie; see field and issue */
	REQUEST_NO_TOKEN,	/* no bearer token was sent */
	REQUEST_BAD_TOKEN,	/* it cannot be a token */
	REQUEST_NO_CLIENT	/* no Basic credentials, or malformed ones */
} RequestProblem;

typedef struct RequestError
{
	RequestProblem problem;
	const char *field;	 /* constant, NULL when it is about all of them */
	const char *issue;	 /* constant, or NULL */
	const char *message; /* constant, or NULL: the code's own */
} RequestError;

/* A request, and what is known about it. */
typedef struct RequestSource
{
	struct http_request *req;
	const RequestHeaders *headers;
	const char *pattern; /* the row's path, for FROM_PATH */
	const char *address; /* the client's */
	const char *request_id;
} RequestSource;

/*
 * The values of a statement, in order.  They point into the request, whose body
 * and query are decoded in their place, and into the arrays below, and do not
 * all end with a zero byte: use them while the request is there and call
 * request_forget() after that.
 */
typedef struct RequestValues
{
	const char *values[REQUEST_MAX_VALUES];
	int lengths[REQUEST_MAX_VALUES];
	int count;
	Field fields[FIELDS_MAX]; /* of the body */
	Field query[FIELDS_MAX];
	bool body_read;
	bool query_read;
	size_t query_length;
	bool basic_read;
	Slice basic_user;
	Slice basic_password;
	char basic[BASIC_SIZE];
	char agent[REQUEST_AGENT_SIZE];
	bool for_client; /* the client is among them */
	Slice device_token;
} RequestValues;

/* Call once per worker, before the first request. */
extern void request_configure(const Config *config);

/* Collects the headers in one pass.  The guard has joined repeated ones. */
extern void request_headers(struct http_request *req, RequestHeaders *headers);

/* Did the client ask to close the connection after this request? */
extern bool request_wants_close(const struct http_request *req, const RequestHeaders *headers);

/*
 * The client's address as text: the peer's, or for a trusted proxy the one
 * that X-Forwarded-For names, walked from the right past trusted ones.  Returns
 * its address_client().
 */
extern uint64_t request_client_address(struct http_request *req, const RequestHeaders *headers,
									   char address[INET6_ADDRSTRLEN]);

/*
 * How many values a parameter is: one, or the attributes of a composite type in
 * their order.
 */
extern int request_count_values(const Parameter *parameter);

/*
 * Fills *values in the order of parameters, which FROM_NOWHERE ends.  On
 * failure returns false, says why in *error and leaves nothing to forget.
 */
extern bool request_read(const RequestSource *source, const Parameter *parameters,
						 RequestValues *values, RequestError *error);

/* Wipes what may be secret: the body, the query and Basic credentials. */
extern void request_forget(struct http_request *req, RequestValues *values);

#endif /* JERRY_REQUEST_H */
