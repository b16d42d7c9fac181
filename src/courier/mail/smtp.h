/*
 * smtp.h: hands mails to a mail server, and says what it made of them.
 */
#ifndef JERRY_SMTP_H
#define JERRY_SMTP_H

#include <stdbool.h>

#include "core/config.h"
#include "core/delivery.h"
#include "mail/letters.h"

/* No mail takes longer. */
#define SMTP_DEADLINE_S 60

/*
 * Gets ready.  false after a line on standard error: the settings do not go
 * together.
 */
extern bool smtp_open(const Config *config);

/*
 * Begins to send a letter, which is its own from now on, and ends the delivery.
 */
extern void smtp_send(Delivery *delivery, Letter *letter);

/*
 * Lets go of what smtp_send() has begun: it goes on, and nobody hears what has
 * become of it.
 */
extern void smtp_cancel(Delivery *delivery);

#endif /* JERRY_SMTP_H */
