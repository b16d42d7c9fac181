/*
 * tls.c: see tls.h.
 */
#include "edge/tls.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/kore_compat.h"
#include "base/log.h"

#define TLS_PROBLEM_SIZE 512
#define TICKET_KEYS_SIZE 80 /* SSL_CTX_get_tlsext_ticket_keys() */

/* Beyond: not a file of certificates. */
#define FILE_SIZE_MAX (1024 * 1024)

/*
 * Messages of the handshake protocol that a client may send.  A handshake has
 * four at most; afterwards there are only wishes for new keys, which OpenSSL
 * fulfils without coming back as long as there are more.
 */
#define MESSAGES_MAX 16

/*
 * Of TLS 1.2, what has forward secrecy and authenticated encryption; all of TLS
 * 1.3 has.
 */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static const unsigned char http_1_1[] = "\x08http/1.1";

static const char *cert_file;
static const char *key_file;
static SSL_CTX *context;

/* What the two files were when they were read last; zeros: missing. */
static struct stat loaded[2];

/* There is nobody at the terminal to ask for the password of a key. */
static int
no_password(char *out, int size, int writing, void *arg)
{
	(void) out;
	(void) size;
	(void) writing;
	(void) arg;
	return 0;
}

/* Chooses HTTP/1.1; who speaks something else only is told so by an alert. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *length,
				const unsigned char *offered, unsigned offered_length, void *arg)
{
	unsigned char *chosen;
	int verdict = SSL_select_next_proto(
		&chosen, length, http_1_1, sizeof(http_1_1) - 1, offered, offered_length);

	(void) ssl;
	(void) arg;
	*out = chosen;
	return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What OpenSSL says went wrong first. */
static const char *
openssl_reason(void)
{
	unsigned long error = ERR_peek_error();
	const char *text =
		ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);

	return text != NULL ? text : "unknown error";
}

/* Does a list of versions, as a client offers it, have TLS 1.3 in it? */
static bool
offers_tls_1_3(const unsigned char *list, size_t length)
{
	for (size_t i = 1; i + 1 < length; i += 2)
	{
		if (list[i] == TLS1_3_VERSION >> 8 && list[i + 1] == (TLS1_3_VERSION & 0xff))
			return true;
	}
	return false;
}

/*
 * Gives no tickets to clients of TLS 1.2: there a ticket holds the secret of
 * the session, so that who comes by its key later can read what was recorded.
 * In TLS 1.3 every connection makes a secret of its own besides.
 */
