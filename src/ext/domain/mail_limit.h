/*
 * mail_limit.h: how many mails somebody gets because others ask for them.
 *
 * Counted for the address, whether or not there is an account, and for mails of
 * all kinds together.  What is too much is not told to who asks: it is not
 * sent.
 */
#ifndef JERRY_MAIL_LIMIT_H
#define JERRY_MAIL_LIMIT_H

#include "domain/limit.h"

/*
 * Counts a mail to an address, if one may be sent now; in a call that has begun
 * these limits, which stay as they are.
 */
extern bool mail_limit_takes(const Limits *limits, const char *email);

#endif /* JERRY_MAIL_LIMIT_H */
