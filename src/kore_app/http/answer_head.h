/*
 * answer_head.h: what an answer of the database says to the head of the reply.
 *
 * Five members of an envelope have a meaning in HTTP, each in one kind of reply
 * alone, so that all other answers are sent without a look into them:
 *
 *   error.details.retry_after  whole seconds: Retry-After of a 429 or 503
 *   error.details.policy       {name, quantity, seconds}, beside retry_after:
 *                              RateLimit and RateLimit-Policy, as in
 *                              draft-ietf-httpapi-ratelimit-headers-10
 *   error.details.status       the status of a HOOK_REFUSED
 *   data.location              Location of a redirect: a path of this server,
 *                              or an absolute URL of http or https
 *   data.set_cookie            {name, value, max_age}: Set-Cookie of a redirect
 *                              or of an empty reply, whose bodies are not sent.
 *                              The name begins with __Host-; max_age 0 deletes
 *
 * What is there and not as it should be is a fault of the function that
 * answered: it is told of, and nothing of it is sent.
 */
#ifndef JERRY_ANSWER_HEAD_H
#define JERRY_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* The longest answer that is looked into. */
#define ANSWER_HEAD_ANSWER_MAX 8192

/* Room for the header lines, each ended by CRLF, and a zero byte. */
#define ANSWER_HEAD_SIZE 4096

/*
 * Writes the header lines of a positive answer.  A redirect has to have a
 * location.  Returns NULL, or a constant sentence on what is wrong.
 */
extern const char *answer_head_positive(const char *answer, size_t length, bool redirect,
										char lines[ANSWER_HEAD_SIZE]);

/* Likewise of a negative answer, for a status that has a Retry-After. */
extern const char *answer_head_negative(const char *answer, size_t length,
										char lines[ANSWER_HEAD_SIZE]);

/* The status that a hook has refused with; 0: there is none. */
extern int answer_head_status(const char *answer, size_t length);

#endif /* JERRY_ANSWER_HEAD_H */
