/*
 * dispatch.c: the way of a request through the sidecar.
 *
 * Match the path, read the parameters, submit the statement, sleep; when the
 * lane has an outcome, reply.  The exchange below hangs on the request and is
 * freed with it; a client that leaves early takes its job along.
 */
#include "api/dispatch.h"

#include <string.h>
#include <time.h>

#include "api/kept.h"
#include "api/routes.h"
#include "base/kore_compat.h"
#include "base/log.h"
#include "db/lanes.h"
#include "http/answer_head.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/request_id.h"
#include "http/traffic.h"

/* The log's name for a request whose client did not wait for the reply. */
#define STATUS_CLIENT_GONE 499

typedef struct Exchange
{
	ReplyContext context;
	const Route *route;
	uint64_t client; /* see address_client() */
	LaneJob *job;	 /* NULL until submitted and after release */
	struct timespec started;
	bool replied;
	char request_id[REQUEST_ID_SIZE];
	char traceparent[TRACEPARENT_SIZE]; /* "": none */
	char remote[INET6_ADDRSTRLEN];
} Exchange;

/*
 * Ends an exchange in the log and in the figures; there is nothing to do for
 * Kore but send.
 */
static int
exchange_done(Exchange *exchange, int status, const char *code)
{
	const struct http_request *req = exchange->context.req;
	struct timespec now;
	LogRequest entry;

	exchange->replied = true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	entry = (LogRequest){
		.request_id = exchange->request_id,
		.method = routes_method_name(req->method),
		.path = req->path,
		.remote = exchange->remote,
		.traceparent = exchange->traceparent[0] != '\0' ? exchange->traceparent : NULL,
		.status = status,
		.code = code,
		.routine = exchange->route != NULL && exchange->route->routine,
		.duration_us = (uint64_t) ((now.tv_sec - exchange->started.tv_sec) * 1000000 +
								   (now.tv_nsec - exchange->started.tv_nsec) / 1000),
	};
	log_request(&entry);
	traffic_count(exchange->route != NULL ? routes_traffic_row(exchange->route) : TRAFFIC_UNROUTED,
				  status, code, entry.duration_us);
	return KORE_RESULT_OK;
}

/* Replies with an error of the sidecar's own. */
static int
done_with_error(Exchange *exchange, const ReplyError *error)
{
	return exchange_done(
		exchange, reply_error(&exchange->context, error), reply_code_name(error->code));
}

void
dispatch_abandon(struct http_request *req)
{
	Exchange *exchange = http_state_get(req);

	if (exchange == NULL)
		return;
	if (exchange->job != NULL)
		lane_release(exchange->job);
	exchange->job = NULL;
	if (!exchange->replied)
		exchange_done(exchange, STATUS_CLIENT_GONE, "CLIENT_GONE");
}

/* A job has an outcome: let Kore call dispatch() again. */
static void
wake_up(void *arg)
{
	http_request_wakeup(arg);
}

/* Replies for a database that did not answer. */
static int
reply_without_answer(Exchange *exchange, LaneOutcome outcome)
{
	ReplyError error = { .code = REPLY_SERVICE_UNAVAILABLE };
	size_t length;
	const char *kept = outcome == LANE_FAILED ? NULL : kept_find(exchange->route, &length);

	if (kept != NULL)
	{
		int status = exchange->route->status;

		status = reply_cacheable(&exchange->context, status, KEPT_MAX_AGE, kept, length);
		return exchange_done(exchange, status, reply_code_name(error.code));
	}
	if (exchange->route->unavailable != NULL)
		return exchange_done(exchange, exchange->route->unavailable(&exchange->context),
							 reply_code_name(error.code));

	if (outcome == LANE_DEADLINE)
		error.code = REPLY_GATEWAY_TIMEOUT;
	else if (outcome == LANE_FAILED)
		error.code = REPLY_INTERNAL_ERROR;
	return done_with_error(exchange, &error);
}

/*
 * An answer that no reply can be made of: a fault of the function that gave it.
 */
static int
reply_unusable(Exchange *exchange, const char *issue)
{
	ReplyError error = { .code = REPLY_INTERNAL_ERROR };

	log_line(LOG_LEVEL_ERROR, "answer", "the answer to request %s cannot be sent: %s",
			 exchange->request_id, issue);
	return done_with_error(exchange, &error);
}

/* Does a positive answer say what goes into the head, and nothing else? */
static bool
sends_head(const Route *route)
{
	return route->reply == REPLY_REDIRECT || route->reply == REPLY_EMPTY;
}

/* Replies with the database's own bytes. */
static int
reply_body(Exchange *exchange, int status, const char *code, const char *body, size_t length)
{
	unsigned max_age = exchange->route->max_age;

	if (max_age > 0)
	{
		status = reply_cacheable(&exchange->context, status, max_age, body, length);
		kept_store(exchange->route, body, length);
	}
	else
		reply_json(&exchange->context, status, NULL, body, length);
	return exchange_done(exchange, status, code);
}

/* Replies with what the database has answered. */
static int
reply_answer(Exchange *exchange)
{
	const char *code = lane_code(exchange->job);
	int status = exchange->route->status;
	char lines[ANSWER_HEAD_SIZE];
	const char *issue;
	size_t length;
	const char *body = lane_body(exchange->job, &length);

	if (code != NULL)
		status = reply_status(code, body, length);
	if (status == 0)
		return reply_unusable(exchange, "it has an unknown code");

	if (code != NULL && (status == 429 || status == 503) && exchange->route->reply != REPLY_RFC)
		issue = answer_head_negative(body, length, lines);
	else if (code == NULL && sends_head(exchange->route))
		issue = answer_head_positive(body, length, exchange->route->reply == REPLY_REDIRECT, lines);
	else
		return reply_body(exchange, status, code, body, length);

	if (issue != NULL)
		return reply_unusable(exchange, issue);
	if (code == NULL)
		reply_empty(&exchange->context, status, lines);
	else
		reply_json(&exchange->context, status, lines[0] != '\0' ? lines : NULL, body, length);
	return exchange_done(exchange, status, code);
}

