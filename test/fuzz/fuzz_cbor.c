/*
 * fuzz_cbor.c: libFuzzer target: CBOR as authenticators write it, and the keys
 * in it (cbor.c, cose.c, der.c, and the files of the algorithms).
 *
 * Beyond crashes this looks for an item that has two spellings, for one that is
 * still one with a byte less or more, for a key that is another when it is
 * written again, and for one that takes a signature that nobody made.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "fuzz.h"
#include "lib/stringinfo.h"
#include "webauthn/cbor.h"
#include "webauthn/cose.h"

static void
write_head(StringInfo out, int major, int number)
{
	if (number < 24)
		appendStringInfoChar(out, major << 5 | number);
	else if (number < 0x100)
	{
		appendStringInfoChar(out, major << 5 | 24);
		appendStringInfoChar(out, number);
	}
	else
	{
		appendStringInfoChar(out, major << 5 | 25);
		appendStringInfoChar(out, number >> 8);
		appendStringInfoChar(out, number & 255);
	}
}

/* Writes an item anew, from what was read of it. */
static void
write_item(StringInfo out, const CborItem *item)
{
	Cbor in = { item->bytes, item->bytes + item->length };
	int items = 0;

	switch (item->type)
	{
		case CBOR_INTEGER:
			REQUIRE(item->length == 0);
			write_head(out, item->number < 0, item->number < 0 ? -1 - item->number : item->number);
			break;
		case CBOR_BYTES:
		case CBOR_TEXT:
			REQUIRE(item->length == item->number);
			write_head(out, item->type == CBOR_BYTES ? 2 : 3, item->number);
			appendBinaryStringInfo(out, (const char *) item->bytes, item->length);
			break;
		case CBOR_ARRAY:
			items = item->number;
			write_head(out, 4, items);
			break;
		case CBOR_MAP:
			items = 2 * item->number;
			write_head(out, 5, item->number);
			break;
		case CBOR_SIMPLE:
			REQUIRE(item->length == 0);
			write_head(out, 7, item->number);
			break;
	}
	for (int i = 0; i < items; i++)
	{
		CborItem member;

		REQUIRE(cbor_read(&in, &member));
		write_item(out, &member);
	}
	REQUIRE(items == 0 || in.next == in.end);
}

static void
check_item(const uint8 *bytes, int length)
{
	StringInfoData out;
	CborItem item;
	uint8 *changed;

	if (!cbor_read_whole(bytes, length, &item))
		return;
	initStringInfo(&out);
	write_item(&out, &item);
	REQUIRE(out.len == length && memcmp(out.data, bytes, length) == 0);

	changed = palloc(length + 1);
	memcpy(changed, bytes, length);
	changed[length] = 0;
	REQUIRE(!cbor_read_whole(changed, length + 1, &item));
	REQUIRE(!cbor_read_whole(bytes, length - 1, &item));
}

/* What nobody signed is not signed; bytes of the key are not either. */
static void
check_cose(const uint8 *bytes, int length)
{
	CoseKey key;

	if (!cose_read(bytes, length, &key))
		return;
	REQUIRE(key.parts.public_key == key.public_key);
	REQUIRE(key.parts.public_length > 0 && key.parts.public_length <= KEY_PUBLIC_MAX);
	REQUIRE(key.algorithm == COSE_EDDSA || key.algorithm == COSE_ES256 ||
			key.algorithm == COSE_RS256);
	REQUIRE(!cose_verify(&key, "text", 4, bytes, length));
	REQUIRE(!cose_verify(&key, "text", 4, key.public_key, key.parts.public_length));
	(void) algorithm_fault(&key.parts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8 *copy = (uint8 *) exact_copy(data, size);

	check_item(copy, size);
	check_cose(copy, size);
	free(copy);
	shim_end_statement();
	return 0;
}
