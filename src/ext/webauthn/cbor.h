/*
 * cbor.h: reading CBOR (RFC 8949) strictly, as far as WebAuthn needs it and in
 * the canonical form of CTAP2: definite lengths, everything in its shortest
 * form, keys of maps that are integers or texts, in order and none twice, maps
 * and arrays at most 4 deep.  Floats, tags and what is longer than 65535 are
 * refused.
 *
 * Nothing is allocated: items point into the input.
 */
#ifndef JERRY_CBOR_H
#define JERRY_CBOR_H

#include "base/jerry.h"

/* What is left to read. */
typedef struct Cbor
{
	const uint8 *next;
	const uint8 *end;
} Cbor;

typedef enum CborType
{
	CBOR_INTEGER,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_SIMPLE /* false, true or null */
} CborType;

typedef struct CborItem
{
	CborType type;
	int number; /* the integer; members of an array; pairs of a map */
	/* Of bytes, a text, and all that is in an array or a map. */
	const uint8 *bytes;
	int length;
} CborItem;

/*
 * Reads an item with all that is in it, and goes behind it; false: it is not as
 * above.
 */
extern bool cbor_read(Cbor *in, CborItem *item);

/* Reads the one item that these bytes are. */
extern bool cbor_read_whole(const uint8 *bytes, int length, CborItem *item);

/* Finds what a map has for a key; false: it has no such key. */
extern bool cbor_find_text(const CborItem *map, const char *key, CborItem *value);
extern bool cbor_find_integer(const CborItem *map, int key, CborItem *value);

/* Is it this text? */
extern bool cbor_is_text(const CborItem *item, const char *text);

#endif /* JERRY_CBOR_H */
