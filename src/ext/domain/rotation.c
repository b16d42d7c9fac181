/*
 * rotation.c: see rotation.h.
 */
#include "domain/rotation.h"

#include "base/bytes.h"
#include "base/uuid.h"

#define LOST_MAX 1000 /* generations that a database may have lost */

/* The id of the token that follows one. */
static pg_uuid_t
successor_of(const pg_uuid_t *jti)
{
	uint8 digest[SHA256_LENGTH];

	sha256(jti->data, UUID_LEN, digest);
	return uuid_of_bytes(digest);
}

/* Is it the current token, or a later one that follows from it? */
static bool
is_newest(const StoredRotation *rotation, const pg_uuid_t *jti, int64 generation)
{
	pg_uuid_t newest = rotation->current;

	if (generation > rotation->generation + LOST_MAX)
		return false;
	for (int64 i = rotation->generation; i < generation; i++)
		newest = successor_of(&newest);
	return uuid_equal(jti, &newest);
}

static bool
is_previous(const StoredRotation *rotation, const pg_uuid_t *jti)
{
	return rotation->has_previous && uuid_equal(jti, &rotation->previous);
}

bool
rotation_is_recent(const StoredRotation *rotation, const pg_uuid_t *jti, int64 generation)
{
	return is_newest(rotation, jti, generation) || is_previous(rotation, jti);
}

RotationVerdict
rotation_decide(const StoredRotation *rotation, const pg_uuid_t *jti, int64 generation,
				TimestampTz now, int grace)
{
	if (is_newest(rotation, jti, generation))
		return ROTATION_NEXT;
	if (rotation->generation == 0)
		return ROTATION_FOREIGN;
	if (!is_previous(rotation, jti))
		return ROTATION_REUSE;
	if (rotation->previous_void)
		return ROTATION_FOREIGN;
	if (now <= jerry_after(rotation->rotated_at, grace))
		return ROTATION_SAME;
	return rotation->confirmed || rotation->previous_suspect ? ROTATION_REUSE : ROTATION_LATE;
}

void
rotation_advance(StoredRotation *rotation, const pg_uuid_t *jti, int64 generation, TimestampTz now)
{
	rotation->generation = Max(rotation->generation, generation) + 1;
	rotation->has_previous = true;
	rotation->previous = *jti;
	rotation->current = successor_of(jti);
	rotation->rotated_at = now;
	rotation->confirmed = false;
	rotation->previous_suspect = rotation->suspect;
	rotation->suspect = false;
	rotation->previous_void = false;
}
