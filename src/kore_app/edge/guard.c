/*
 * guard.c: the connection side of the guard; what a head may look like is in
 * http_head.c.
 *
 * Kore's own reader never runs: it is given a read function that has nothing
 * to give, and its timeouts are off.  The guard reads into one buffer that all
 * connections share and calls Kore's parser with a complete request.  Bytes
 * that cannot be used yet are kept with the connection, so an idle connection
 * has no buffer at all and a busy one at most READ_SIZE, one head and one
 * body.
 *
 * Kore polls edge-triggered: that there is something to read is said once.
 * The guard remembers it in `readable` until a read has come back short.
 */
#include "edge/guard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <kore/http.h>

#include "base/address.h"
#include "base/kore_compat.h"
#include "base/log.h"
#include "base/metrics.h"
#include "edge/http_chunks.h"
#include "edge/http_head.h"
#include "edge/peers.h"
#include "edge/tls.h"
#include "http/reply.h"

#define READ_SIZE	   (2 * HTTP_HEAD_MAX)
#define LINGER_BYTES   (1024 * 1024) /* read from a client to be closed */
#define KORE_READ_SIZE 64			 /* of the buffer that Kore never reads into */
#define CONTINUE	   "HTTP/1.1 100 Continue\r\n\r\n"
#define ORIGIN_SIZE	   256	 /* a longer one is in no list */
#define SELDOM_MS	   60000 /* between two lines of the log about the same */

/*
 * Connection slots that are kept free, so that a client over the limit can
 * still be told so.  With none left, Kore's accept loop would spin until a
 * connection closes.
 */
#define RESERVED_CONNECTIONS 16

/*
 * A handshake costs a signature, some milliseconds with a long key.  This is
 * how many steps of handshakes run before the event loop serves others again.
 */
#define HANDSHAKE_STEPS 4

typedef enum GuardPhase
{
	GUARD_TLS,	  /* shaking hands */
	GUARD_HEAD,	  /* idle, or collecting a head */
	GUARD_BODY,	  /* collecting the body in Kore's buffer, behind its head */
	GUARD_ANSWER, /* a request is at work or its answer on the way */
	GUARD_LINGER  /* the last answer is sent; the client is to close */
} GuardPhase;

typedef struct Guard
{
	struct connection *connection;
	GuardPhase phase;
	bool readable;	   /* the socket may have bytes, or its end */
	bool ending;	   /* a read will come to the client's end */
	bool ended;		   /* it has: the client will send no more */
	bool head_only;	   /* the request's method is HEAD */
	bool in_parser;	   /* what is sent now is an error of Kore's own */
	bool end_sent;	   /* in GUARD_LINGER: our side is shut down */
	bool for_metrics;  /* on their port: one request, which must come at once */
	bool roused;	   /* on the list of connections to go on with */
	uint64_t deadline; /* in kore_time_ms(), 0: none */
	char *kept;		   /* bytes read but not used yet, or NULL */
	size_t kept_length;
	size_t blank;		   /* bytes in empty lines before a head */
	size_t head_length;	   /* in GUARD_BODY: of the head in Kore's buffer */
	size_t request_length; /* and of the whole request, when it is known */
	bool chunked;		   /* it is not: the body is chunked */
	bool takes_body;	   /* somebody reads the body, */
	bool attach_body;	   /* and not Kore */
	HttpChunks chunks;
	size_t lingered; /* bytes read in GUARD_LINGER */
	Peer *peer;
	LIST_ENTRY(Guard) all;
	TAILQ_ENTRY(Guard) rouse;
} Guard;

/* What is counted, and shown, of the connections of the API. */
enum
{
	OPEN,
	REFUSED_ADDRESS,
	REFUSED_FULL,
	CELL_COUNT
};

static LIST_HEAD(, Guard) guards = LIST_HEAD_INITIALIZER(guards);
static TAILQ_HEAD(, Guard) rouse_queue = TAILQ_HEAD_INITIALIZER(rouse_queue);
static bool rouse_pending;
static unsigned handshake_steps;
static bool draining;
static unsigned metrics_connections;
static unsigned client_connections;
static MetricsCell cells;
static char read_buffer[READ_SIZE];

static void guard_event(void *arg, int error);
static int guard_read(struct connection *c, size_t *bytes);
static int guard_write(struct connection *c, size_t length, size_t *written);
static void guard_gone(struct connection *c);
static void rouse(Guard *guard);
static void sweep(void *arg, uint64_t now);

