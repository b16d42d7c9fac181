/*
 * recovery_set.h: sets of recovery codes: ten, of which bcrypt with one salt
 * for all makes what is stored, so that a try costs one hash.
 */
#ifndef JERRY_RECOVERY_SET_H
#define JERRY_RECOVERY_SET_H

#include "base/json.h"
#include "factor/recovery.h"

typedef struct RecoverySet
{
	char shown[RECOVERY_CODES][RECOVERY_SHOWN + 1];
	char *hashes[RECOVERY_CODES];
} RecoverySet;

/*
 * A new one, palloc'd; nothing is stored yet.  Takes as long as ten hashes, so
 * no lock is to be held.
 */
extern RecoverySet *recovery_set_make(void);

/*
 * They are the codes of a user, who is held, from now on; and as the member of
 * an answer, after which nobody knows them here.
 */
extern void recovery_set_store(const RecoverySet *set, const pg_uuid_t *user_id, TimestampTz now);
extern void recovery_set_answer(RecoverySet *set, JsonWriter *w);

/*
 * What a code that somebody has typed is stored as, if it is one of a user:
 * palloc'd.  NULL: it is none, which takes as long.  No lock is to be held.
 */
extern char *recovery_hash(const pg_uuid_t *user_id, const text *typed);

#endif /* JERRY_RECOVERY_SET_H */
