/*
 * hooks.c: the courier of webhooks.
 */
#include "hooks/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/transfer.h"
#include "hooks/reach.h"
#include "hooks/signature.h"

#ifndef JERRY_VERSION
#error "JERRY_VERSION must be defined"
#endif

#define DEADLINE_S	   15
#define CONNECT_S	   10
#define ANSWER_MAX	   1024 /* bytes of a body: the rest is not read */
#define LEASE_S		   (2 * DEADLINE_S)
#define NETWORKS_MAX   64
#define SECRETS_MAX	   2 /* of one webhook at a time, while one replaces the other */
#define WAIT_LONGEST_S 86400

/*
 * What of one endpoint is sent at a time: half of what is, so that one that
 * does not answer leaves room for others.  The payload of a claim is the url,
 * the id of the message and the secrets, each in a line, and the body.
 */
#define CLAIM                                                                            \
	"SELECT delivery_id, event_type, pg_catalog.concat(url, E'\\n', message_id, E'\\n'," \
	" pg_catalog.array_to_string(secrets, ' '), E'\\n', body), attempt,"                 \
	" COALESCE(pg_catalog.substring(message_id, '^evt_([0-9]+)_'), '0')"                 \
	" FROM jerry.claim_webhooks($2::integer, %d, $3::interval)"
#define NEXT                                                            \
	"SELECT (1000 OPERATOR(pg_catalog.*) pg_catalog.date_part('epoch'," \
	" jerry.next_webhook_at(%d) OPERATOR(pg_catalog.-) pg_catalog.clock_timestamp()))::bigint"
#define EACH(value) "pg_catalog.array_fill(" value ", ARRAY[pg_catalog.cardinality($2::uuid[])])"

static char claim_sql[1024];
static char next_sql[256];

static const OutboxStatements statements = {
	.claim = claim_sql,
	.next = next_sql,
	.release = "SELECT jerry.release_webhooks($2::uuid[], $3::interval)",
	.finish = "SELECT jerry.finish_webhooks($2::uuid[], " EACH("$3::integer") ", " EACH(
		"$4::integer") ", " EACH("NULLIF($5::text, '')") ")",
};

/* A request that is under way. */
typedef struct Request
{
	Delivery *delivery;
	CURL *easy;
	struct curl_slist *headers;
	const char *refused; /* what kind of address it was that must not be reached */
	size_t read;		 /* of the answer's body */
} Request;

static Network networks[NETWORKS_MAX];
static size_t nnetworks;
static bool insecure; /* http, too */

/* WEBHOOK_NETWORKS: addresses and networks, with commas between them. */
static bool
read_networks(const char *list)
{
	while (list != NULL && *list != '\0')
	{
		char text[64];
		size_t length;

		list += strspn(list, ", ");
		length = strcspn(list, ", ");
		if (length == 0)
			break;
		if (nnetworks == NETWORKS_MAX || length >= sizeof(text))
			return false;
		memcpy(text, list, length);
		text[length] = '\0';
		if (!network_read(text, &networks[nnetworks++]))
			return false;
		list += length;
	}
	return true;
}

static bool
hooks_open(const Config *config)
{
	int per_webhook = config->parallel > 1 ? config->parallel / 2 : 1;

	insecure = config->environment == ENVIRONMENT_DEVELOPMENT;
	snprintf(claim_sql, sizeof(claim_sql), CLAIM, per_webhook);
	snprintf(next_sql, sizeof(next_sql), NEXT, per_webhook);
	if (read_networks(config->webhook_networks))
		return true;
	fprintf(stderr,
			"jerry: WEBHOOK_NETWORKS: is not a list of at most %d addresses and networks such as "
			"10.0.0.0/8\n",
			NETWORKS_MAX);
	return false;
}

static void
free_request(Request *request)
{
	transfer_free(request->easy);
	curl_slist_free_all(request->headers);
	free(request);
}

