/*
 * hooks.h: the courier of webhooks: signs what the database has for an
 * endpoint, sends it, and says what was answered.  What becomes of it then is
 * for the database to decide.
 */
#ifndef JERRY_HOOKS_H
#define JERRY_HOOKS_H

#include "core/delivery.h"

extern const Courier hooks_courier;

#endif /* JERRY_HOOKS_H */
