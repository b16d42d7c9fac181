/*
 * bytes.h: bytes that must not be guessed, compared by time, or written
 * wrongly: random bytes, constant-time comparison, base64url, SHA-256, HMAC.
 */
#ifndef JERRY_BYTES_H
#define JERRY_BYTES_H

#include "base/jerry.h"

#define SHA256_LENGTH		32
#define SHA1_LENGTH			20
#define BASE64URL_LENGTH(n) (((Size) (n) *4 + 2) / 3)

/* Fills out from the server's strong random source, or raises an error. */
extern void random_bytes(uint8 *out, size_t n);

/* Compares n bytes in a time that does not depend on where they differ. */
extern bool bytes_equal(const void *a, const void *b, size_t n);

/*
 * base64url without padding (RFC 4648, 5; RFC 7515, 2): writes
 * BASE64URL_LENGTH(n) characters, unterminated, and returns that number.
 */
extern int base64url_encode(const uint8 *in, int n, char *out);

/*
 * Strictly the opposite: the number of bytes written to out (room for n * 3 /
 * 4), or -1 when in holds anything but the alphabet: padding, white space, or
 * bits that an encoder would have left zero.
 */
extern int base64url_decode(const char *in, int n, uint8 *out);

extern void sha256(const void *data, size_t n, uint8 *digest);

/* For lists that others have made with it, and nothing else. */
extern void sha1(const void *data, size_t n, uint8 *digest);

/*
 * A secret that is ready to authenticate (RFC 2104).  It lives as long as the
 * memory context in which it was made, and is wiped with it.
 */
typedef struct evp_mac_ctx_st HmacKey;

extern HmacKey *hmac_key(const uint8 *secret, size_t length);
extern void hmac_sha256(HmacKey *key, const void *data, size_t n, uint8 *mac);

#endif /* JERRY_BYTES_H */
