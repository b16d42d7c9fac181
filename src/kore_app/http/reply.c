/*
 * reply.c: everything that leaves the sidecar as HTTP.
 *
 * Replies are written straight into Kore's send queue.  Kore's own functions
 * copy every header twice and format each line, and they know no status
 * texts of this decade.  What is the same for all replies is put together
 * once, at the start; a head is then a handful of memcpy() calls.
 */
#include "http/reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/sha.h>

#include "base/lengthof.h"
#include "base/log.h"
#include "http/answer_head.h"
#include "http/negotiation.h"
#include "http/request_id.h"
#include "http/traffic.h"

/* Room for a head; the parts that vary are bounded by configuration. */
#define HEAD_SIZE	  8192
#define ENVELOPE_SIZE 1024

/* How many bytes of header names a page may send in one preflight. */
#define REQUESTED_HEADERS_MAX 1024

/* An entity tag: the bytes of a hash in hex, two quotes and a zero byte. */
#define ETAG_BYTES 16
#define ETAG_SIZE  (2 * ETAG_BYTES + 3)

#define ORIGIN_NOTICE_MS 60000 /* between two lines of the log */

typedef struct Text
{
	char *bytes;
	size_t length;
	size_t size;
} Text;

typedef struct StatusLine
{
	int status;
	const char *line;
} StatusLine;

#define STATUS_LINE(status, phrase) { status, "HTTP/1.1 " #status " " phrase "\r\n" },
static const StatusLine status_lines[] = { STATUSES(STATUS_LINE) };
#undef STATUS_LINE

typedef struct CodeEntry
{
	const char *name;
	int status;
	const char *message;
} CodeEntry;

/* The sidecar's own codes, by ReplyCode. */
#define CODE_ENTRY(code, status, message) [REPLY_##code] = { #code, status, message },
static const CodeEntry own_codes[] = { SIDECAR_CODES(CODE_ENTRY) };
#undef CODE_ENTRY

typedef struct CodeStatus
{
	const char *code;
	int status;
} CodeStatus;

/* The statuses of the codes that the database answers with. */
#define CODE_STATUS(code, number, status, message) { #code, status },
#define RFC_STATUS(code, status)				   { #code, status },
static const CodeStatus database_codes[] = { DATABASE_CODES(CODE_STATUS) RFC_CODES(RFC_STATUS) };
#undef CODE_STATUS
#undef RFC_STATUS

#define SERVER_HEADER "server: jerry\r\n"

/* On every reply. */
#define SECURITY_HEADERS                  \
	"x-content-type-options: nosniff\r\n" \
	"x-frame-options: DENY\r\n"           \
	"referrer-policy: no-referrer\r\n"

/*
 * With TLS, on every reply to a request: what is refused before may have come
 * without (RFC 6797, 7.2).
 */
#define HSTS_HEADER "strict-transport-security: max-age=31536000\r\n"

/* On every reply that is not an asset. */
#define POLICY_HEADER "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"

/* On nearly all of these. */
#define API_HEADERS "cache-control: no-store\r\n" POLICY_HEADER

#define JSON_HEADER "content-type: application/json; charset=utf-8\r\n"

static const Config *config;
static const char *all_methods;
static bool draining;

/* What all replies to a keep-alive or to a closing connection begin with. */
static char open_headers[512];
static char close_headers[512];
static const char *hsts_header = "";

/* The current second, in the forms that headers and envelopes need. */
static struct
{
	time_t second;
	char date[sizeof("date: Thu, 15 Jan 2026 10:30:00 GMT\r\n")];
	char timestamp[sizeof("2026-01-15T10:30:00Z")];
} now;

/* Renews the texts of the present second, once per second. */
static void
update_now(void)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
										  "Sep", "Oct", "Nov", "Dec" };
	time_t second = time(NULL);
	struct tm tm;

	if (second == now.second)
		return;
	now.second = second;
	gmtime_r(&second, &tm);
	strftime(now.timestamp, sizeof(now.timestamp), "%Y-%m-%dT%H:%M:%SZ", &tm);

	/* Not by strftime(): its names of days and months depend on the locale. */
	snprintf(now.date, sizeof(now.date), "date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n",
			 days[tm.tm_wday], (unsigned) tm.tm_mday % 100, months[tm.tm_mon],
			 (unsigned) (tm.tm_year + 1900) % 10000, (unsigned) tm.tm_hour % 100,
			 (unsigned) tm.tm_min % 100, (unsigned) tm.tm_sec % 100);
}

