/*
 * common_password.h: tables jerry.common_password, a row for each first 16 bits
 * of the mark of a password, and jerry.common_password_source.
 */
#ifndef JERRY_STORE_COMMON_PASSWORD_H
#define JERRY_STORE_COMMON_PASSWORD_H

#include "base/jerry.h"

struct ReturnSetInfo;

/* The row of a mark of 64 bits. */
#define COMMON_PASSWORD_BUCKET(mark) ((int) ((mark) >> 48))

typedef struct CommonPasswordSource
{
	const char *path;
	const char *form;
	int min_count;
	int64 passwords;
	int64 skipped;
	TimestampTz loaded_at;
	const char *loaded_by;
} CommonPasswordSource;

/* An installation of 1.1.0 has no such tables, and no such passwords. */
extern bool store_has_common_password(uint64 mark);
extern bool store_has_common_passwords(void);

/* Nobody else changes the tables until the transaction ends. */
extern void store_lock_common_passwords(void);

/*
 * Adds marks, which are of one row, in ascending order, and different; returns
 * how many were not there.
 */
extern int64 store_add_common_passwords(const uint64 *marks, int n);

/* Adds to a source that is there; the latest load tells its kind. */
extern void store_add_common_password_source(const CommonPasswordSource *source);

/* All passwords and sources; returns how many passwords that were. */
extern int64 store_clear_common_passwords(void);

/* The rows of jerry.common_passwords(). */
extern void store_show_common_passwords(struct ReturnSetInfo *result);

#endif /* JERRY_STORE_COMMON_PASSWORD_H */
