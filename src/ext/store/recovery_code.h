/*
 * recovery_code.h: table jerry.recovery_code.
 */
#ifndef JERRY_STORE_RECOVERY_CODE_H
#define JERRY_STORE_RECOVERY_CODE_H

#include "base/jerry.h"

/*
 * One of the hashes of a user, palloc'd: all have the same salt.  NULL: there
 * is none.
 */
extern char *store_recovery_hash(const pg_uuid_t *user_id);

extern int64 store_count_recovery_codes(const pg_uuid_t *user_id);

/* These are the user's codes from now on, and no others. */
extern void store_put_recovery_codes(const pg_uuid_t *user_id, const char *const *hashes, int n,
									 TimestampTz now);

/* Of several who use one at once one is told true. */
extern bool store_use_recovery_code(const pg_uuid_t *user_id, const char *hash);

extern void store_delete_recovery_codes(const pg_uuid_t *user_id);

#endif /* JERRY_STORE_RECOVERY_CODE_H */
