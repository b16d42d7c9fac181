/*
 * fuzz_sealed.c: libFuzzer target: bytes where a sealed secret should be, and
 * secrets that are sealed, moved and damaged (sealing.c and aes_gcm.c).
 *
 * The first byte of an input says where the change is made; the rest is a
 * secret, and also what somebody wrote over a sealed one.  Before the first
 * input the algorithm is held against published results.
 */
#include "postgres.h"

#include <openssl/err.h>

#include "backend_shim.h"
#include "base/sealing.h"
#include "fuzz.h"

#define SECRET_MAX 4096

extern int LLVMFuzzerInitialize(int *argc, char ***argv);

/*
 * Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew and
 * Viega, submitted to NIST): those of AES-256 with a nonce of 12 bytes.
 */
static const struct
{
	const char *key;
	const char *nonce;
	const char *plain;
	const char *aad;
	const char *cipher;
	const char *tag;
} published[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000",
	  "",
	  "",
	  "",
	  "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000",
	  "00000000000000000000000000000000",
	  "",
	  "cea7403d4d606b6e074ec5d3baf39d18",
	  "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	  "",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
	  "b094dac5d93471bdec1a502270e3cc6c" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static const char key_bytes[] = "a key file has exactly 32 bytes.";
static const char other_key_bytes[] = "another one has 32 bytes as well";
static SealingKey key;
static SealingKey other_key;

static const SealedPlace place = { "signing_key", "0123456789abcdef", "secret" };
static const SealedPlace elsewhere[] = {
	{ "signing_key", "0123456789abcdee", "secret" },
	{ "signing_key", "0123456789abcdef", "secre" },
	{ "signing_kez", "0123456789abcdef", "secret" },
	{ "signing_key0123456789abcdef", "", "secret" },
	{ "signing_key", "", "0123456789abcdefsecret" },
};

/* Bytes from hexadecimal digits; the caller frees them. */
static uint8 *
from_hex(const char *digits)
{
	size_t n = strlen(digits) / 2;
	uint8 *bytes = (uint8 *) exact_copy(digits, n);

	for (size_t i = 0; i < n; i++)
	{
		unsigned value;

		REQUIRE(sscanf(digits + 2 * i, "%2x", &value) == 1);
		bytes[i] = value;
	}
	return bytes;
}

static void
check_published(void)
{
	for (size_t i = 0; i < lengthof(published); i++)
	{
		uint8 *k = from_hex(published[i].key);
		uint8 *nonce = from_hex(published[i].nonce);
		uint8 *plain = from_hex(published[i].plain);
		uint8 *aad = from_hex(published[i].aad);
		uint8 *cipher = from_hex(published[i].cipher);
		uint8 *tag = from_hex(published[i].tag);
		int n = strlen(published[i].plain) / 2;
		int aad_length = strlen(published[i].aad) / 2;
		uint8 *out = (uint8 *) exact_copy(cipher, n);
		uint8 made[GCM_TAG_LENGTH];

		aes_gcm_encrypt(k, nonce, aad, aad_length, plain, n, out, made);
		REQUIRE(memcmp(out, cipher, n) == 0);
		REQUIRE(memcmp(made, tag, GCM_TAG_LENGTH) == 0);
		REQUIRE(aes_gcm_decrypt(k, nonce, aad, aad_length, cipher, n, tag, out));
		REQUIRE(memcmp(out, plain, n) == 0);
		tag[0] ^= 1;
		REQUIRE(!aes_gcm_decrypt(k, nonce, aad, aad_length, cipher, n, tag, out));
		for (int b = 0; b < n; b++)
			REQUIRE(out[b] == 0);
		REQUIRE(ERR_peek_error() == 0);
		free(k);
		free(nonce);
		free(plain);
		free(aad);
		free(cipher);
		free(tag);
		free(out);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char name[SEALING_NAME_DIGITS + 1];

	check_published();
	sealing_key((const uint8 *) key_bytes, &key);
	sealing_key((const uint8 *) other_key_bytes, &other_key);
	sealing_name(key.name, name);
	/* SHA-256 of "jerry key file" and those bytes begins so. */
	REQUIRE(strcmp(name, "1486209e166ca8c8") == 0);
	return 0;
}

/* What was sealed opens here with this key, and nowhere else, and unchanged. */
static void
check_sealed(const uint8 *secret, size_t n, unsigned change)
{
	uint8 *sealed = (uint8 *) exact_copy(secret, n);
	uint8 *opened = (uint8 *) exact_copy(secret, n);
	int length = SEALED_LENGTH(n);
	int at = change % length;
	const uint8 *name;

	sealed = realloc(sealed, length);
	REQUIRE(sealed != NULL);
	seal(&key, &place, secret, n, sealed);
	REQUIRE(sealed_with(sealed, length, &name) == SEALED_WITH_OTHER_KEY);
	REQUIRE(memcmp(name, key.name, SEALING_NAME_LENGTH) == 0);
	memset(opened, 0, n);
	REQUIRE(unseal(&key, &place, sealed, length, opened) == UNSEALED);
	REQUIRE(memcmp(opened, secret, n) == 0);
	REQUIRE(unseal(&other_key, &place, sealed, length, opened) == SEALED_WITH_OTHER_KEY);
	for (size_t i = 0; i < lengthof(elsewhere); i++)
		REQUIRE(unseal(&key, &elsewhere[i], sealed, length, opened) == SEALED_BUT_DAMAGED);
	sealed[at] ^= 1 + (change >> 8) % 255;
	REQUIRE(unseal(&key, &place, sealed, length, opened) != UNSEALED);
	free(sealed);
	free(opened);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned change;
	uint8 *opened;

	if (size < 2 || size > SECRET_MAX)
		return 0;
	change = data[0] | data[1] << 8;
	data += 2;
	size -= 2;
	opened = (uint8 *) exact_copy(data, size);
	REQUIRE(unseal(&key, &place, data, size, opened) != UNSEALED);
	free(opened);
	check_sealed(data, size, change);
	REQUIRE(ERR_peek_error() == 0);
	shim_end_statement();
	return 0;
}