/* Adds bytes; what does not fit is a bug that must not go unseen. */
static void
text_put(Text *text, const char *bytes, size_t length)
{
	if (length > text->size - text->length)
		fatal("reply does not fit into its buffer");
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

#define text_put_literal(text, literal) text_put(text, literal, sizeof(literal) - 1)

static void
put_string(Text *text, const char *string)
{
	text_put(text, string, strlen(string));
}

/* Adds a JSON string. */
static void
put_json(Text *text, const char *string)
{
	text_put_literal(text, "\"");
	for (; *string != '\0'; string++)
	{
		if (*string == '"' || *string == '\\')
			text_put_literal(text, "\\");
		text_put(text, string, 1);
	}
	text_put_literal(text, "\"");
}

/* Adds a number in decimal digits. */
static void
put_number(Text *text, size_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do
		*--at = (char) ('0' + number % 10);
	while ((number /= 10) > 0);
	text_put(text, at, (size_t) (digits + sizeof(digits) - at));
}

/* The status line; every status of contract/statuses.txt has one. */
static void
put_status_line(Text *text, int status)
{
	for (size_t i = 0; i < lengthof(status_lines); i++)
	{
		if (status_lines[i].status == status)
		{
			put_string(text, status_lines[i].line);
			return;
		}
	}
	fatal("status %d has no status line", status);
}

/* The envelope of a refusal; field and issue may be NULL. */
static void
put_error_envelope(
	Text *text, const char *code, const char *message, const char *field, const char *issue)
{
	update_now();
	text_put_literal(text, "{\"success\":false,\"error\":{\"code\":");
	put_json(text, code);
	text_put_literal(text, ",\"message\":");
	put_json(text, message);
	text_put_literal(text, ",\"details\":{");
	if (field != NULL)
	{
		text_put_literal(text, "\"field\":");
		put_json(text, field);
	}
	if (issue != NULL)
	{
		if (field != NULL)
			text_put_literal(text, ",");
		text_put_literal(text, "\"issue\":");
		put_json(text, issue);
	}
	text_put_literal(text, "}},\"timestamp\":");
	put_json(text, now.timestamp);
	text_put_literal(text, "}");
}

/* Adds the headers that go with a status, unless lines know better. */
static void
put_status_headers(Text *text, int status, ReplyChallenge challenge, const char *lines)
{
	static const char *const challenges[] = {
		[CHALLENGE_BEARER] = "www-authenticate: Bearer\r\n",
		[CHALLENGE_BEARER_INVALID] = "www-authenticate: Bearer error=\"invalid_token\"\r\n",
		[CHALLENGE_BASIC] = "www-authenticate: Basic realm=\"jerry\"\r\n",
	};

	if (status == 401)
		put_string(text, challenges[challenge]);
	else if ((status == 429 || status == 503) && lines == NULL)
		text_put_literal(text, "retry-after: 1\r\n");
	if (lines != NULL)
		put_string(text, lines);
}

static void
put_request_id(Text *text, const char *request_id)
{
	text_put_literal(text, "x-request-id: ");
	put_string(text, request_id);
	text_put_literal(text, "\r\n");
}

/* Http or https, a name of this machine, and perhaps a port. */
static bool
is_local_origin(const char *origin)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	if (strncmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	for (size_t i = 0; i < lengthof(names); i++)
	{
		size_t length = strlen(names[i]);
		const char *rest = origin + length;

		if (strncmp(origin, names[i], length) == 0)
			return *rest == '\0' || (*rest == ':' && strlen(rest) <= 6 &&
									 rest[1 + strspn(rest + 1, "0123456789")] == '\0');
	}
	return false;
}

/* May pages of this origin read our replies? */
static bool
is_allowed(const char *origin)
{
	if (origin == NULL)
		return false;
	for (size_t i = 0; i < config->allowed_origins.count; i++)
	{
		if (strcmp(config->allowed_origins.list[i], origin) == 0)
			return true;
	}
	return config->local_origins && is_local_origin(origin);
}

/*
 * Says in the log that a page may not read its answer: the browser tells
 * nobody else.  Pages of the sidecar's own need no permission.
 */
static void
note_origin(const char *origin, const char *host)
{
	static uint64_t next;
	const char *place = strstr(origin, "://");

	if ((place != NULL && host != NULL && strcasecmp(place + 3, host) == 0) ||
		kore_time_ms() < next)
		return;
	next = kore_time_ms() + ORIGIN_NOTICE_MS;
	log_line(LOG_LEVEL_WARNING, "origin",
			 "pages of %s may not read answers: the origin is not in ALLOWED_ORIGINS", origin);
}

/*
 * What a page of another origin may read of the reply; nothing unless that
 * origin is allowed.
 */
static void
put_cors_headers(Text *text, const char *origin)
{
	if (config->allowed_origins.count == 0 && !config->local_origins)
		return;
	text_put_literal(text, "vary: Origin\r\n");
	if (!is_allowed(origin))
		return;
	text_put_literal(text, "access-control-allow-origin: ");
	put_string(text, origin);
	text_put_literal(text, "\r\naccess-control-expose-headers: "
						   "RateLimit, RateLimit-Policy, Retry-After, "
						   "WWW-Authenticate, X-Request-ID\r\n");
}

/* Does the connection end with this reply? */
static bool
closes(const ReplyContext *context)
{
	return draining || context->close || (context->req->owner->flags & CONN_CLOSE_EMPTY) != 0 ||
		   (context->req->flags & HTTP_VERSION_1_0) != 0;
}

/* Begins a head with everything that does not depend on the body. */
static void
begin_head(Text *head, const ReplyContext *context, int status)
{
	static char bytes[HEAD_SIZE];

	head->bytes = bytes;
	head->length = 0;
	head->size = sizeof(bytes);

	update_now();
	put_status_line(head, status);
	put_string(head, closes(context) ? close_headers : open_headers);
	put_string(head, hsts_header);
	text_put(head, now.date, sizeof(now.date) - 1);
	put_request_id(head, context->request_id);
	put_cors_headers(head, context->origin);
	if (context->origin != NULL && !is_allowed(context->origin))
		note_origin(context->origin, context->host);
}

/* Adds the length; a reply that cannot have a body does not tell one. */
static void
end_head(Text *head, int status, size_t length)
{
	if (status != 204 && status != 304)
	{
		text_put_literal(head, "content-length: ");
		put_number(head, length);
		text_put_literal(head, "\r\n");
	}
	text_put_literal(head, "\r\n");
}

/* Does this reply have a body on the wire? */
static bool
has_body(const ReplyContext *context, int status)
{
	return context->req->method != HTTP_METHOD_HEAD && status != 204 && status != 304;
}

/* Queues head and body in one piece, so that one system call sends both. */
static void
queue(struct connection *c, const Text *head, const char *body, size_t length)
{
	struct netbuf *buffer = net_netbuf_get();

	buffer->owner = c;
	buffer->type = NETBUF_SEND;
	buffer->b_len = head->length + length;
	buffer->m_len = buffer->b_len;
	buffer->buf = kore_malloc(buffer->m_len);
	memcpy(buffer->buf, head->bytes, head->length);
	if (length > 0)
		memcpy(buffer->buf + head->length, body, length);
	TAILQ_INSERT_TAIL(&c->send_queue, buffer, list);
}

/* Says how the connection goes on; Kore sends the queue afterwards. */
static void
finish_request(const ReplyContext *context, int status)
{
	struct connection *c = context->req->owner;

	context->req->status = (uint16_t) status;
	if (closes(context))
		c->flags |= CONN_CLOSE_EMPTY;
	else
		http_start_recv(c);
}

/* Sends a body that is copied; headers are all but those of every reply. */
static void
send_copy(const ReplyContext *context, int status, Text *head, const char *body, size_t length)
{
	end_head(head, status, length);
	queue(context->req->owner, head, body, has_body(context, status) ? length : 0);
	finish_request(context, status);
}

void
reply_json(
	const ReplyContext *context, int status, const char *lines, const char *body, size_t length)
{
	Text head;

	begin_head(&head, context, status);
	text_put_literal(&head, API_HEADERS JSON_HEADER);
	put_status_headers(&head, status, context->challenge, lines);
	send_copy(context, status, &head, body, length);
}

int
reply_empty(const ReplyContext *context, int status, const char *lines)
{
	Text head;

	begin_head(&head, context, status);
	text_put_literal(&head, API_HEADERS);
	put_string(&head, lines);
	send_copy(context, status, &head, NULL, 0);
	return status;
}

/* The code of RFC 6749 and 6750 that says what one of ours does. */
static const char *
rfc_code(const ReplyContext *context, ReplyCode code)
{
	switch (own_codes[code].status)
	{
		case 401:
			return context->challenge == CHALLENGE_BASIC ? "invalid_client" : "invalid_token";
		case 503:
		case 504:
			return "temporarily_unavailable";
		case 500:
			return "server_error";
		default:
			return "invalid_request";
	}
}

/* The status that belongs to a code of the database's; 0: an unknown one. */
static int
database_status(const char *code)
{
	for (size_t i = 0; i < lengthof(database_codes); i++)
	{
		if (strcmp(database_codes[i].code, code) == 0)
			return database_codes[i].status;
	}
	return 0;
}

/*
 * Sends {"error": …, "error_description": …}; the description says what our
 * envelope would.
 */
static int
send_rfc_error(const ReplyContext *context, const ReplyError *error, const char *lines)
{
	const char *code = rfc_code(context, error->code);
	int status = database_status(code);
	char bytes[ENVELOPE_SIZE];
	Text body = { .bytes = bytes, .size = sizeof(bytes) };
	char description[ENVELOPE_SIZE / 2];

	snprintf(description, sizeof(description), "%s%s%s",
			 error->field != NULL ? error->field : "", error->field != NULL ? ": " : "",
			 error->issue != NULL	  ? error->issue
			 : error->message != NULL ? error->message
									  : own_codes[error->code].message);
	text_put_literal(&body, "{\"error\":");
	put_json(&body, code);
	text_put_literal(&body, ",\"error_description\":");
	put_json(&body, description);
	text_put_literal(&body, "}");
	reply_json(context, status, lines, body.bytes, body.length);
	return status;
}

/*
 * Sends a refusal, in the shape that the route's clients expect; lines are
 * added to its head.
 */
static int
send_error(const ReplyContext *context, const ReplyError *error, const char *lines)
{
	const CodeEntry *entry = &own_codes[error->code];
	char bytes[ENVELOPE_SIZE];
	Text body = { .bytes = bytes, .size = sizeof(bytes) };

	if (context->rfc)
		return send_rfc_error(context, error, lines);
	put_error_envelope(&body, entry->name, error->message != NULL ? error->message : entry->message,
					   error->field, error->issue);
	reply_json(context, entry->status, lines, body.bytes, body.length);
	return entry->status;
}

void
reply_configure(const Config *given, const char *methods)
{
	config = given;
	all_methods = methods;
	hsts_header = given->tls_cert_file != NULL ? HSTS_HEADER : "";
	snprintf(open_headers, sizeof(open_headers),
			 SERVER_HEADER "connection: keep-alive\r\nkeep-alive: timeout=%u\r\n" SECURITY_HEADERS,
			 (unsigned) given->keepalive_timeout);
	snprintf(close_headers, sizeof(close_headers),
			 SERVER_HEADER "connection: close\r\n" SECURITY_HEADERS);
}

void
reply_drain(void)
{
	draining = true;
}

int
reply_status(const char *code, const char *body, size_t length)
{
	static const int hook_statuses[] = { 400, 401, 402, 403, 404, 409, 422, 423, 429, 451 };
	int status;

	if (strcmp(code, "HOOK_REFUSED") != 0)
		return database_status(code);
	status = answer_head_status(body, length);
	for (size_t i = 0; i < lengthof(hook_statuses); i++)
	{
		if (hook_statuses[i] == status)
			return status;
	}
	return database_status(code);
}

const char *
reply_code_name(ReplyCode code)
{
	return own_codes[code].name;
}

int
reply_cacheable(const ReplyContext *context, int status, unsigned max_age, const char *body,
				size_t length)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char etag[ETAG_SIZE];
	char lines[sizeof(etag) + 64];
	const char *copies;
	Text head;

	SHA256((const unsigned char *) body, length, hash);
	for (int i = 0; i < ETAG_BYTES; i++)
		snprintf(etag + 1 + 2 * i, 3, "%02x", hash[i]);
	etag[0] = '"';
	memcpy(etag + ETAG_SIZE - 2, "\"", 2);
	snprintf(
		lines, sizeof(lines), "cache-control: public, max-age=%u\r\netag: %s\r\n", max_age, etag);

	if (http_request_header(context->req, "if-none-match", &copies) &&
		negotiation_has_copy(copies, etag))
		status = 304;
	begin_head(&head, context, status);
	text_put_literal(&head, POLICY_HEADER JSON_HEADER);
	put_string(&head, lines);
	send_copy(context, status, &head, body, length);
	return status;
}

