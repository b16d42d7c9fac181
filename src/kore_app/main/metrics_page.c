/*
 * metrics_page.c: see metrics_page.h.
 */
#include "main/metrics_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/routes.h"
#include "base/address.h"
#include "base/kore_compat.h"
#include "base/log.h"
#include "base/metrics.h"
#include "db/lane_metrics.h"
#include "edge/guard.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/request_id.h"
#include "http/traffic.h"

#define PATH		 "/metrics"
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

static int workers;
static MetricsCell starts;
static struct timespec started;

void
metrics_page_configure(const Config *given)
{
	starts = metrics_reserve(1);
	workers = given->workers;
	clock_gettime(CLOCK_REALTIME, &started);
	if (given->metrics_port != 0)
		metrics_map(workers);
}

void
metrics_page_start(void)
{
	metrics_choose_slot(worker->id);
	metrics_add(starts, 1);
}

static void
write_processes(FILE *page)
{
	metrics_family(page, "jerry_build_info", "gauge", "The version of the sidecar; always 1.");
	fprintf(page, "jerry_build_info{version=\"%s\"} 1\n", JERRY_VERSION);
	metrics_family(page, "jerry_start_time_seconds", "gauge",
				   "When the sidecar was started, in seconds since 1970.");
	fprintf(page, "jerry_start_time_seconds %" PRIu64 ".%03ld\n", (uint64_t) started.tv_sec,
			started.tv_nsec / 1000000);
	metrics_family(page, "jerry_worker_starts_total", "counter",
				   "Starts of worker processes: more than one is a worker that died.");
	for (int id = 1; id <= workers; id++)
		fprintf(page, "jerry_worker_starts_total{worker=\"%d\"} %" PRIu64 "\n", id,
				metrics_of_worker(starts, id));
}

/* Answers with the figures. */
static void
reply_figures(const ReplyContext *context)
{
	char *text = NULL;
	size_t length = 0;
	FILE *page = open_memstream(&text, &length);

	if (page == NULL)
		fatal("jerry: out of memory");
	write_processes(page);
	traffic_write(page);
	guard_write_metrics(page);
	lane_metrics_write(page);
	if (lane_metrics_database_is_up())
		metrics_write_board(page, kore_time_ms());
	if (fclose(page) != 0)
		fatal("jerry: out of memory");
	reply_text(context, CONTENT_TYPE, text, length);
	free(text);
}

/* Answers; returns the status. */
static int
answer(const ReplyContext *context)
{
	if (strcmp(context->req->path, PATH) != 0)
		return reply_error(context, &(ReplyError){ .code = REPLY_NOT_FOUND });
	if (context->req->method != HTTP_METHOD_GET && context->req->method != HTTP_METHOD_HEAD)
		return reply_method_not_allowed(context, "GET, HEAD");
	reply_figures(context);
	return 200;
}

int
metrics_page(struct http_request *req)
{
	RequestHeaders headers;
	char request_id[REQUEST_ID_SIZE];
	char remote[INET6_ADDRSTRLEN];
	/* Who may ask is many, and the places are few. */
	ReplyContext context = { .req = req, .request_id = request_id, .close = true };
	int status;

	request_headers(req, &headers);
	request_id_choose(headers.request_id, request_id);
	request_client_address(req, &headers, remote);
	status = answer(&context);
	log_request(&(LogRequest){ .request_id = request_id,
							   .method = routes_method_name(req->method),
							   .path = req->path,
							   .remote = remote,
							   .status = status,
							   .routine = true });
	return KORE_RESULT_OK;
}

void
metrics_page_done(struct http_request *req)
{
	(void) req;
}
