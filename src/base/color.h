/*
 * color.h: colours as "#1f6feb".
 */
#ifndef JERRY_COLOR_H
#define JERRY_COLOR_H

#include <stdbool.h>

/* "#" and six hexadecimal digits? */
extern bool color_is(const char *text);

/* The better colour for text on such a one: "#000" or "#fff". */
extern const char *color_on(const char *color);

#endif /* JERRY_COLOR_H */