int
reply_data(const ReplyContext *context, int status, const char *data)
{
	char bytes[ENVELOPE_SIZE];
	Text body = { .bytes = bytes, .size = sizeof(bytes) };

	update_now();
	text_put_literal(&body, "{\"success\":true,\"data\":");
	put_string(&body, data);
	text_put_literal(&body, ",\"timestamp\":");
	put_json(&body, now.timestamp);
	text_put_literal(&body, "}");
	reply_json(context, status, NULL, body.bytes, body.length);
	return status;
}

int
reply_error(const ReplyContext *context, const ReplyError *error)
{
	return send_error(context, error, NULL);
}

int
reply_method_not_allowed(const ReplyContext *context, const char *allow)
{
	ReplyError error = { .code = REPLY_METHOD_NOT_ALLOWED };
	char extra[128];

	snprintf(extra, sizeof(extra), "allow: %s\r\n", allow);
	return send_error(context, &error, extra);
}

/*
 * Whatever headers a page of an allowed origin sends, they do no harm: those
 * that nobody reads here are dropped.
 */
static const char *
allowed_headers(const char *asked)
{
	static const char listed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~, ";
	size_t length = asked != NULL ? strspn(asked, listed) : 0;

	if (length == 0 || length > REQUESTED_HEADERS_MAX || asked[length] != '\0')
		return "Authorization, Content-Type, X-Request-ID";
	return asked;
}

