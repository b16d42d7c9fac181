/*
 * transfer.c: transfers by libcurl, many at a time, in the loop.
 */
#include "core/transfer.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/loop.h"
#include "core/memory.h"

/* Kept open for so long without use: shorter than servers do. */
#define IDLE_S 20

typedef struct Pending
{
	TransferDone done;
	void *argument;
} Pending;

static CURLM *multi;
static X509_STORE *store; /* once for all: reading it costs more than a connection */
static LoopTimer timer;

/* Tells whoever waits for a transfer that it has ended. */
static void
finish_transfers(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		CURLcode result = message->data.result;
		Pending *pending;
		Pending called;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &pending);
		curl_multi_remove_handle(multi, message->easy_handle);
		curl_easy_setopt(message->easy_handle, CURLOPT_PRIVATE, NULL);
		called = *pending;
		free(pending);
		called.done(called.argument, result);
	}
}

static void
on_socket(void *argument, uint32_t events)
{
	int running;

	curl_multi_socket_action(multi, (curl_socket_t) (intptr_t) argument,
							 (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
								 (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
								 (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
							 &running);
	finish_transfers();
}

static void
on_timer(void *argument)
{
	int running;

	(void) argument;
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_transfers();
}

/* What libcurl wants to know of one of its descriptors. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket)
{
	(void) easy;
	(void) user;
	(void) socket;
	if (what == CURL_POLL_REMOVE)
		loop_forget(fd);
	else
		loop_watch(fd, (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0),
				   on_socket, (void *) (intptr_t) fd);
	return 0;
}

static int
watch_time(CURLM *of, long delay_ms, void *user)
{
	(void) of;
	(void) user;
	if (delay_ms < 0)
		loop_stop_timer(&timer);
	else
		loop_set_timer(&timer, (uint64_t) delay_ms);
	return 0;
}

static CURLcode
trust(CURL *easy, void *context, void *user)
{
	(void) easy;
	(void) user;
	SSL_CTX_set1_cert_store(context, store);
	return CURLE_OK;
}

bool
transfer_open(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	multi = curl_multi_init();
	store = X509_STORE_new();
	if (multi == NULL || store == NULL || X509_STORE_set_default_paths(store) != 1)
		return false;
	timer.fire = on_timer;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, watch_time);
	return true;
}

CURL *
transfer_new(void)
{
	CURL *easy = must_have(curl_easy_init());

	transfer_prepare(easy);
	return easy;
}

void
transfer_prepare(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long) IDLE_S);
	/* A look-up of a name that hangs does not hold the loop up. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, trust);
}

void
transfer_start(CURL *easy, TransferDone done, void *argument)
{
	Pending *pending = must_have(malloc(sizeof(*pending)));

	*pending = (Pending){ done, argument };
	curl_easy_setopt(easy, CURLOPT_PRIVATE, pending);
	if (curl_multi_add_handle(multi, easy) != CURLM_OK)
		abort();
}

void
transfer_free(CURL *easy)
{
	Pending *pending = NULL;

	if (easy == NULL)
		return;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &pending);
	curl_multi_remove_handle(multi, easy);
	free(pending);
	curl_easy_cleanup(easy);
}
