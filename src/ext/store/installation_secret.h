/*
 * installation_secret.h: table jerry.installation_secret.
 *
 * It is read without SQL, as the last commit left it, and is not there in an
 * installation of 1.1.0 until it is updated.
 */
#ifndef JERRY_STORE_INSTALLATION_SECRET_H
#define JERRY_STORE_INSTALLATION_SECRET_H

#include "base/bytes.h"

/* The caller wipes it.  False: there is none. */
extern bool store_installation_secret(uint8 secret[SHA256_LENGTH]);

#endif /* JERRY_STORE_INSTALLATION_SECRET_H */
