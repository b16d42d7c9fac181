/*
 * reply.h: everything that leaves the sidecar as HTTP.
 *
 * The only place that knows statuses, headers and the envelope of the
 * sidecar's own errors.  Answers of the database are passed through byte by
 * byte.  Envelopes made here consist of constants only.
 *
 * A reply can be given once per request; it also decides whether the
 * connection stays open and lets Kore read the next request from it.
 */
#ifndef JERRY_REPLY_H
#define JERRY_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include <kore/kore.h>
#include <kore/http.h>

#include "codes.h"
#include "base/config.h"

/* Room for any answer of reply_raw_error(). */
#define REPLY_RAW_SIZE 2048

/*
 * The error codes that the sidecar itself can answer with: contract/codes.txt.
 */
#define REPLY_CODE(code, status, message) REPLY_##code,
typedef enum ReplyCode
{
	SIDECAR_CODES(REPLY_CODE)
} ReplyCode;
#undef REPLY_CODE

/* An error of the sidecar's own.  All strings are constants. */
typedef struct ReplyError
{
	ReplyCode code;
	const char *message; /* NULL: the code's own message */
	const char *field;	 /* details.field, or NULL */
	const char *issue;	 /* details.issue, or NULL */
} ReplyError;

/* What a 401 asks for in WWW-Authenticate. */
typedef enum ReplyChallenge
{
	CHALLENGE_BEARER,		  /* a token (RFC 6750) */
	CHALLENGE_BEARER_INVALID, /* another one than that which was sent */
	CHALLENGE_BASIC			  /* the credentials of a client (RFC 6749, 5.2) */
} ReplyChallenge;

/* What a reply needs to know about the request it answers. */
typedef struct ReplyContext
{
	struct http_request *req;
	const char *request_id; /* printable, at most 64 bytes */
	const char *origin;		/* Origin header, or NULL */
	const char *host;		/* Host header */
	bool close;				/* the client asked to close the connection */
	ReplyChallenge challenge;
	bool rfc; /* errors have the shape of RFC 6749, 5.2 */
} ReplyContext;

/*
 * Prepares what all replies have in common.  Call once, before the first.
 * methods are those that any path at all allows, as in an Allow header.
 */
extern void reply_configure(const Config *config, const char *methods);

/* From now on every reply closes its connection. */
extern void reply_drain(void);

/*
 * The status of a negative answer of the database's with this code, an envelope
 * or in the shape of an RFC; 0 for an unknown one.  A hook says its own, unless
 * it is one that says something about the request as such: 408 would be sent
 * again.
 */
extern int reply_status(const char *code, const char *body, size_t length);

/* The name of one of the sidecar's own codes. */
extern const char *reply_code_name(ReplyCode code);

/*
 * Sends JSON bytes as they are, with the API's header set.  The body is copied
 * once, into the send buffer.  lines are further header lines, each ended by
 * CRLF, or NULL.
 */
extern void reply_json(
	const ReplyContext *context, int status, const char *lines, const char *body, size_t length);

/*
 * Sends JSON bytes that everybody may keep for max_age seconds, with an entity
 * tag; 304 when the client has them.  Returns the status.
 */
extern int reply_cacheable(const ReplyContext *context, int status, unsigned max_age,
						   const char *body, size_t length);

/*
 * Sends a reply without a body: 204, or a redirect with its Location in lines.
 * Returns the status.
 */
extern int reply_empty(const ReplyContext *context, int status, const char *lines);

/*
 * Sends a positive envelope around data, which is constant JSON.  Returns the
 * status.
 */
extern int reply_data(const ReplyContext *context, int status, const char *data);

/*
 * Sends an error: an envelope, or an RFC's shape with the code there that says
 * about the same.  Returns its status.
 */
extern int reply_error(const ReplyContext *context, const ReplyError *error);

/* Sends 405 with the methods that the path allows ("GET, HEAD, OPTIONS"). */
extern int reply_method_not_allowed(const ReplyContext *context, const char *allow);

/*
 * Answers OPTIONS with 204: the methods that the path allows, and a CORS
 * preflight when the request asks for a method.  asked is its
 * Access-Control-Request-Headers, or NULL.
 */
extern int reply_options(const ReplyContext *context, const char *allow, bool preflight,
						 const char *asked);

/* The flat 503 of /health while the database does not answer.  Returns 503. */
extern int reply_unhealthy(const ReplyContext *context);

/* Sends text of a type, which is copied, with status 200. */
extern void reply_text(
	const ReplyContext *context, const char *content_type, const char *body, size_t length);

/*
 * Sends a body that is not the API's: pages, scripts, the OpenAPI document.
 * headers holds complete lines, each ended by CRLF: content-type,
 * cache-control, content-security-policy and what else this body needs.
 * Added here are: server, date, x-request-id, nosniff, x-frame-options,
 * referrer-policy, CORS, connection and content-length.  The body is not
 * copied and must live as long as the process.  For HEAD, and for a status
 * of 304, pass the body all the same: it is not sent.
 */
extern void reply_asset(
	const ReplyContext *context, int status, const char *headers, const void *body, size_t length);

/*
 * Writes a complete HTTP/1.1 error response ("connection: close", envelope,
 * the API's header set) for what is refused before a request exists, and logs
 * it with the address of the client.  issue becomes details.issue, unless it is
 * NULL; origin is the Origin header, or NULL.  size should be REPLY_RAW_SIZE.
 * Returns the number of bytes.
 */
extern size_t reply_raw_error(char *out, size_t size, int status, const char *issue,
							  const char *origin, const char *remote);

#endif /* JERRY_REPLY_H */