void
guard_reserve(void)
{
	cells = metrics_reserve(CELL_COUNT);
}

void
guard_configure(const Config *config)
{
	peers_configure(config);
	metrics_set(cells + OPEN, 0);
	http_keepalive_time = (uint16_t) config->keepalive_timeout;
	http_header_timeout = 0;
	http_header_max = KORE_READ_SIZE;
	kore_timer_add(sweep, GUARD_SWEEP, NULL, 0);
}

/* Sends what is queued; the connection may be gone afterwards. */
static void
flush(struct connection *c)
{
	if (net_send_flush(c) == KORE_RESULT_ERROR)
		kore_connection_disconnect(c);
}

/*
 * Writes an error answer, for HEAD without its body; returns its length.  head
 * is that of the request, as far as it was read, or NULL.
 */
static size_t
write_error(const Guard *guard, int status, const HttpHead *head, const char *issue, char *out,
			size_t size)
{
	struct in6_addr address;
	char remote[INET6_ADDRSTRLEN];
	char origin[ORIGIN_SIZE] = "";
	size_t length;
	const char *body;

	address_of_peer(guard->connection, &address);
	address_text(&address, remote);
	if (head != NULL && head->origin.length > 0 && head->origin.length < sizeof(origin))
		memcpy(origin, head->origin.bytes, head->origin.length);
	length = reply_raw_error(out, size, status, issue, origin[0] != '\0' ? origin : NULL, remote);
	body = memmem(out, length, "\r\n\r\n", 4);

	return guard->head_only && body != NULL ? (size_t) (body + 4 - out) : length;
}

/*
 * Answers what does not become a request, and closes.  head and issue may be
 * NULL.
 */
static void
refuse(Guard *guard, int status, const HttpHead *head, const char *issue)
{
	struct connection *c = guard->connection;
	char answer[REPLY_RAW_SIZE];
	size_t length = write_error(guard, status, head, issue, answer, sizeof(answer));

	guard->phase = GUARD_ANSWER;
	guard->deadline = 0;
	c->flags |= CONN_CLOSE_EMPTY;
	net_send_queue(c, answer, length);
	flush(c);
}

/* Keeps bytes for later, and none of those that were kept before. */
static void
keep(Guard *guard, const char *bytes, size_t length)
{
	if (guard->kept != NULL)
		explicit_bzero(guard->kept, guard->kept_length);
	kore_free(guard->kept);
	guard->kept = NULL;
	guard->kept_length = length;
	if (length > 0)
	{
		guard->kept = kore_malloc(length);
		memcpy(guard->kept, bytes, length);
	}
}

/*
 * Reads what the client sends; in GUARD_LINGER, where it is forgotten, without
 * deciphering it.  Returns the number of bytes; 0 when there are none now, when
 * the client has ended (`ended`) or the connection is lost.
 */
static size_t
receive(Guard *guard, void *into, size_t size)
{
	struct connection *c = guard->connection;
	bool deciphers = compat_tls(c) != NULL && guard->phase != GUARD_LINGER;
	ssize_t got;

	do
	{
		got = deciphers ? tls_read(c, into, size) : recv(c->fd, into, size, 0);
	} while (got == -1 && errno == EINTR);

	if (got > 0)
	{
		/* TLS gives one record at a time, however many have come. */
		guard->readable = deciphers || got == (ssize_t) size || guard->ending;
		return (size_t) got;
	}
	guard->readable = false;
	if (got == 0)
		guard->ended = true;
	else if (errno != EAGAIN)
		kore_connection_disconnect(c);
	return 0;
}

/*
 * Answers a request whose body does not come as it should; its head is in
 * Kore's buffer.
 */
static void
refuse_body(Guard *guard, int status, const char *issue)
{
	HttpHead head;

	http_head_parse((const char *) guard->connection->rnb->buf, guard->head_length, &head);
	refuse(guard, status, &head, issue);
}

/* Gives the request that has just begun a body that Kore did not read. */
static void
attach_body(Guard *guard, const uint8_t *body, size_t length)
{
	struct http_request *req = TAILQ_FIRST(&guard->connection->http_requests);

	if (req == NULL || length == 0)
		return;
	req->http_body = kore_buf_alloc(length);
	kore_buf_append(req->http_body, body, length);
	req->http_body_length = length;
}