/* Replies according to what became of the job. */
static int
conclude(Exchange *exchange)
{
	LaneOutcome outcome = lane_outcome(exchange->job);
	int result;

	if (outcome == LANE_ANSWERED)
		result = reply_answer(exchange);
	else
		result = reply_without_answer(exchange, outcome);
	lane_release(exchange->job);
	exchange->job = NULL;
	return result;
}

/* Replies to a request from which no statement could be made. */
static int
refuse(Exchange *exchange, const RequestError *request_error)
{
	ReplyError error = { .code = REPLY_VALIDATION_ERROR,
						 .message = request_error->message,
						 .field = request_error->field,
						 .issue = request_error->issue };

	switch (request_error->problem)
	{
		case REQUEST_WRONG_TYPE:
			error.code = REPLY_UNSUPPORTED_MEDIA_TYPE;
			break;
		case REQUEST_INVALID:
			break;
		case REQUEST_NO_TOKEN:
			error.code = REPLY_INVALID_TOKEN;
			exchange->context.challenge = CHALLENGE_BEARER;
			break;
		case REQUEST_BAD_TOKEN:
		case REQUEST_NO_CLIENT:
			error.code = REPLY_INVALID_TOKEN;
			break;
	}
	return done_with_error(exchange, &error);
}

/* Replies when no row of the table serves the request. */
static int
reply_unrouted(Exchange *exchange, const RequestHeaders *headers, unsigned methods)
{
	const ReplyContext *context = &exchange->context;
	ReplyError error = { .code = REPLY_NOT_FOUND };
	char allow[ROUTE_ALLOW_SIZE];

	/* About the server as a whole; what health checks ask. */
	if (context->req->method == HTTP_METHOD_OPTIONS && strcmp(context->req->path, "*") == 0)
		return exchange_done(
			exchange, reply_options(context, routes_all_methods(), false, NULL), NULL);
	if (methods == 0)
		return done_with_error(exchange, &error);

	routes_allow(methods, allow);
	if (context->req->method == HTTP_METHOD_OPTIONS)
		return exchange_done(exchange,
							 reply_options(context, allow, headers->preflight_method != NULL,
										   headers->preflight_headers),
							 NULL);
	return exchange_done(exchange, reply_method_not_allowed(context, allow),
						 reply_code_name(REPLY_METHOD_NOT_ALLOWED));
}

/*
 * Submits the row's statement; false when it was refused at once.  The database
 * is told of the trace as it is of the client: not by the rows that are called
 * most.
 */
static bool
submit(Exchange *exchange, const RequestValues *values)
{
	const LaneMark mark = { .request_id = exchange->request_id,
							.traceparent = values->for_client ? exchange->traceparent : "" };

	exchange->job = lane_submit(routes_statement(exchange->route), exchange->client, values->values,
								values->lengths, &mark, wake_up, exchange->context.req);
	return lane_outcome(exchange->job) == LANE_PENDING;
}

/* The first call for a request. */
static int
begin_exchange(struct http_request *req)
{
	Exchange *exchange = compat_state_create(req, sizeof(*exchange), dispatch_abandon);
	RequestHeaders headers;
	RequestSource source;
	RequestValues values;
	RequestError error;
	unsigned methods;
	bool pending;

	clock_gettime(CLOCK_MONOTONIC, &exchange->started);
	request_headers(req, &headers);
	request_id_choose(headers.request_id, exchange->request_id);
	if (headers.traceparent != NULL)
		memcpy(exchange->traceparent, headers.traceparent, TRACEPARENT_SIZE);
	exchange->client = request_client_address(req, &headers, exchange->remote);
	exchange->context = (ReplyContext){ .req = req,
										.request_id = exchange->request_id,
										.origin = headers.origin,
										.host = req->host,
										.close = request_wants_close(req, &headers) };

	exchange->route = routes_find(req->method, req->path, &methods);
	if (exchange->route == NULL)
		return reply_unrouted(exchange, &headers, methods);
	if (exchange->route->handler != NULL)
		return exchange_done(exchange, exchange->route->handler(&exchange->context), NULL);

	exchange->context.challenge = exchange->route->challenge;
	exchange->context.rfc = exchange->route->reply == REPLY_RFC;
	source = (RequestSource){ .req = req,
							  .headers = &headers,
							  .pattern = exchange->route->path,
							  .address = exchange->remote,
							  .request_id = exchange->request_id };
	if (!request_read(&source, exchange->route->parameters, &values, &error))
		return refuse(exchange, &error);
	pending = submit(exchange, &values);
	request_forget(req, &values);
	if (!pending)
		return conclude(exchange);

	http_request_sleep(req);
	return KORE_RESULT_RETRY;
}

int
dispatch(struct http_request *req)
{
	Exchange *exchange = http_state_get(req);

	/*
	 * Kore would go on counting the time for the body, which is complete, and
	 * answer 408 while the database is at work.
	 */
	req->owner->http_timeout = 0;

	if (exchange == NULL)
		return begin_exchange(req);
	if (lane_outcome(exchange->job) == LANE_PENDING)
	{
		http_request_sleep(req);
		return KORE_RESULT_RETRY;
	}
	return conclude(exchange);
}
