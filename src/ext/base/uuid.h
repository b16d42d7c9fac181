/*
 * uuid.h: our UUIDs: making, reading and writing them.
 */
#ifndef JERRY_UUID_H
#define JERRY_UUID_H

#include "base/jerry.h"

#define UUID_TEXT_LENGTH 36

/* A random UUID (RFC 9562, version 4). */
extern pg_uuid_t uuid_random(void);

/*
 * A UUID that begins with the time and is random from there (RFC 9562, version
 * 7): new sessions are neighbours in their index, which costs a login one page
 * of a large table instead of three, and no page image after a checkpoint.
 */
extern pg_uuid_t uuid_of_time(TimestampTz now);

/* The UUID of a digest that begins with these bytes (RFC 9562, version 8). */
extern pg_uuid_t uuid_of_bytes(const uint8 bytes[UUID_LEN]);

/*
 * False unless it is the canonical form: what else the type uuid reads is
 * nothing that a token should hold.  NULL is none.
 */
extern bool uuid_read(const char *s, pg_uuid_t *uuid);

/* Writes UUID_TEXT_LENGTH characters, unterminated. */
extern void uuid_write(const pg_uuid_t *uuid, char *out);

static inline bool
uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, UUID_LEN) == 0;
}

#endif /* JERRY_UUID_H */
