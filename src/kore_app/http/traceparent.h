/*
 * traceparent.h: the header by which a request says which trace it is a part of
 * (W3C Trace Context).
 */
#ifndef JERRY_TRACEPARENT_H
#define JERRY_TRACEPARENT_H

#include <stdbool.h>

/*
 * Is this a traceparent of version 00, to the letter?  Nothing else is worth
 * passing on.
 */
extern bool traceparent_is_valid(const char *text);

#endif /* JERRY_TRACEPARENT_H */