int
reply_options(const ReplyContext *context, const char *allow, bool preflight, const char *asked)
{
	char extra[512 + REQUESTED_HEADERS_MAX];

	if (preflight && is_allowed(context->origin))
		snprintf(extra, sizeof(extra),
				 "allow: %s\r\n"
				 "access-control-allow-methods: %s\r\n"
				 "access-control-allow-headers: %s\r\n"
				 "access-control-max-age: 600\r\n",
				 allow, allow, allowed_headers(asked));
	else
		snprintf(extra, sizeof(extra), "allow: %s\r\n", allow);
	return reply_empty(context, 204, extra);
}

int
reply_unhealthy(const ReplyContext *context)
{
	char bytes[ENVELOPE_SIZE];
	Text body = { .bytes = bytes, .size = sizeof(bytes) };

	update_now();
	text_put_literal(&body, "{\"status\":\"unhealthy\",\"service\":");
	put_json(&body, config->service_name);
	text_put_literal(&body, ",\"version\":");
	put_json(&body, config->service_version);
	text_put_literal(&body, ",\"database\":\"disconnected\",\"timestamp\":");
	put_json(&body, now.timestamp);
	text_put_literal(&body, "}");
	reply_json(context, 503, NULL, body.bytes, body.length);
	return 503;
}

