/*
 * recovery.h: recovery codes as people keep and type them, without PostgreSQL:
 * ten characters of Crockford's base32, 50 bits, shown as XXXXX-XXXXX.
 */
#ifndef JERRY_RECOVERY_H
#define JERRY_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_CODES	10 /* in a set */
#define RECOVERY_LENGTH 10 /* characters of a code */
#define RECOVERY_SHOWN	(RECOVERY_LENGTH + 1)
#define RECOVERY_BYTES	7 /* of which 50 bits are used */

/* The code that random bytes are; out has a zero byte at its end. */
extern void recovery_make(const uint8_t random[RECOVERY_BYTES], char out[RECOVERY_LENGTH + 1]);

/* As it is shown, with a zero byte at its end. */
extern void recovery_show(const char *code, char out[RECOVERY_SHOWN + 1]);

/*
 * A code as somebody has typed it: in any case, with blanks and dashes
 * anywhere, I and L for 1 and O for 0.  false: it is none.
 */
extern bool recovery_read(const char *typed, size_t n, char out[RECOVERY_LENGTH + 1]);

#endif /* JERRY_RECOVERY_H */
