/*
 * metrics_page.h: GET /metrics, on a port of its own.
 *
 * METRICS_PORT turns it on.  The port serves nothing else, and the port of the
 * API never serves this: what is not for strangers can be kept from them by an
 * address.  An answer waits for nobody, the database least of all.
 */
#ifndef JERRY_METRICS_PAGE_H
#define JERRY_METRICS_PAGE_H

#include <kore/kore.h>
#include <kore/http.h>

#include "base/config.h"

/*
 * Has everybody's figures in shared memory, if METRICS_PORT says so.  To be
 * called in the parent, when all have reserved their cells.
 */
extern void metrics_page_configure(const Config *config);

/* To be called in each worker at its start. */
extern void metrics_page_start(void);

/* Kore's handler of all paths of the port, and of the end of each request. */
extern int metrics_page(struct http_request *req);
extern void metrics_page_done(struct http_request *req);

#endif /* JERRY_METRICS_PAGE_H */
