/*
 * claims_oracle.h: a second opinion on the claims of a payload, from another
 * JSON parser (jansson).
 */
#ifndef JERRY_CLAIMS_ORACLE_H
#define JERRY_CLAIMS_ORACLE_H

#include "jose/claims.h"

/*
 * Stops the program when jansson disagrees about whether this payload is to be
 * accepted, or about the value of one of the claims.  "accepted" and claims are
 * what claims_read() made of it.
 */
extern void claims_compare(const char *payload, int length, bool accepted, const Claims *claims);

#endif /* JERRY_CLAIMS_ORACLE_H */