/*
 * Gives Kore's parser the complete request in its buffer, which becomes the
 * request's.  Kore copies the body out of it; what may be a password need not
 * stay behind.
 */
static void
deliver(Guard *guard)
{
	struct netbuf *nb = guard->connection->rnb;
	uint8_t *body = nb->buf + guard->head_length;

	guard->phase = GUARD_ANSWER;
	guard->deadline = 0;
	guard->in_parser = true;
	(void) http_header_recv(nb);
	guard->in_parser = false;
	if (guard->attach_body)
		attach_body(guard, body, guard->request_length - guard->head_length);
	explicit_bzero(body, guard->request_length - guard->head_length);
}

/* Kore's buffer holds as much of the request as is known. */
static void
set_length(Guard *guard, size_t length)
{
	struct netbuf *nb = guard->connection->rnb;

	guard->request_length = length;
	nb->b_len = length;
	nb->s_off = length;
}

/* Adds bytes of a chunked body; false when it is complete, or refused. */
static bool
add_chunks(Guard *guard, const char *bytes, size_t length)
{
	char *head = (char *) guard->connection->rnb->buf;
	size_t used;
	int verdict = http_chunks_read(&guard->chunks, bytes, length, head + guard->head_length,
								   http_body_max, &used);

	set_length(guard, guard->head_length + guard->chunks.length);
	if (verdict == HTTP_CHUNKS_PARTIAL)
		return true;
	if (verdict != HTTP_CHUNKS_COMPLETE)
	{
		refuse_body(guard, verdict,
					verdict == HTTP_STATUS_BAD_REQUEST
						? "The chunks of the body are malformed"
						: NULL);
		return false;
	}
	guard->chunked = false;
	keep(guard, bytes + used, length - used);
	if (guard->takes_body && !guard->attach_body)
		http_head_set_length(head, guard->head_length, guard->chunks.length);
	deliver(guard);
	return false;
}

/* Puts an accepted head, and what has come of its body, into Kore's buffer. */
static void
begin_request(Guard *guard, const HttpHead *head, const char *bytes, size_t length)
{
	struct connection *c = guard->connection;
	struct netbuf *nb = c->rnb;
	size_t longest = head->chunked ? http_body_max : head->content_length;
	size_t size = head->length + HTTP_HEAD_GROWTH + longest;
	size_t body;

	bytes += head->length;
	length -= head->length;
	body = length < longest ? length : longest;

	kore_free(nb->buf);
	nb->buf = kore_malloc(size);
	nb->m_len = size;
	guard->head_length = http_head_write(head, draining, (char *) nb->buf);
	guard->chunked = head->chunked;
	guard->takes_body = head->takes_body;
	guard->attach_body = head->attach_body;
	guard->phase = GUARD_BODY;
	guard->deadline = kore_time_ms() + GUARD_BODY_DEADLINE;
	if (head->chunked)
	{
		memset(&guard->chunks, 0, sizeof(guard->chunks));
		keep(guard, NULL, 0);
		if (!add_chunks(guard, bytes, length))
			return;
	}
	else
	{
		guard->request_length = guard->head_length + head->content_length;
		memcpy(nb->buf + guard->head_length, bytes, body);
		nb->b_len = guard->request_length;
		nb->s_off = guard->head_length + body;
		keep(guard, bytes + body, length - body);
		if (nb->s_off == guard->request_length)
		{
			deliver(guard);
			return;
		}
	}
	if (head->expect_continue && length == 0)
	{
		net_send_queue(c, CONTINUE, sizeof(CONTINUE) - 1);
		flush(c);
	}
}

/*
 * Whoever sends it is a proxy, which nobody can use until its settings change:
 * tell who reads the log.
 */
static void
note_proxy_protocol(const Guard *guard)
{
	static uint64_t next;
	struct in6_addr address;
	char remote[INET6_ADDRSTRLEN];

	if (kore_time_ms() < next)
		return;
	next = kore_time_ms() + SELDOM_MS;
	address_of_peer(guard->connection, &address);
	address_text(&address, remote);
	log_line(LOG_LEVEL_WARNING, "proxy_protocol",
			 "%s speaks the PROXY protocol, which is not supported: turn it off there and have the "
			 "proxy set X-Forwarded-For",
			 remote);
}

