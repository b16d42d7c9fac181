/*
 * hooks.c: the courier of webhooks.
 */
#include "hooks/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "core/memory.h"
#include "core/transfer.h"
#include "hooks/lookup.h"
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
	" COALESCE(pg_catalog.substring(message_id, '^evt_([0-9]+)_'), '0'), " OUTBOX_CLOCK  \
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
	char *payload; /* until it is sent; url, id, secrets and body are in it */
	size_t length;
	const char *url;
	const char *id;
	char *secrets;
	const char *body;

	char *host; /* of the url, and its port; libcurl's */
	char *port;
	Lookup lookup;
	struct curl_slist *pinned; /* the addresses of host */

	CURL *easy;
	struct curl_slist *headers;
	const char *refused; /* what kind of address it was that must not be reached */
	bool reached;		 /* there was another one */
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
	if (!read_networks(config->webhook_networks))
	{
		fprintf(stderr,
				"jerry: WEBHOOK_NETWORKS: is not a list of at most %d addresses and networks such "
				"as 10.0.0.0/8\n",
				NETWORKS_MAX);
		return false;
	}
	if (!lookup_open())
	{
		fputs("jerry: there are no descriptors to start with\n", stderr);
		return false;
	}
	return true;
}

/* There are secrets in it. */
static void
free_payload(Request *request)
{
	if (request->payload != NULL)
		explicit_bzero(request->payload, request->length);
	free(request->payload);
	request->payload = NULL;
}

static void
free_request(Request *request)
{
	lookup_cancel(&request->lookup);
	transfer_free(request->easy);
	curl_slist_free_all(request->headers);
	curl_slist_free_all(request->pinned);
	curl_free(request->host);
	curl_free(request->port);
	free_payload(request);
	free(request);
}

/* Ends a delivery that was not even sent. */
static void
fail(Request *request, const char *reason)
{
	Delivery *delivery = request->delivery;

	free_request(request);
	delivery_finish(delivery, 0, -1, reason);
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
	request->reached = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* libcurl's, before it looks a name up: that has been done. */
static int
refuse_look_up(void *state, void *reserved, void *argument)
{
	(void) state;
	(void) reserved;
	(void) argument;
	return 1;
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
	int64_t now = delivery_clock(request->delivery);
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
	else if (status == 0 && request->refused != NULL && !request->reached)
		snprintf(reason, sizeof(reason), "its address is %s: see WEBHOOK_NETWORKS",
				 request->refused);
	else if (status == 0)
		snprintf(reason, sizeof(reason), "%s",
				 result == CURLE_OK ? "its answer has a status that there is not"
									: curl_easy_strerror(result));
	if (wait > WAIT_LONGEST_S)
		wait = WAIT_LONGEST_S;
	free_request(request);
	delivery_finish(delivery, (int) status, wait > 0 ? (int) wait : -1,
					reason[0] == '\0' ? NULL : reason);
}

static void
prepare(Request *request)
{
	CURL *easy = request->easy;

	add_header(request, "Content-Type: application/json");
	add_header(request, "Accept:");
	add_header(request, "Expect:");
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_RESOLVE, request->pinned);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION,
					 request->pinned == NULL ? NULL : refuse_look_up);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, insecure ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "jerry-courier/" JERRY_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen(request->body));
	curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, DEADLINE_S * 1000L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_S * 1000L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

static void
send_request(Request *request)
{
	if (!sign(request, request->id, request->secrets, request->body, strlen(request->body)))
	{
		fail(request, "its secret is none");
		return;
	}
	request->easy = transfer_new();
	prepare(request);
	free_payload(request);
	transfer_start(request->easy, on_answer, request);
}

/* The addresses of its host are there: it is sent to no others. */
static void
on_addresses(void *argument, const char *addresses, const char *problem)
{
	Request *request = argument;
	char *entry;

	if (addresses == NULL)
	{
		fail(request, problem);
		return;
	}
	if (asprintf(&entry, "+%s:%s:%s", request->host, request->port, addresses) < 0)
		abort();
	request->pinned = must_have(curl_slist_append(NULL, entry));
	free(entry);
	send_request(request);
}

/* Host and port of its url, as libcurl reads it; false: it has none. */
static bool
find_host(Request *request)
{
	CURLU *url = must_have(curl_url());
	bool found = curl_url_set(url, CURLUPART_URL, request->url, 0) == CURLUE_OK &&
				 curl_url_get(url, CURLUPART_HOST, &request->host, 0) == CURLUE_OK &&
				 curl_url_get(url, CURLUPART_PORT, &request->port, CURLU_DEFAULT_PORT) == CURLUE_OK;

	curl_url_cleanup(url);
	return found;
}

/* Is it an address, and not a name? */
static bool
is_address(const char *host)
{
	struct in_addr ipv4;

	return host[0] == '[' || inet_pton(AF_INET, host, &ipv4) == 1;
}

static void
hooks_deliver(Delivery *delivery, const char *payload, size_t length)
{
	Request *request = must_have(calloc(1, sizeof(*request)));
	char *rest;

	request->payload = must_have(malloc(length + 1));
	request->length = length;
	memcpy(request->payload, payload, length);
	request->payload[length] = '\0';
	rest = request->payload;
	request->url = strsep(&rest, "\n");
	request->id = strsep(&rest, "\n");
	request->secrets = strsep(&rest, "\n");
	request->body = rest;
	request->delivery = delivery;
	request->lookup = (Lookup){ .done = on_addresses, .argument = request };
	delivery->transport = request;
	if (request->body == NULL || !find_host(request))
		fail(request, "its url is none");
	else if (is_address(request->host))
		send_request(request);
	else
		lookup_start(&request->lookup, request->host);
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