static int
choose_tickets(SSL *ssl, int *alert, void *arg)
{
	const unsigned char *versions;
	size_t length;

	(void) alert;
	(void) arg;
	if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &versions, &length) ||
		!offers_tls_1_3(versions, length))
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Stops reading from a client that has sent too many messages. */
static void
count_message(
	int sent, int version, int type, const void *message, size_t length, SSL *ssl, void *arg)
{
	uintptr_t count;

	(void) version;
	(void) message;
	(void) length;
	(void) arg;
	if (sent || type != SSL3_RT_HANDSHAKE)
		return;
	count = (uintptr_t) SSL_get_app_data(ssl) + 1;
	SSL_set_app_data(ssl, (void *) count);
	if (count > MESSAGES_MAX)
		SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/*
 * What there is to know about a file before it is opened; false when it is none
 * that can be read without waiting.
 */
static bool
look_at(const char *name, const char *file, struct stat *found, char *problem)
{
	if (stat(file, found) == -1)
	{
		snprintf(problem, TLS_PROBLEM_SIZE, "%s: could not read \"%s\": %s", name, file,
				 strerror(errno));
		memset(found, 0, sizeof(*found));
		return false;
	}
	if (!S_ISREG(found->st_mode) || found->st_size > FILE_SIZE_MAX)
	{
		snprintf(problem, TLS_PROBLEM_SIZE, "%s: \"%s\" is not a file of at most 1 MB", name, file);
		return false;
	}
	return true;
}

/* A file's ctime also changes when it becomes readable. */
static bool
has_changed(void)
{
	const char *const files[] = { cert_file, key_file };

	for (int i = 0; i < 2; i++)
	{
		struct stat now;

		if (stat(files[i], &now) == -1)
			memset(&now, 0, sizeof(now));
		if (now.st_dev != loaded[i].st_dev || now.st_ino != loaded[i].st_ino ||
			now.st_ctim.tv_sec != loaded[i].st_ctim.tv_sec ||
			now.st_ctim.tv_nsec != loaded[i].st_ctim.tv_nsec)
			return true;
	}
	return false;
}

/* A context made of the two files, or NULL with what is wrong with them. */
static SSL_CTX *
load_context(char *problem)
{
	SSL_CTX *made = SSL_CTX_new(TLS_server_method());

	if (made == NULL)
		fatal("could not create a TLS context: %s", openssl_reason());
	SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(made, CIPHERS);
	/*
	 * A connection that just ends has sent all: HTTP says how long a request
	 * is.
	 */
	SSL_CTX_set_options(
		made, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CLEANSE_PLAINTEXT);
	/*
	 * Kore may send less than it was asked to, from another place; an idle
	 * connection has no buffers.
	 */
	SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
							   SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_client_hello_cb(made, choose_tickets, NULL);
	SSL_CTX_set_alpn_select_cb(made, choose_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(made, no_password);
	/* A record in a system call, or many in one. */
	SSL_CTX_set_read_ahead(made, 1);
	SSL_CTX_set_msg_callback(made, count_message);

	ERR_clear_error();
	if (look_at("TLS_CERT_FILE", cert_file, &loaded[0], problem) &&
		look_at("TLS_KEY_FILE", key_file, &loaded[1], problem))
	{
		if (SSL_CTX_use_certificate_chain_file(made, cert_file) != 1)
			snprintf(problem, TLS_PROBLEM_SIZE,
					 "TLS_CERT_FILE: \"%s\" is not a certificate chain in PEM: %s", cert_file,
					 openssl_reason());
		else if (SSL_CTX_use_PrivateKey_file(made, key_file, SSL_FILETYPE_PEM) != 1 ||
				 SSL_CTX_check_private_key(made) != 1)
			snprintf(problem, TLS_PROBLEM_SIZE,
					 "TLS_KEY_FILE: \"%s\" is not the private key of the certificate, in PEM "
					 "without "
					 "a password: %s",
					 key_file, openssl_reason());
		else
			return made;
	}
	SSL_CTX_free(made);
	return NULL;
}

bool
tls_configure(const Config *config)
{
	char problem[TLS_PROBLEM_SIZE];

	cert_file = config->tls_cert_file;
	key_file = config->tls_key_file;
	if (cert_file == NULL)
		return true;
	context = load_context(problem);
	if (context == NULL)
		fprintf(stderr, "jerry: %s\n", problem);
	return context != NULL;
}

bool
tls_is_on(void)
{
	return context != NULL;
}

/*
 * Puts another context in the place of the present one, whose tickets all
 * workers go on taking.
 */
static void
renew(SSL_CTX *renewed)
{
	unsigned char keys[TICKET_KEYS_SIZE];

	SSL_CTX_get_tlsext_ticket_keys(context, keys, sizeof(keys));
	SSL_CTX_set_tlsext_ticket_keys(renewed, keys, sizeof(keys));
	explicit_bzero(keys, sizeof(keys));
	SSL_CTX_free(context);
	context = renewed;
	log_line(LOG_LEVEL_INFO, "tls", "the certificate was renewed");
}

void
tls_tick(uint64_t now)
{
	static uint64_t next_check;
	char problem[TLS_PROBLEM_SIZE];
	SSL_CTX *renewed;

	if (context == NULL || now < next_check)
		return;
	if (has_changed())
	{
		renewed = load_context(problem);
		if (renewed == NULL)
			log_line(
				LOG_LEVEL_WARNING, "tls", "%s; the previous certificate stays in use", problem);
		else
			renew(renewed);
	}
	next_check = now + TLS_RENEWAL_CHECK_MS;
}

void
tls_begin(struct connection *c)
{
	SSL *tls = SSL_new(context);

	if (tls == NULL || SSL_set_fd(tls, c->fd) != 1)
		fatal("out of memory");
	SSL_set_accept_state(tls);
	compat_set_tls(c, tls);
}

TlsProgress
tls_handshake(struct connection *c)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(compat_tls(c));
	if (result == 1)
		return TLS_ESTABLISHED;

	switch (SSL_get_error(compat_tls(c), result))
	{
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			return TLS_HANDSHAKING;

		default:
			log_line(LOG_LEVEL_DEBUG, "tls", "a handshake failed: %s", openssl_reason());
			if (ERR_GET_REASON(ERR_peek_error()) != SSL_R_HTTP_REQUEST)
				return TLS_FAILED;
			SSL_free(compat_tls(c));
			compat_set_tls(c, NULL);
			return TLS_PLAIN_HTTP;
	}
}

ssize_t
tls_read(struct connection *c, void *into, size_t size)
{
	size_t got;

	ERR_clear_error();
	if (SSL_read_ex(compat_tls(c), into, size, &got))
		return (ssize_t) got;

	switch (SSL_get_error(compat_tls(c), 0))
	{
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			errno = EAGAIN;
			return -1;

		case SSL_ERROR_ZERO_RETURN:
			return 0;

		default:
			errno = ECONNRESET;
			return -1;
	}
}

bool
tls_has_part(struct connection *c)
{
	return SSL_has_pending(compat_tls(c)) == 1;
}

bool
tls_end(struct connection *c)
{
	int result;

	ERR_clear_error();
	result = SSL_shutdown(compat_tls(c));
	return result >= 0 || SSL_get_error(compat_tls(c), result) != SSL_ERROR_WANT_WRITE;
}
