/*
 * der.h: a SEQUENCE of INTEGERs that are not negative, in DER (ITU-T X.690).
 * The signatures of ECDSA (RFC 3279, 2.2.3) and the keys of RSA (RFC 8017, A.1)
 * are nothing else.
 */
#ifndef JERRY_DER_H
#define JERRY_DER_H

#include "base/jerry.h"

/* Big-endian. */
typedef struct Number
{
	const uint8 *bytes;
	int length;
} Number;

/* Of n numbers of at most this many bytes in all. */
#define DER_LENGTH_MAX(n, bytes) (4 + (n) *5 + (bytes))

/*
 * Strictly n numbers, which then point into der and have no leading zeros: zero
 * has no bytes.
 */
extern bool der_read(const uint8 *der, int length, Number *numbers, int n);

/*
 * Writes the numbers, which may have leading zeros, and returns the length.  It
 * has to be below 65536.
 */
extern int der_write(const Number *numbers, int n, uint8 *out);

#endif /* JERRY_DER_H */
