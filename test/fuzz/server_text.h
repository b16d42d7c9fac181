/*
 * server_text.h: what PostgreSQL says about bytes that a client sends as text.
 */
#ifndef JERRY_SERVER_TEXT_H
#define JERRY_SERVER_TEXT_H

#include <stdbool.h>

/* Would a database in UTF-8 take these bytes as a text parameter? */
extern bool server_takes_text(const char *bytes, int length);

#endif /* JERRY_SERVER_TEXT_H */
