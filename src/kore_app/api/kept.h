/*
 * kept.h: the last answer of the rows that everybody may keep, for those who
 * ask while the database does not answer.  Each worker has its own.
 *
 * The keys that tokens are checked with are such an answer: without it every
 * service that starts while the database is away would refuse every token.
 */
#ifndef JERRY_KEPT_H
#define JERRY_KEPT_H

#include "api/routes.h"

/*
 * Whoever asks again after this many seconds asks for what the database says by
 * then.
 */
#define KEPT_MAX_AGE 60

/*
 * Remembers a positive answer.  Not of a row with parameters, whose answers
 * differ, nor one of more than 64 kB.
 */
extern void kept_store(const Route *route, const char *body, size_t length);

/*
 * What the database said last, if that is not longer than an hour ago, or NULL.
 */
extern const char *kept_find(const Route *route, size_t *length);

#endif /* JERRY_KEPT_H */