/* Collects a head; false when that has to wait for the client. */
static bool
read_head(Guard *guard)
{
	struct connection *c = guard->connection;
	size_t length = guard->kept_length;
	char *bytes = read_buffer;
	HttpHead head = { .method_is_head = false };
	int verdict;

	if (length > 0)
		memcpy(read_buffer, guard->kept, length);

	for (;;)
	{
		size_t blank = http_head_blank(bytes, length);

		bytes += blank;
		length -= blank;
		guard->blank += blank;
		/* Who sends nothing else must not keep us here. */
		if (guard->blank > HTTP_HEAD_MAX)
			verdict = HTTP_STATUS_BAD_REQUEST;
		else
			verdict = length > 0 ? http_head_parse(bytes, length, &head) : HTTP_HEAD_PARTIAL;
		if (verdict != HTTP_HEAD_PARTIAL || !guard->readable)
			break;
		memmove(read_buffer, bytes, length);
		bytes = read_buffer;
		length += receive(guard, read_buffer + length, READ_SIZE - length);
		if (c->state != CONN_STATE_ESTABLISHED)
			return false;
	}
	guard->head_only = head.method_is_head;

	if (verdict == HTTP_HEAD_PARTIAL)
	{
		bool was_idle = guard->deadline == 0 || (draining && guard->kept_length == 0);

		keep(guard, bytes, length);
		explicit_bzero(bytes, length);
		if (guard->ended)
			kore_connection_disconnect(c);
		else if (length > 0 || (compat_tls(c) != NULL && tls_has_part(c)))
		{
			if (was_idle)
				guard->deadline = kore_time_ms() + GUARD_HEAD_DEADLINE;
		}
		else if (!draining && !guard->for_metrics)
			guard->deadline = 0;
		else if (guard->deadline == 0)
			guard->deadline = kore_time_ms() + GUARD_DRAIN_GRACE;
		return false;
	}
	guard->blank = 0;
	if (verdict == HTTP_HEAD_ACCEPTED && head.content_length > http_body_max)
		verdict = HTTP_STATUS_REQUEST_ENTITY_TOO_LARGE;
	if (verdict == HTTP_HEAD_ACCEPTED)
		begin_request(guard, &head, bytes, length);
	else
	{
		if (http_head_is_proxy_protocol(bytes, length))
			note_proxy_protocol(guard);
		refuse(guard, verdict, &head, head.issue);
	}
	explicit_bzero(bytes, length);
	return true;
}

/* Collects a chunked body; false when that has to wait for the client. */
static bool
read_chunks(Guard *guard)
{
	struct connection *c = guard->connection;
	bool more = true;

	while (more && guard->readable)
	{
		size_t got = receive(guard, read_buffer, READ_SIZE);

		if (c->state != CONN_STATE_ESTABLISHED)
			return false;
		more = add_chunks(guard, read_buffer, got);
		explicit_bzero(read_buffer, got);
	}
	if (more && guard->ended)
		kore_connection_disconnect(c);
	return !more;
}

/* Collects a body; false when that has to wait for the client. */
static bool
read_body(Guard *guard)
{
	struct connection *c = guard->connection;
	struct netbuf *nb = c->rnb;

	if (guard->chunked)
		return read_chunks(guard);
	while (guard->readable && nb->s_off < guard->request_length)
		nb->s_off += receive(guard, nb->buf + nb->s_off, guard->request_length - nb->s_off);
	if (c->state != CONN_STATE_ESTABLISHED)
		return false;
	if (nb->s_off == guard->request_length)
	{
		deliver(guard);
		return true;
	}
	if (guard->ended)
		kore_connection_disconnect(c);
	return false;
}

/*
 * Looks for the client's end while a request is at work, without reading the
 * next one: a lost connection frees the request at once.
 */
static void
watch(Guard *guard)
{
	struct connection *c = guard->connection;
	char byte;
	ssize_t got = recv(c->fd, &byte, 1, MSG_PEEK);

	if (got == 0)
	{
		guard->ended = true;
		guard->readable = compat_tls(c) != NULL; /* OpenSSL may hold the rest of a record */
	}
	else if (got == -1 && errno != EAGAIN && errno != EINTR)
		kore_connection_disconnect(c);
}

/*
 * Ends the sending side, or does so later when there is no room for the alert
 * of TLS.
 */
