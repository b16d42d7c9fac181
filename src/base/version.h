/*
 * version.h: do a program and the database's extension fit together?
 */
#ifndef JERRY_VERSION_H
#define JERRY_VERSION_H

#include <stdbool.h>

/* Do two versions agree in major and minor number? */
extern bool version_agrees(const char *a, const char *b);

#endif /* JERRY_VERSION_H */
