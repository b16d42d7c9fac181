/*
 * cose.c: see cose.h.
 */
#include "webauthn/cose.h"

#include "jose/der.h"
#include "webauthn/cbor.h"

/* Labels of the members; what the negative ones are depends on the key type. */
#define LABEL_KTY 1
#define LABEL_ALG 3
#define LABEL_CRV -1
#define LABEL_X	  -2
#define LABEL_Y	  -3
#define LABEL_N	  -1
#define LABEL_E	  -2

#define KTY_OKP 1
#define KTY_EC2 2
#define KTY_RSA 3

#define CRV_P256	1
#define CRV_ED25519 6

#define COORDINATE_BYTES 32
#define MODULUS_BYTES	 512
#define EXPONENT_BYTES	 8

const int cose_algorithms[COSE_ALGORITHMS] = { COSE_EDDSA, COSE_ES256, COSE_RS256 };

/* The integer with a label, or 0, which is none of those above. */
static int
integer_member(const CborItem *map, int label)
{
	CborItem value;

	return cbor_find_integer(map, label, &value) && value.type == CBOR_INTEGER ? value.number : 0;
}

/* The bytes with a label, of this length. */
static bool
coordinate_member(const CborItem *map, int label, uint8 *out)
{
	CborItem value;

	if (!cbor_find_integer(map, label, &value) || value.type != CBOR_BYTES ||
		value.length != COORDINATE_BYTES)
		return false;
	memcpy(out, value.bytes, COORDINATE_BYTES);
	return true;
}

/* The bytes with a label, a number without zeros in front. */
static bool
number_member(const CborItem *map, int label, int length_max, Number *number)
{
	CborItem value;

	if (!cbor_find_integer(map, label, &value) || value.type != CBOR_BYTES || value.length < 1 ||
		value.length > length_max || value.bytes[0] == 0)
		return false;
	*number = (Number){ value.bytes, value.length };
	return true;
}

static bool
read_ec2(const CborItem *map, CoseKey *key)
{
	key->parts.algorithm = &algorithm_es256;
	key->parts.public_length = 2 * COORDINATE_BYTES;
	return map->number == 5 && integer_member(map, LABEL_CRV) == CRV_P256 &&
		   coordinate_member(map, LABEL_X, key->public_key) &&
		   coordinate_member(map, LABEL_Y, key->public_key + COORDINATE_BYTES);
}

static bool
read_okp(const CborItem *map, CoseKey *key)
{
	key->parts.algorithm = &algorithm_eddsa;
	key->parts.public_length = COORDINATE_BYTES;
	return map->number == 4 && integer_member(map, LABEL_CRV) == CRV_ED25519 &&
		   coordinate_member(map, LABEL_X, key->public_key);
}

static bool
read_rsa(const CborItem *map, CoseKey *key)
{
	Number numbers[2];

	if (map->number != 4 || !number_member(map, LABEL_N, MODULUS_BYTES, &numbers[0]) ||
		!number_member(map, LABEL_E, EXPONENT_BYTES, &numbers[1]))
		return false;
	key->parts.algorithm = &algorithm_rs256;
	key->parts.public_length = der_write(numbers, lengthof(numbers), key->public_key);
	return true;
}

bool
cose_read(const uint8 *bytes, int length, CoseKey *key)
{
	CborItem map;
	int kty;

	if (!cbor_read_whole(bytes, length, &map) || map.type != CBOR_MAP)
		return false;
	kty = integer_member(&map, LABEL_KTY);
	key->algorithm = integer_member(&map, LABEL_ALG);
	key->parts = (KeyParts){ .public_key = key->public_key };
	switch (key->algorithm)
	{
		case COSE_ES256:
			return kty == KTY_EC2 && read_ec2(&map, key);
		case COSE_EDDSA:
			return kty == KTY_OKP && read_okp(&map, key);
		case COSE_RS256:
			return kty == KTY_RSA && read_rsa(&map, key);
		default:
			return false;
	}
}

/* From DER to the form that tokens have: two numbers of 32 bytes. */
static bool
split_signature(const uint8 *der, int length, uint8 *out)
{
	Number numbers[2];

	if (!der_read(der, length, numbers, lengthof(numbers)))
		return false;
	memset(out, 0, 2 * COORDINATE_BYTES);
	for (int i = 0; i < lengthof(numbers); i++)
	{
		out += COORDINATE_BYTES;
		if (numbers[i].length > COORDINATE_BYTES)
			return false;
		if (numbers[i].length > 0) /* zero has no bytes, and is refused below */
			memcpy(out - numbers[i].length, numbers[i].bytes, numbers[i].length);
	}
	return true;
}

bool
cose_verify(const CoseKey *key, const void *data, size_t n, const uint8 *signature, int length)
{
	KeyObject *object = algorithm_load(&key->parts);
	uint8 numbers[2 * COORDINATE_BYTES];

	if (object == NULL)
		return false;
	if (key->algorithm == COSE_ES256)
		return split_signature(signature, length, numbers) &&
			   algorithm_verify(object, data, n, numbers);
	return length == object->signature_length && algorithm_verify(object, data, n, signature);
}