static void
end_sending(Guard *guard)
{
	struct connection *c = guard->connection;

	if (compat_tls(c) != NULL && !tls_end(c))
		return;
	guard->end_sent = true;
	if (shutdown(c->fd, SHUT_WR) == -1)
		kore_connection_disconnect(c);
}

/*
 * Reads and forgets, so that closing sends no reset that overtakes the answer.
 */
static void
linger(Guard *guard)
{
	struct connection *c = guard->connection;

	if (!guard->end_sent)
		end_sending(guard);
	while (c->state == CONN_STATE_ESTABLISHED && guard->readable && guard->lingered < LINGER_BYTES)
		guard->lingered += receive(guard, read_buffer, READ_SIZE);
	if ((guard->ended && guard->end_sent) || guard->lingered >= LINGER_BYTES)
		kore_connection_disconnect(c);
}

/*
 * Ends the sending side; what the client still sends is read and forgotten
 * until it has seen that.
 */
static void
begin_linger(Guard *guard)
{
	guard->phase = GUARD_LINGER;
	guard->deadline = kore_time_ms() + GUARD_LINGER_DEADLINE;
	keep(guard, NULL, 0);
	end_sending(guard);
}

/* Does the PROXY protocol stand where a handshake should begin? */
static bool
peeks_proxy_protocol(struct connection *c)
{
	char start[16];
	ssize_t got = recv(c->fd, start, sizeof(start), MSG_PEEK);
	size_t blank;

	if (got <= 0)
		return false;
	blank = http_head_blank(start, (size_t) got);
	return http_head_is_proxy_protocol(start + blank, (size_t) got - blank);
}

/* Goes on with the handshake; false when that has to wait for the client. */
static bool
shake_hands(Guard *guard)
{
	struct connection *c = guard->connection;

	if (!guard->readable && compat_tls(c) == NULL)
		return false;
	if (handshake_steps == HANDSHAKE_STEPS)
	{
		rouse(guard);
		return false;
	}
	handshake_steps++;
	if (compat_tls(c) == NULL)
	{
		if (peeks_proxy_protocol(c))
		{
			note_proxy_protocol(guard);
			refuse(guard, HTTP_STATUS_BAD_REQUEST, NULL, HTTP_HEAD_PROXY_ISSUE);
			return true;
		}
		/* Who sends nothing costs no more than without TLS. */
		tls_begin(c);
	}
	switch (tls_handshake(c))
	{
		case TLS_ESTABLISHED:
			guard->phase = GUARD_HEAD;
			guard->deadline = guard->for_metrics ? kore_time_ms() + GUARD_HEAD_DEADLINE : 0;
			return true;

		case TLS_HANDSHAKING:
			return false;

		case TLS_PLAIN_HTTP:
			refuse(guard, HTTP_STATUS_BAD_REQUEST, NULL, "This port speaks HTTPS");
			return true;

		case TLS_FAILED:
			begin_linger(guard);
			return true;
	}
	return false;
}

/* Goes on with a connection as far as it gets without waiting. */
static void
advance(Guard *guard)
{
	struct connection *c = guard->connection;
	bool more = true;

	while (more && c->state == CONN_STATE_ESTABLISHED)
	{
		switch (guard->phase)
		{
			case GUARD_TLS:
				more = shake_hands(guard);
				break;

			case GUARD_HEAD:
				more = read_head(guard);
				break;

			case GUARD_BODY:
				more = read_body(guard);
				break;

			case GUARD_ANSWER:
				more = TAILQ_EMPTY(&c->http_requests) && TAILQ_EMPTY(&c->send_queue);
				if (more)
					guard->phase = GUARD_HEAD;
				break;

			case GUARD_LINGER:
				linger(guard);
				more = false;
				break;
		}
	}
}

/* Goes on with the connections that had more to do when an answer was sent. */
static void
rouse_all(void *arg, uint64_t now)
{
	Guard *guard;
	unsigned waiting = 0;

	(void) arg;
	(void) now;
	rouse_pending = false;
	handshake_steps = 0;
	TAILQ_FOREACH(guard, &rouse_queue, rouse)
		waiting++;
	for (; waiting > 0 && (guard = TAILQ_FIRST(&rouse_queue)) != NULL; waiting--)
	{
		TAILQ_REMOVE(&rouse_queue, guard, rouse);
		guard->roused = false;
		advance(guard);
	}
}

