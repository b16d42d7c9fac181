/*
 * spool.h: mails as files in a folder, for who has no mail server: at a
 * developer's desk, and in tests.
 */
#ifndef JERRY_SPOOL_H
#define JERRY_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes the folder, if its parent is there.  false: errno says why it cannot be
 * written to.
 */
extern bool spool_open(const char *folder);

/*
 * Writes a mail to FOLDER/ID.NAME.eml, which is there as a whole or not at all;
 * the same event writes the same file again.  false: errno says why not.
 */
extern bool spool_write(int64_t event_id, const char *name, const char *message, size_t length);

#endif /* JERRY_SPOOL_H */
