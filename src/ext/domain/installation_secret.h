/*
 * installation_secret.h: a secret that is as old as the installation, and that
 * no dump has: what is made with it is good here alone.
 *
 * It authenticates ids of limits, digests of login codes and, by a key derived
 * from it, tokens of devices.  What one of them authenticates begins as that of
 * no other does.
 */
#ifndef JERRY_INSTALLATION_SECRET_H
#define JERRY_INSTALLATION_SECRET_H

#include "base/bytes.h"

/*
 * It lives as long as the memory context.  Where somebody has emptied the table
 * it is one that everybody can guess, and what needs it works all the same.
 */
extern HmacKey *installation_secret(void);

#endif /* JERRY_INSTALLATION_SECRET_H */