void
reply_text(const ReplyContext *context, const char *content_type, const char *body, size_t length)
{
	Text head;

	begin_head(&head, context, 200);
	text_put_literal(&head, API_HEADERS "content-type: ");
	put_string(&head, content_type);
	text_put_literal(&head, "\r\n");
	send_copy(context, 200, &head, body, length);
}

void
reply_asset(
	const ReplyContext *context, int status, const char *headers, const void *body, size_t length)
{
	struct connection *c = context->req->owner;
	Text head;

	begin_head(&head, context, status);
	put_string(&head, headers);
	end_head(&head, status, length);
	queue(c, &head, NULL, 0);
	if (has_body(context, status) && length > 0)
		net_send_stream(c, (void *) (uintptr_t) body, length, NULL, NULL);
	finish_request(context, status);
}

size_t
reply_raw_error(char *out, size_t size, int status, const char *issue, const char *origin,
				const char *remote)
{
	const CodeEntry *entry = &own_codes[REPLY_INTERNAL_ERROR];
	char bytes[ENVELOPE_SIZE];
	Text body = { .bytes = bytes, .size = sizeof(bytes) };
	Text reply = { .bytes = out, .size = size };
	char request_id[REQUEST_ID_SIZE];

	for (size_t i = 0; i < lengthof(own_codes); i++)
	{
		/* VALIDATION_ERROR and INVALID_TOKEN are not about HTTP. */
		if (i != REPLY_VALIDATION_ERROR && i != REPLY_INVALID_TOKEN &&
			own_codes[i].status == status)
			entry = &own_codes[i];
	}
	request_id_choose(NULL, request_id);
	log_request(&(LogRequest){
		.request_id = request_id, .status = entry->status, .code = entry->name, .remote = remote });
	traffic_count(TRAFFIC_UNREAD, entry->status, entry->name, 0);
	put_error_envelope(&body, entry->name, entry->message, NULL, issue);

	put_status_line(&reply, entry->status);
	put_string(&reply, close_headers);
	text_put(&reply, now.date, sizeof(now.date) - 1);
	put_request_id(&reply, request_id);
	put_cors_headers(&reply, origin);
	text_put_literal(&reply, API_HEADERS JSON_HEADER);
	put_status_headers(&reply, entry->status, CHALLENGE_BEARER, NULL);
	if (entry->status == 405)
	{
		text_put_literal(&reply, "allow: ");
		put_string(&reply, all_methods);
		text_put_literal(&reply, "\r\n");
	}
	end_head(&reply, entry->status, body.length);
	text_put(&reply, body.bytes, body.length);
	return reply.length;
}
