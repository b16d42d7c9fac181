/*
 * mail.h: the courier of mails: an event becomes a letter, and the letter goes
 * to a mail server or into a folder.
 */
#ifndef JERRY_MAIL_H
#define JERRY_MAIL_H

#include "core/delivery.h"

extern const Courier mail_courier;

#endif /* JERRY_MAIL_H */
