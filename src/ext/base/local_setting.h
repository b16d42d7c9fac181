/*
 * local_setting.h: settings of the server that a call of ours changes for a
 * while.
 */
#ifndef JERRY_LOCAL_SETTING_H
#define JERRY_LOCAL_SETTING_H

#include "base/jerry.h"

/* A value until the caller leaves its nest level (NewGUCNestLevel()). */
extern void set_locally(const char *name, const char *value);

#endif /* JERRY_LOCAL_SETTING_H */
