/*
 * signature.h: signing what is sent to a webhook, as Standard Webhooks 1.0 has
 * it: HMAC-SHA256 over the id, the time and the body.
 */
#ifndef JERRY_HOOKS_SIGNATURE_H
#define JERRY_HOOKS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "v1," and 32 bytes in base64, and a zero byte. */
#define SIGNATURE_SIZE 48

/* Bytes of a key: the fewest and the most that Standard Webhooks allows. */
#define SIGNATURE_KEY_MIN 24
#define SIGNATURE_KEY_MAX 64

/*
 * Writes the signature of a message to out.  False: the secret is not whsec_
 * and 24 to 64 bytes in base64, or there is no memory.
 */
extern bool signature_make(const char *secret, const char *id, int64_t timestamp, const char *body,
						   size_t length, char out[SIGNATURE_SIZE]);

#endif /* JERRY_HOOKS_SIGNATURE_H */
