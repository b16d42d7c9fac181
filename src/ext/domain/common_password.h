/*
 * common_password.h: passwords that everybody tries: a table of them, which
 * somebody loads.
 */
#ifndef JERRY_COMMON_PASSWORD_H
#define JERRY_COMMON_PASSWORD_H

#include "domain/password.h"
#include "domain/password_list.h"

/*
 * Is the password in the table, as it is or (folded) without its case?  One
 * that is not, is taken for one that is with a probability of n / 2^64 for each
 * form, where n are in the table.
 */
extern bool common_password_is(const Password *password, const char *folded);

/*
 * Adds a list to the table, or puts it in the place of what is there; returns
 * how many passwords were not there.  The list is read with the caller's
 * rights, the table written with those of its owner.
 */
extern int64 common_passwords_load(PasswordList *list, bool replace, TimestampTz now);

#endif /* JERRY_COMMON_PASSWORD_H */
