/*
 * cbor.c: see cbor.h.
 */
#include "webauthn/cbor.h"

#include "mb/pg_wchar.h"

#define DEPTH_MAX 4

/* Additional information of a first byte (RFC 8949, 3). */
#define ONE_BYTE_FOLLOWS  24
#define TWO_BYTES_FOLLOW  25
#define MAJOR_TYPE(byte)  ((byte) >> 5)
#define INFORMATION(byte) ((byte) &31)

/* Major types. */
enum
{
	MAJOR_UNSIGNED,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE
};

#define SIMPLE_FALSE 20
#define SIMPLE_NULL	 22

/* Reads the major type and the number that goes with it. */
static bool
cbor_read_head(Cbor *in, int *major, int *number)
{
	int more = 0;

	if (in->next == in->end)
		return false;
	*major = MAJOR_TYPE(*in->next);
	*number = INFORMATION(*in->next++);
	if (*number < ONE_BYTE_FOLLOWS)
		return true;
	if (*number > TWO_BYTES_FOLLOW)
		return false;
	more = *number == ONE_BYTE_FOLLOWS ? 1 : 2;
	if (in->end - in->next < more)
		return false;
	*number = 0;
	for (int i = 0; i < more; i++)
		*number = *number << 8 | *in->next++;
	return *number >= (more == 1 ? ONE_BYTE_FOLLOWS : 0x100);
}

/* In CTAP2's order: is the key a, in its encoding, before the key b? */
static bool
key_is_before(const Cbor *a, const Cbor *b)
{
	int length_of_a = a->end - a->next;
	int length_of_b = b->end - b->next;

	if (MAJOR_TYPE(*a->next) != MAJOR_TYPE(*b->next))
		return MAJOR_TYPE(*a->next) < MAJOR_TYPE(*b->next);
	if (length_of_a != length_of_b)
		return length_of_a < length_of_b;
	return memcmp(a->next, b->next, length_of_a) < 0;
}

static bool read_item(Cbor *in, CborItem *item, int depth);

/* Reads the keys and values of a map. */
static bool
read_pairs(Cbor *in, int pairs, int depth)
{
	Cbor before = { NULL, NULL };

	for (int i = 0; i < pairs; i++)
	{
		Cbor key = { in->next, NULL };
		CborItem item;

		if (!read_item(in, &item, depth) ||
			(item.type != CBOR_INTEGER && item.type != CBOR_TEXT))
			return false;
		key.end = in->next;
		if (before.next != NULL && !key_is_before(&before, &key))
			return false;
		before = key;
		if (!read_item(in, &item, depth))
			return false;
	}
	return true;
}

/* Reads the members of an array. */
static bool
read_members(Cbor *in, int members, int depth)
{
	CborItem member;

	for (int i = 0; i < members; i++)
		if (!read_item(in, &member, depth))
			return false;
	return true;
}

/* Reads an item that is in so many others. */
static bool
read_item(Cbor *in, CborItem *item, int depth)
{
	int major;

	if (!cbor_read_head(in, &major, &item->number))
		return false;
	item->bytes = in->next;
	switch (major)
	{
		case MAJOR_UNSIGNED:
			item->type = CBOR_INTEGER;
			break;
		case MAJOR_NEGATIVE:
			item->type = CBOR_INTEGER;
			item->number = -1 - item->number;
			break;
		case MAJOR_BYTES:
		case MAJOR_TEXT:
			item->type = major == MAJOR_BYTES ? CBOR_BYTES : CBOR_TEXT;
			if (in->end - in->next < item->number)
				return false;
			in->next += item->number;
			if (major == MAJOR_TEXT &&
				!pg_verify_mbstr(PG_UTF8, (const char *) item->bytes, item->number, true))
				return false;
			break;
		case MAJOR_ARRAY:
			item->type = CBOR_ARRAY;
			if (depth == DEPTH_MAX || !read_members(in, item->number, depth + 1))
				return false;
			break;
		case MAJOR_MAP:
			item->type = CBOR_MAP;
			if (depth == DEPTH_MAX || !read_pairs(in, item->number, depth + 1))
				return false;
			break;
		case MAJOR_SIMPLE:
			item->type = CBOR_SIMPLE;
			if (item->number < SIMPLE_FALSE || item->number > SIMPLE_NULL)
				return false;
			break;
		default:
			return false;
	}
	item->length = in->next - item->bytes;
	return true;
}

bool
cbor_read(Cbor *in, CborItem *item)
{
	return read_item(in, item, 0);
}

bool
cbor_read_whole(const uint8 *bytes, int length, CborItem *item)
{
	Cbor in = { bytes, bytes + length };

	return cbor_read(&in, item) && in.next == in.end;
}

bool
cbor_is_text(const CborItem *item, const char *text)
{
	return item->type == CBOR_TEXT && item->length == strlen(text) &&
		   memcmp(item->bytes, text, item->length) == 0;
}

/* text NULL: the key is an integer.  The map was read before. */
static bool
find_key(const CborItem *map, const char *text, int number, CborItem *value)
{
	Cbor in = { map->bytes, map->bytes + map->length };
	CborItem key;

	if (map->type != CBOR_MAP)
		return false;
	while (in.next != in.end && cbor_read(&in, &key) && cbor_read(&in, value))
		if (text != NULL ? cbor_is_text(&key, text)
						 : key.type == CBOR_INTEGER && key.number == number)
			return true;
	return false;
}

bool
cbor_find_text(const CborItem *map, const char *key, CborItem *value)
{
	return find_key(map, key, 0, value);
}

bool
cbor_find_integer(const CborItem *map, int key, CborItem *value)
{
	return find_key(map, NULL, key, value);
}
