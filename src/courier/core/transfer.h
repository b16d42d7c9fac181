/*
 * transfer.h: transfers by libcurl, many at a time, in the loop.
 *
 * Connections are kept and used again.  Nothing of the environment has a say:
 * no proxy, no .netrc.  Whom to trust is what OpenSSL says, which SSL_CERT_FILE
 * and SSL_CERT_DIR can change.
 */
#ifndef JERRY_TRANSFER_H
#define JERRY_TRANSFER_H

#include <stdbool.h>

#include <curl/curl.h>

/* Called once for each transfer that was started and not cancelled. */
typedef void (*TransferDone)(void *argument, CURLcode result);

/*
 * Gets ready; before the first thread, with the signals blocked.  false:
 * libcurl does not work.
 */
extern bool transfer_open(void);

/* A new handle, with what is the same for all; the caller adds the rest. */
extern CURL *transfer_new(void);

/* The same for one that was reset. */
extern void transfer_prepare(CURL *easy);

/* Starts it. */
extern void transfer_start(CURL *easy, TransferDone done, void *argument);

/* Ends it, if it is under way, and frees the handle. */
extern void transfer_free(CURL *easy);

#endif /* JERRY_TRANSFER_H */
