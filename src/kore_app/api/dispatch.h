/*
 * dispatch.h: the way of a request through the sidecar.
 */
#ifndef JERRY_DISPATCH_H
#define JERRY_DISPATCH_H

#include <kore/kore.h>
#include <kore/http.h>

/*
 * Kore's handler of all paths.  Called once when the request is complete and,
 * if that call handed a job to the database, once more when the job has an
 * outcome.
 */
extern int dispatch(struct http_request *req);

/*
 * Kore frees a request: its answer was sent, its client is gone, or it never
 * came this far.
 */
extern void dispatch_abandon(struct http_request *req);

#endif /* JERRY_DISPATCH_H */
