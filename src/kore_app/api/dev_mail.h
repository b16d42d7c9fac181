/*
 * dev_mail.h: the mails that the courier has written as files, for whoever
 * develops with Jerry.
 *
 * /dev/mail, and what is below it, with ENVIRONMENT=development and the
 * courier's folder in DEV_MAIL_FOLDER alone: there are tokens in the mails.
 */
#ifndef JERRY_DEV_MAIL_H
#define JERRY_DEV_MAIL_H

#include "http/reply.h"

/* Call once, in the parent. */
extern void dev_mail_configure(const Config *config);

/*
 * Answers GET or HEAD: /dev/mail, a page with a list of the mails;
 * /dev/mail/ID.NAME, a page with one of them; /dev/mail/ID.NAME.eml, that one
 * as it is; /dev/mail/list, a line "ID.NAME TIME" for each of the newest, the
 * newest first, and a last line "..." if the folder holds more than is looked
 * at; and what the pages load.  404 when nothing is there.  Returns the status
 * that was sent.
 */
extern int dev_mail_serve(const ReplyContext *context);

#endif /* JERRY_DEV_MAIL_H */
