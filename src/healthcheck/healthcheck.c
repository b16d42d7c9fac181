/*
 * healthcheck.c: does the sidecar beside it answer?
 *
 *	  jerry-healthcheck [PATH]
 *
 * Sends one GET (default: /readyz) to the address and port on which the
 * sidecar listens by HOST and PORT, and exits with 0 when the status is 200
 * within the deadline.  Otherwise it says on standard error what it got, and
 * exits with 1.  For images that have no other HTTP client.
 *
 * With TLS_CERT_FILE it asks within TLS.  Whose certificate it gets does not
 * matter: it sends nothing that is worth anything.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

/* For everything together, from the connection to the status line. */
#define DEADLINE_MS 2000

/* "HTTP/1.1 200 ". */
#define STATUS_OFFSET 9
#define STATUS_LENGTH 12

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...)
{
	va_list arguments;

	fputs("jerry-healthcheck: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The environment's value, as the sidecar reads it: an empty one is none. */
static const char *
setting(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : fallback;
}

/* Who listens on every address listens on the loopback's. */
static const char *
address_to_ask(const char *host)
{
	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "localhost") == 0)
		return "127.0.0.1";
	if (strcmp(host, "::") == 0)
		return "::1";
	return host;
}

/* Waits for the socket, no longer than until the deadline. */
static void
wait_for(int fd, short events, long deadline)
{
	struct pollfd watched = { .fd = fd, .events = events };
	long left = deadline - now_ms();
	int ready;

	do
		ready = left > 0 ? poll(&watched, 1, (int) left) : 0;
	while (ready < 0 && errno == EINTR && (left = deadline - now_ms()) > 0);
	if (ready <= 0)
		fail("no answer within %d ms", DEADLINE_MS);
}

/* A connected, non-blocking socket. */
static int
connect_to(const char *host, const char *port, long deadline)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
							  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *address;
	int problem = getaddrinfo(host, port, &hints, &address);
	socklen_t length = sizeof(problem);
	int fd;

	if (problem != 0)
		fail("%s port %s: %s", host, port, gai_strerror(problem));
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("could not create a socket: %s", strerror(errno));
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
	{
		if (errno != EINPROGRESS)
			fail("could not connect to %s port %s: %s", host, port, strerror(errno));
		wait_for(fd, POLLOUT, deadline);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length);
		if (problem != 0)
			fail("could not connect to %s port %s: %s", host, port, strerror(problem));
	}
	freeaddrinfo(address);
	return fd;
}

/* The way to the sidecar through this socket, with TLS if it speaks that. */
static BIO *
stream_over(int fd)
{
	BIO *stream = BIO_new_socket(fd, BIO_NOCLOSE);
	SSL_CTX *context;
	BIO *tls;

	if (*setting("TLS_CERT_FILE", "") == '\0')
		return stream;
	context = SSL_CTX_new(TLS_client_method());
	tls = context != NULL ? BIO_new_ssl(context, 1) : NULL;
	SSL_CTX_free(context); /* which the stream keeps */
	if (tls == NULL)
		fail("could not start TLS");
	return BIO_push(tls, stream);
}

/* Waits until the stream can go on with what it could not do at once. */
static void
wait_for_stream(BIO *stream, int fd, long deadline)
{
	if (!BIO_should_retry(stream))
		fail("the connection ended without an answer");
	wait_for(fd, BIO_should_write(stream) ? POLLOUT : POLLIN, deadline);
}

/* Reads the beginning of the status line. */
static void
read_status(BIO *stream, int fd, char line[STATUS_LENGTH + 1], long deadline)
{
	int length = 0;

	while (length < STATUS_LENGTH)
	{
		int got = BIO_read(stream, line + length, STATUS_LENGTH - length);

		if (got > 0)
			length += got;
		else
			wait_for_stream(stream, fd, deadline);
	}
	line[length] = '\0';
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/readyz";
	const char *host = address_to_ask(setting("HOST", "127.0.0.1"));
	const char *port = setting("PORT", "8000");
	long deadline = now_ms() + DEADLINE_MS;
	char request[512];
	char line[STATUS_LENGTH + 1];
	BIO *stream;
	int length;
	int fd;

	if (argc > 2 || path[0] != '/')
	{
		fputs("usage: jerry-healthcheck [PATH]\n", stderr);
		return 2;
	}
	length = snprintf(request, sizeof(request),
					  "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	if (length < 0 || (size_t) length >= sizeof(request))
		fail("the path is too long");

	signal(SIGPIPE, SIG_IGN);
	fd = connect_to(host, port, deadline);
	stream = stream_over(fd);
	/* In one piece: so little fits into any socket's buffer. */
	while (BIO_write(stream, request, length) <= 0)
		wait_for_stream(stream, fd, deadline);
	read_status(stream, fd, line, deadline);
	BIO_free_all(stream);
	if (strncmp(line, "HTTP/1.", strlen("HTTP/1.")) != 0)
		fail("the answer is not HTTP");
	if (strcmp(line + STATUS_OFFSET, "200") != 0)
		fail("%s answers %s", path, line + STATUS_OFFSET);
	return 0;
}