/*
 * Goes on with a connection from the event loop: an answer is sent from within
 * Kore's request, which has to be gone first.
 */
static void
rouse(Guard *guard)
{
	if (guard->roused || guard->connection->state != CONN_STATE_ESTABLISHED)
		return;
	guard->roused = true;
	TAILQ_INSERT_TAIL(&rouse_queue, guard, rouse);
	if (!rouse_pending)
	{
		rouse_pending = true;
		kore_timer_add(rouse_all, 0, NULL, KORE_TIMER_ONESHOT);
	}
}

/* Kore's event handler of every guarded connection. */
static void
guard_event(void *arg, int error)
{
	struct connection *c = arg;
	Guard *guard = c->hdlr_extra;

	if (c->state != CONN_STATE_ESTABLISHED)
		return;
	if (error)
		guard->ending = true;
	/* TLS may have waited to write before it could read. */
	if ((c->evt.flags & KORE_EVENT_READ) || error || compat_tls(c) != NULL)
		guard->readable = true;
	c->evt.flags &= ~KORE_EVENT_READ;

	if ((c->evt.flags & KORE_EVENT_WRITE) && !TAILQ_EMPTY(&c->send_queue))
		flush(c);
	if (error && guard->phase == GUARD_ANSWER && c->state == CONN_STATE_ESTABLISHED)
		watch(guard);
	advance(guard);
	kore_connection_start_idletimer(c);
}

/* Kore asks for bytes that nobody expects it to read. */
static int
guard_read(struct connection *c, size_t *bytes)
{
	*bytes = 0;
	c->evt.flags &= ~KORE_EVENT_READ;
	return KORE_RESULT_OK;
}

/* Replaces an error of Kore's own, which has no body, by the envelope. */
static void
rewrite_error(const Guard *guard, struct netbuf *nb)
{
	char *text = (char *) nb->buf;
	int status = (int) strtol(text + sizeof("HTTP/1.1 ") - 1, NULL, 10);

	nb->b_len = write_error(guard, status, NULL, NULL, text, nb->m_len);
}

/*
 * Kore's write function.  After the last byte of the last answer the sending
 * side is shut down and the connection lingers; after the last byte of any
 * other answer the next request may follow.
 */
static int
guard_write(struct connection *c, size_t length, size_t *written)
{
	Guard *guard = c->hdlr_extra;
	struct netbuf *nb = c->snb;

	if (guard->in_parser && nb->s_off == 0)
	{
		rewrite_error(guard, nb);
		length = nb->b_len;
	}
	if ((compat_tls(c) != NULL ? compat_write_tls : net_write)(c, length, written) ==
		KORE_RESULT_ERROR)
		return KORE_RESULT_ERROR;
	if (!(c->evt.flags & KORE_EVENT_WRITE) || nb->s_off + *written < nb->b_len ||
		TAILQ_NEXT(nb, list) != NULL)
		return KORE_RESULT_OK;

	if ((c->flags & CONN_CLOSE_EMPTY) && (compat_tls(c) != NULL || !guard->ended))
	{
		c->flags &= ~CONN_CLOSE_EMPTY;
		begin_linger(guard);
	}
	if (guard->readable || guard->ended || guard->kept_length > 0 || draining)
		rouse(guard);
	return KORE_RESULT_OK;
}

/* The deadline of a connection has passed. */
static void
cut_off(Guard *guard)
{
	HttpHead head;

	switch (guard->phase)
	{
		case GUARD_TLS:
		case GUARD_LINGER:
			kore_connection_disconnect(guard->connection);
			break;

		case GUARD_BODY:
			refuse_body(guard, HTTP_STATUS_REQUEST_TIMEOUT, NULL);
			break;

		case GUARD_HEAD:
			if ((draining || guard->for_metrics) && guard->kept_length == 0)
			{
				begin_linger(guard);
				break;
			}
			http_head_parse(guard->kept, guard->kept_length, &head);
			refuse(guard, HTTP_STATUS_REQUEST_TIMEOUT, &head, NULL);
			break;

		case GUARD_ANSWER:
			break; /* has none */
	}
}

/* Keeps the deadlines. */
static void
sweep(void *arg, uint64_t now)
{
	Guard *guard, *next;

	(void) arg;
	for (guard = LIST_FIRST(&guards); guard != NULL; guard = next)
	{
		next = LIST_NEXT(guard, all);
		if (guard->deadline != 0 && now >= guard->deadline)
			cut_off(guard);
	}
}

