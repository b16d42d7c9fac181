/*
 * rotation.h: refresh tokens that change with each refresh: what the one that
 * is presented means for its session.
 *
 * No time, settings or table are read here: the same state and token have the
 * same verdict.
 *
 * A client whose answer was lost has never used the successor, and it loses
 * answers rarely, not twice running; a thief and an owner who take turns do
 * both.  So the predecessor of the current token is forgiven for a short grace,
 * as often as it comes, and after that once, unless the successor was used, and
 * not in two consecutive generations.  Everything older is reuse:
 *
 *		presented                                            verdict
 *		the current token                                    ROTATION_NEXT
 *		one of a later generation                            ROTATION_NEXT
 *		its predecessor, void                                ROTATION_FOREIGN
 *		..., within the grace                                ROTATION_SAME
 *		..., later, neither confirmed nor previous_suspect   ROTATION_LATE
 *		..., otherwise                                       ROTATION_REUSE
 *		anything else of a session that has rotated          ROTATION_REUSE
 *		anything else of one that has not                    ROTATION_FOREIGN
 *
 * A predecessor is void once the user has shown a second factor: it must not
 * give what the new one does, and that a client still has it is no sign of a
 * thief.
 *
 * A later generation than the session's was lost with the commit that began it:
 * in a crash of a server that does not wait for the disk, or when a standby
 * took over.  Its jti shows that it follows from the current token: a signature
 * alone would not do, as others may know an imported key.
 */
#ifndef JERRY_ROTATION_H
#define JERRY_ROTATION_H

#include "store/session.h"

typedef enum RotationVerdict
{
	ROTATION_NEXT,	/* gets a successor: rotation_advance */
	ROTATION_SAME,	/* gets the current token again */
	ROTATION_LATE,	/* so too, and the session is suspect from then on */
	ROTATION_REUSE, /* somebody else has this token: the session is to end */
	ROTATION_FOREIGN
} RotationVerdict;

/*
 * jti and generation are those of a token with a right signature and sid; grace
 * is in seconds.
 */
extern RotationVerdict rotation_decide(const StoredRotation *rotation, const pg_uuid_t *jti,
									   int64 generation, TimestampTz now, int grace);

/*
 * Is it a token that a client may have for its newest, as the answer with a
 * newer one may have been lost?
 */
extern bool rotation_is_recent(const StoredRotation *rotation, const pg_uuid_t *jti,
							   int64 generation);

/*
 * After ROTATION_NEXT: the state with the successor as the current token.  Its
 * jti follows from the presented one, so that a rotation that is lost and done
 * again leads to the same.
 */
extern void rotation_advance(StoredRotation *rotation, const pg_uuid_t *jti, int64 generation,
							 TimestampTz now);

#endif /* JERRY_ROTATION_H */
