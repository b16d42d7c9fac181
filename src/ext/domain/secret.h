/*
 * secret.h: secrets of others that become signing keys.
 */
#ifndef JERRY_SECRET_H
#define JERRY_SECRET_H

#include "base/jerry.h"

/* Why somebody may guess a secret, as a sentence; NULL when nothing is seen. */
extern const char *secret_weakness(const uint8 *secret, int length);

#endif /* JERRY_SECRET_H */