/* libcurl's, before it connects: the address is one at last. */
static curl_socket_t
open_socket(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
	Request *request = argument;

	(void) purpose;
	request->refused = reach_refusal(&address->addr, networks, nnetworks);
	if (request->refused != NULL)
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Nobody reads what is answered, and it has an end. */
static size_t
take_body(char *bytes, size_t size, size_t n, void *argument)
{
	Request *request = argument;

	(void) bytes;
	request->read += size * n;
	return request->read > ANSWER_MAX ? 0 : size * n;
}

/* Adds a line to the head. */
static void
add_header(Request *request, const char *line)
{
	request->headers = must_have(curl_slist_append(request->headers, line));
}

/*
 * Adds what says whose message it is, when it was sent and who has signed it:
 * one signature for each secret.  false: a secret is none.
 */
static bool
sign(Request *request, const char *id, char *secrets, const char *body, size_t length)
{
	char line[64 + SECRETS_MAX * (SIGNATURE_SIZE + 1) + 128];
	int64_t now = time(NULL);
	size_t used;
	char *secret;

	snprintf(line, sizeof(line), "webhook-id: %s", id);
	add_header(request, line);
	snprintf(line, sizeof(line), "webhook-timestamp: %lld", (long long) now);
	add_header(request, line);
	used = (size_t) snprintf(line, sizeof(line), "webhook-signature:");
	for (int i = 0; i < SECRETS_MAX && (secret = strsep(&secrets, " ")) != NULL; i++)
	{
		line[used++] = ' ';
		if (!signature_make(secret, id, now, body, length, line + used))
			return false;
		used += SIGNATURE_SIZE - 1;
	}
	add_header(request, line);
	return true;
}

static void
on_answer(void *argument, CURLcode result)
{
	Request *request = argument;
	Delivery *delivery = request->delivery;
	curl_off_t wait = 0;
	long status = 0;
	char reason[128] = "";

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &wait);
	/* Who has answered need not be read to the end, and 1xx is no answer. */
	if (status < 200 || status > 599)
		status = 0;
	if (status >= 300)
		snprintf(reason, sizeof(reason), "HTTP %ld", status);
	else if (status == 0 && request->refused != NULL)
		snprintf(reason, sizeof(reason), "its address is %s: see WEBHOOK_NETWORKS",
				 request->refused);
	else if (status == 0)
		snprintf(reason, sizeof(reason), "%s", curl_easy_strerror(result));
	if (wait > WAIT_LONGEST_S)
		wait = WAIT_LONGEST_S;
	free_request(request);
	delivery_finish(delivery, (int) status, wait > 0 ? (int) wait : -1,
					reason[0] == '\0' ? NULL : reason);
}

static void
prepare(Request *request, const char *url, const char *body, size_t length)
{
	CURL *easy = request->easy;

	add_header(request, "Content-Type: application/json");
	add_header(request, "Accept:");
	add_header(request, "Expect:");
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, insecure ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "jerry-courier/" JERRY_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length);
	curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, DEADLINE_S * 1000L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_S * 1000L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

static void
hooks_deliver(Delivery *delivery, const char *payload, size_t length)
{
	char *copy = must_have(malloc(length + 1));
	char *rest = copy;
	const char *url;
	const char *id;
	char *secrets;
	Request *request = must_have(calloc(1, sizeof(*request)));

	memcpy(copy, payload, length);
	copy[length] = '\0';
	url = strsep(&rest, "\n");
	id = strsep(&rest, "\n");
	secrets = strsep(&rest, "\n");
	request->delivery = delivery;
	request->easy = transfer_new();
	delivery->transport = request;
	if (rest != NULL && sign(request, id, secrets, rest, strlen(rest)))
	{
		prepare(request, url, rest, strlen(rest));
		transfer_start(request->easy, on_answer, request);
	}
	else
	{
		free_request(request);
		delivery_finish(delivery, 0, -1, "its secret is none");
	}
	explicit_bzero(copy, length);
	free(copy);
}

static void
hooks_cancel(Delivery *delivery)
{
	free_request(delivery->transport);
}

const Courier hooks_courier = {
	.name = "hooks",
	.destination = "an endpoint",
	.lease_s = LEASE_S,
	.statements = &statements,
	.open = hooks_open,
	.deliver = hooks_deliver,
	.cancel = hooks_cancel,
};
