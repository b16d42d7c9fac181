/*
 * address.h: the address that a caller names.
 */
#ifndef JERRY_ADDRESS_H
#define JERRY_ADDRESS_H

#include "base/jerry.h"

#include "domain/email.h"

/* email_read of an argument; what cannot be known is an error. */
extern EmailVerdict address_read(const text *value, char stored[EMAIL_MAX + 1]);

/*
 * Negative answer for an address that is refused, in this field: INVALID_EMAIL.
 */
extern Datum address_refusal(const char *field, EmailVerdict verdict);

#endif /* JERRY_ADDRESS_H */
