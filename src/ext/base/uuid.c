/*
 * uuid.c: see uuid.h.
 */
#include "base/uuid.h"

#include "base/bytes.h"

#define MS_OF_EPOCH ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000)

/* Does a hyphen come before this byte? */
#define HYPHEN_BEFORE(i) ((i) == 4 || (i) == 6 || (i) == 8 || (i) == 10)

/* These bytes, but for the bits that say what they are: RFC 9562, 4.1, 4.2. */
static pg_uuid_t
mark_version(pg_uuid_t id, int version)
{
	id.data[6] = (id.data[6] & 0x0f) | version << 4;
	id.data[8] = (id.data[8] & 0x3f) | 0x80;
	return id;
}

static pg_uuid_t
random_uuid(int version)
{
	pg_uuid_t id;

	random_bytes(id.data, UUID_LEN);
	return mark_version(id, version);
}

pg_uuid_t
uuid_random(void)
{
	return random_uuid(4);
}

pg_uuid_t
uuid_of_time(TimestampTz now)
{
	pg_uuid_t id = random_uuid(7);
	uint64 ms = now / 1000 + MS_OF_EPOCH;

	for (int i = 0; i < 6; i++)
		id.data[i] = ms >> (40 - 8 * i);
	return id;
}

pg_uuid_t
uuid_of_bytes(const uint8 bytes[UUID_LEN])
{
	pg_uuid_t id;

	memcpy(id.data, bytes, UUID_LEN);
	return mark_version(id, 8);
}

/* -1: it is no hexadecimal digit. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_read(const char *s, pg_uuid_t *uuid)
{
	if (s == NULL || strlen(s) != UUID_TEXT_LENGTH)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int high;
		int low;

		if (HYPHEN_BEFORE(i) && *s++ != '-')
			return false;
		high = hex_value(*s++);
		low = hex_value(*s++);
		if (high < 0 || low < 0)
			return false;
		uuid->data[i] = high << 4 | low;
	}
	return true;
}

void
uuid_write(const pg_uuid_t *uuid, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (HYPHEN_BEFORE(i))
			*out++ = '-';
		*out++ = digits[uuid->data[i] >> 4];
		*out++ = digits[uuid->data[i] & 15];
	}
}
