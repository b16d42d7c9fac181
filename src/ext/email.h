/*
 * email.h
 *		Address syntax.  Bytes in, verdict out; no other file is needed, so that the parser can be fuzzed outside the server.
 */
#ifndef JERRY_EMAIL_H
#define JERRY_EMAIL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is this an address that Jerry registers?  An ASCII address as python3-email-validator accepts it without asking the DNS: RFC 5321 and 5322
 * without quoted local parts, comments, domain literals and white space; a domain of two labels at least that is not of special use (RFC 6761).
 * At most 254 bytes.  address need not be terminated.
 */
extern bool email_is_valid(const char *address, size_t length);

#endif /* JERRY_EMAIL_H */
