/*
 * request.h: from an HTTP request to the values of a statement.
 *
 * Checks shape only: is there a JSON object, are the fields there, are they
 * strings.  What the values must look like is decided in the database.
 */
#ifndef JERRY_REQUEST_H
#define JERRY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include <kore/kore.h>
#include <kore/http.h>

#include "base/config.h"
#include "http/json_fields.h"

#define REQUEST_MAX_PARAMETERS 4
#define REQUEST_AGENT_SIZE	   513 /* 512 characters and the final zero */

/* Where the value of a parameter comes from. */
typedef enum ParameterSource
{
	FROM_NOWHERE, /* ends a list of parameters */
	FROM_BODY,	  /* a string of the JSON object in the body */
	FROM_BEARER,  /* the token of the Authorization header */
	FROM_CLIENT_ADDRESS,
	FROM_USER_AGENT, /* NULL when the client sent none */
	FROM_SERVICE_NAME,
	FROM_SERVICE_VERSION
} ParameterSource;

typedef struct Parameter
{
	ParameterSource source;
	const char *name;	/* of the field, for FROM_BODY */
	bool any_character; /* what is no character of a text is for the database to refuse */
} Parameter;

/* The headers that matter here; NULL when the client did not send one. */
typedef struct RequestHeaders
{
	const char *authorization;
	const char *connection;
	const char *content_encoding;
	const char *content_type;
	const char *forwarded_for;
	const char *origin;
	const char *preflight_method;  /* Access-Control-Request-Method */
	const char *preflight_headers; /* Access-Control-Request-Headers */
	const char *request_id;
} RequestHeaders;

/* Why request_read() gave up. */
typedef enum RequestProblem
{
	REQUEST_NOT_JSON, /* the content type is another one; see issue */
	REQUEST_INVALID,  /* the body or a field; see field and issue */
	REQUEST_NO_TOKEN, /* no bearer token was sent */
	REQUEST_BAD_TOKEN /* it cannot be a token */
} RequestProblem;

typedef struct RequestError
{
	RequestProblem problem;
	const char *field; /* constant, NULL when the body is no object */
	const char *issue; /* constant, or NULL */
} RequestError;

/*
 * The values of a statement's parameters, in order.  They point into the
 * request, whose body is decoded in its place, and into the array below, and do
 * not all end with a zero byte: use them while the request is there and call
 * request_forget() after that.
 */
typedef struct RequestValues
{
	const char *values[REQUEST_MAX_PARAMETERS];
	int lengths[REQUEST_MAX_PARAMETERS];
	bool body_read;
	JsonField fields[REQUEST_MAX_PARAMETERS]; /* of the body */
	int nfields;
	char agent[REQUEST_AGENT_SIZE];
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
 * Fills *values in the order of parameters, which FROM_NOWHERE ends; address
 * is the client's.  On failure returns false, says why in *error and leaves
 * nothing to forget.
 */
extern bool request_read(struct http_request *req, const RequestHeaders *headers, const char *address, const Parameter *parameters,
						 RequestValues *values, RequestError *error);

/* Wipes the request's body: passwords. */
extern void request_forget(struct http_request *req);

#endif /* JERRY_REQUEST_H */
