/*
 * drop_guard.h: refuses to drop a table of users that is not empty, see
 * drop_guard.c.
 */
#ifndef JERRY_DROP_GUARD_H
#define JERRY_DROP_GUARD_H

#include "base/jerry.h"

/* Once, when the library is loaded. */
extern void drop_guard_install(void);

#endif /* JERRY_DROP_GUARD_H */
