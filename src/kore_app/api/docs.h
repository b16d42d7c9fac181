/*
 * docs.h: the documentation that the sidecar serves about itself.
 *
 * /openapi.json, the page /docs and what the page loads from below /docs/.
 * All of it is compiled in: nothing is read from disk and nothing is loaded
 * from another host.
 */
#ifndef JERRY_DOCS_H
#define JERRY_DOCS_H

#include "http/reply.h"

/*
 * Answers GET or HEAD on a path of the documentation, with 404 when nothing
 * is there.  Returns the status that was sent.
 */
extern int docs_serve(const ReplyContext *context);

#endif /* JERRY_DOCS_H */
