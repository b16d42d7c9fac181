/*
 * fuzz_key.c: libFuzzer target: keys that come from outside (jwk.c, pem.c,
 * der.c, and the files of the algorithms).
 *
 * An input with "-----BEGIN " is a PEM, one that begins with a brace a JWK; of
 * any other the first byte says how many numbers of DER follow.  Beyond crashes
 * this looks for a key that is taken and cannot be used, one that is another
 * when its public part is written and read again, and one whose private half is
 * not that of its public half.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "fuzz.h"
#include "jose/der.h"
#include "jose/jwk.h"
#include "jose/pem.h"

#define NUMBERS_MAX 9

/* json.c writes for a backend; nothing here needs an escape. */
void
json_text(JsonWriter *w, const char *name, const char *value)
{
	appendStringInfo(&w->buf, "%s\"%s\":\"%s\"", w->empty ? "" : ",", name, value);
	w->empty = false;
}

static bool
same_parts(const KeyParts *a, const KeyParts *b)
{
	return a->algorithm == b->algorithm && a->public_length == b->public_length &&
		   memcmp(a->public_key, b->public_key, a->public_length) == 0;
}

/* What is written is public, and the same key. */
static void
check_jwk(const KeyParts *parts)
{
	char *thumbprint = jwk_thumbprint(parts);
	JsonWriter w = { .empty = true };
	NewKey again;
	const char *kid;

	REQUIRE(strlen(thumbprint) == JWK_THUMBPRINT_LENGTH);
	initStringInfo(&w.buf);
	appendStringInfoChar(&w.buf, '{');
	jwk_write(&w, parts, thumbprint);
	appendStringInfoChar(&w.buf, '}');
	REQUIRE(strstr(w.buf.data, "\"d\"") == NULL);
	REQUIRE(jwk_read(w.buf.data, &again, &kid) == NULL);
	REQUIRE(again.parts.secret == NULL && same_parts(parts, &again.parts));
	REQUIRE(strcmp(kid, thumbprint) == 0);
	REQUIRE(algorithm_fault(&again.parts) == NULL);
}

/* A key that is taken verifies what it signs and nothing else. */
static void
check_key(const KeyParts *parts)
{
	static const char data[] = "header.payload";
	KeyParts public_parts = *parts;
	KeyObject *key = algorithm_load(parts);
	KeyObject *public_key;
	uint8 signature[SIGNATURE_LENGTH_MAX];

	public_parts.secret = NULL;
	public_key = algorithm_load(&public_parts);
	REQUIRE(key != NULL && public_key != NULL);
	REQUIRE(key->signature_length <= SIGNATURE_LENGTH_MAX);
	memset(signature, 0, sizeof(signature));
	REQUIRE(!algorithm_verify(public_key, data, strlen(data), signature));
	if (parts->secret == NULL)
		return;
	algorithm_sign(key, data, strlen(data), signature);
	REQUIRE(algorithm_verify(key, data, strlen(data), signature));
	REQUIRE(algorithm_verify(public_key, data, strlen(data), signature));
	REQUIRE(!algorithm_verify(public_key, data, strlen(data) - 1, signature));
	signature[key->signature_length / 2] ^= 1;
	REQUIRE(!algorithm_verify(public_key, data, strlen(data), signature));
}

static void
check_text(char *text)
{
	NewKey key;
	const char *kid = NULL;
	bool pem = strstr(text, "-----BEGIN ") != NULL;
	const char *fault = pem ? pem_read(text, &key) : jwk_read(text, &key, &kid);

	if (fault == NULL)
		fault = algorithm_fault(&key.parts);
	if (fault != NULL)
		return;
	check_key(&key.parts);
	check_jwk(&key.parts);
}

/* Numbers have one spelling. */
static void
check_der(const uint8 *der, int length, int n)
{
	Number numbers[NUMBERS_MAX];
	uint8 *again;
	int bytes = 0;

	if (!der_read(der, length, numbers, n))
		return;
	for (int i = 0; i < n; i++)
		bytes += numbers[i].length;
	again = palloc(DER_LENGTH_MAX(n, bytes));
	REQUIRE(der_write(numbers, n, again) == length);
	REQUIRE(memcmp(der, again, length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = palloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (size > 0 && text[0] != '{' && strstr(text, "-----BEGIN ") == NULL)
	{
		char *der = exact_copy(data + 1, size - 1);

		check_der((const uint8 *) der, size - 1, 1 + data[0] % NUMBERS_MAX);
		free(der);
	}
	else
		check_text(text);
	shim_end_statement();
	return 0;
}
