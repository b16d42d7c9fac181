/*
 * lengthof.h: how many elements an array has; not for what became a pointer.
 */
#ifndef JERRY_LENGTHOF_H
#define JERRY_LENGTHOF_H

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#endif /* JERRY_LENGTHOF_H */