/* Kore is about to close the connection and to free it, and guard with it. */
static void
guard_gone(struct connection *c)
{
	Guard *guard = c->hdlr_extra;

	if (guard->roused)
		TAILQ_REMOVE(&rouse_queue, guard, rouse);
	LIST_REMOVE(guard, all);
	keep(guard, NULL, 0);
	peers_leave(guard->peer);
	if (guard->for_metrics)
		metrics_connections--;
	else
		metrics_set(cells + OPEN, --client_connections);
}

/* Begins to guard a connection, or refuses it; issue may be NULL. */
static void
begin(struct connection *c, Guard *guard, bool refused, const char *issue)
{
	guard->connection = c;
	guard->phase = GUARD_HEAD;
	LIST_INSERT_HEAD(&guards, guard, all);

	c->proto = CONN_PROTO_HTTP;
	c->http_timeout = 0;
	c->idle_timer.length = http_keepalive_time * 1000 + GUARD_IDLE_GRACE;
	c->hdlr_extra = guard;
	c->evt.flags = KORE_EVENT_WRITE;
	c->evt.handle = guard_event;
	c->read = guard_read;
	c->write = guard_write;
	c->disconnect = guard_gone;
	net_recv_queue(c, KORE_READ_SIZE, 0, http_header_recv);

	if (refused)
	{
		/* Not 429: a client may take that as the end of its session. */
		refuse(guard, HTTP_STATUS_SERVICE_UNAVAILABLE, NULL, issue);
		kore_connection_disconnect(c);
	}
	else if (tls_is_on())
	{
		guard->phase = GUARD_TLS;
		guard->deadline = kore_time_ms() + GUARD_TLS_DEADLINE;
	}
	else if (guard->for_metrics)
		guard->deadline = kore_time_ms() + GUARD_HEAD_DEADLINE;
}

void
guard_connect(struct connection *c)
{
	Guard *guard = kore_calloc(1, sizeof(*guard));
	struct in6_addr address;
	bool too_many, full;

	address_of_peer(c, &address);
	too_many = !peers_enter(&address, &guard->peer);
	full = worker_active_connections + RESERVED_CONNECTIONS >= worker_max_connections;
	if (too_many || full)
		metrics_add(cells + (too_many ? REFUSED_ADDRESS : REFUSED_FULL), 1);
	metrics_set(cells + OPEN, ++client_connections);
	begin(c, guard, too_many || full,
		  too_many ? "One address has more connections than MAX_CONNECTIONS_PER_ADDRESS allows"
				   : NULL);
}

void
guard_connect_metrics(struct connection *c)
{
	Guard *guard = kore_calloc(1, sizeof(*guard));

	guard->for_metrics = true;
	begin(c, guard, ++metrics_connections > GUARD_METRICS_CONNECTIONS, NULL);
}

void
guard_drain(void)
{
	Guard *guard;

	draining = true;
	LIST_FOREACH(guard, &guards, all)
	{
		/* A request may lie in the socket although no event said so yet. */
		guard->readable = true;
		if (guard->phase == GUARD_TLS)
			guard->deadline = kore_time_ms() + GUARD_DRAIN_GRACE;
		rouse(guard);
	}
}

unsigned
guard_active(void)
{
	Guard *guard;
	unsigned active = 0;

	LIST_FOREACH(guard, &guards, all)
	{
		if (guard->phase != GUARD_LINGER || !TAILQ_EMPTY(&guard->connection->send_queue))
			active++;
	}
	return active;
}

void
guard_write_metrics(FILE *page)
{
	metrics_family(page, "jerry_http_connections", "gauge", "Connections of clients.");
	fprintf(page, "jerry_http_connections %" PRIu64 "\n", metrics_sum(cells + OPEN));
	metrics_family(page, "jerry_http_connections_refused_total", "counter",
				   "Connections that were refused: one address had too many, or all together.");
	fprintf(page, "jerry_http_connections_refused_total{reason=\"address\"} %" PRIu64 "\n",
			metrics_sum(cells + REFUSED_ADDRESS));
	fprintf(page, "jerry_http_connections_refused_total{reason=\"full\"} %" PRIu64 "\n",
			metrics_sum(cells + REFUSED_FULL));
}
