/*
 * pages.h: the pages that the links in mails lead to.
 *
 * Each shows a button, and a script of ours sends what the link carries when it
 * is pressed: programs that look at every link of a mail redeem nothing.  What
 * a page says and loads is compiled in; name, logo and colours are configured.
 */
#ifndef JERRY_PAGES_H
#define JERRY_PAGES_H

#include "http/reply.h"

/*
 * Puts what is configured into the pages.  Call once, in the parent.  Returns
 * false when the name or the logo will not do, after a line on standard error.
 */
extern bool pages_configure(const Config *config);

/*
 * Answers GET or HEAD on the path of a page, or of what the pages load, with
 * 404 when nothing is there.  Returns the status that was sent.
 */
extern int pages_serve(const ReplyContext *context);

#endif /* JERRY_PAGES_H */
