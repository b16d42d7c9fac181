/*
 * request_id.h: names for requests, to find them again in the log.
 */
#ifndef JERRY_REQUEST_ID_H
#define JERRY_REQUEST_ID_H

#include "base/log.h"

/*
 * Takes over the id that the client gave (NULL: none) if it is 1 to 64
 * characters of [A-Za-z0-9._-], and makes a new one otherwise.
 */
extern void request_id_choose(const char *given, char id[REQUEST_ID_SIZE]);

#endif /* JERRY_REQUEST_ID_H */
