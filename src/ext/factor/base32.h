/*
 * base32.h: base32 as people read and type it.
 */
#ifndef JERRY_BASE32_H
#define JERRY_BASE32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters for n bytes, without padding. */
#define BASE32_LENGTH(n) (((n) *8 + 4) / 5)

/* RFC 4648, 6; and Crockford's, which has no letter that looks like another. */
#define BASE32_RFC4648	 "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define BASE32_CROCKFORD "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/*
 * Writes n bytes as BASE32_LENGTH(n) characters of an alphabet, and a zero
 * byte.  Takes the same time whatever the bytes are, but for the caches.
 */
extern void base32_encode(const char *alphabet, const uint8_t *bytes, size_t n, char *out);

#endif /* JERRY_BASE32_H */
