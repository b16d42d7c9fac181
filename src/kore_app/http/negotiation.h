/*
 * negotiation.h: what a client says of the copies that it has or can read
 * (RFC 9110, 12.5.3, 12.5.4 and 13.1.2).
 */
#ifndef JERRY_NEGOTIATION_H
#define JERRY_NEGOTIATION_H

#include <stdbool.h>
#include <stddef.h>

/* Does an Accept-Encoding header allow gzip? */
extern bool negotiation_accepts_gzip(const char *header);

/*
 * The place of the language that an Accept-Language header likes best, in a
 * list of two-letter tags that ends with NULL; 0 where it likes none of them.
 */
extern size_t negotiation_language(const char *header, const char *const languages[]);

/* Does an If-None-Match header name this entity tag, which has its quotes? */
extern bool negotiation_has_copy(const char *header, const char *etag);

#endif /* JERRY_NEGOTIATION_H */
