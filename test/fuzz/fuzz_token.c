/*
 * fuzz_token.c: libFuzzer target: from the bytes of a token to the verdict
 * (token.c, claims.c, jws.c, verified.c, two algorithms and bytes.c).
 *
 * A fuzzer does not guess signatures: left alone it would never get behind the
 * first comparison.  So its first byte says what the rest is, and this file,
 * which has the keys, signs:
 *
 *		P	a payload, for a server without issuer and audience
 *		A	a payload, for a server that wants both
 *		S	the text between the dots, which need not be base64url
 *
 * Anything else is a token as it is.  Beyond crashes this looks for a token
 * with two spellings, for one that survives a changed byte, and for a claim
 * that another JSON parser reads differently.
 */
#include "postgres.h"

#include <sys/mman.h>
#include <unistd.h>

#include "backend_shim.h"
#include "base/bytes.h"
#include "base/settings.h"
#include "claims_oracle.h"
#include "fuzz.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "jose/keys.h"
#include "jose/token.h"

#define INPUT_MAX 16384
#define LEEWAY	  30 /* for the clock of another issuer */
#define FLIPS	  4	 /* changed bytes per input; other inputs change others */

/* {"alg":"HS256","typ":"JWT","kid":"fuzz"} and {"alg":"HS256","typ":"JWT"} */
#define HEADER_OF_FIRST_KEY "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImZ1enoifQ"
#define HEADER_OF_BOTH		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

#define PART(bytes) ((const uint8 *) (bytes))

/* HS256, and EdDSA, whose tokens a session remembers. */
static const KeyParts parts[] = {
	{ &algorithm_hs256, PART("the first secret of 32 bytes ..."), 32 },
	{ &algorithm_eddsa, PART("the other secret of 32 bytes ..."), 32,
	  PART("\x90\xb1\xd0\xc6\x57\x4e\x36\xf3\xc0\x6f\xe6\xda\x66\x8e\xce\x8b"
		   "\x68\x81\xbe\x93\x86\x02\xf3\x27\x24\xb2\x65\x02\x70\xd5\xe9\xe7"),
	  32 },
};

static SigningKey keys[] = {
	{
		.headers = { { HEADER_OF_FIRST_KEY, sizeof(HEADER_OF_FIRST_KEY) - 1 },
					 { HEADER_OF_BOTH, sizeof(HEADER_OF_BOTH) - 1 } },
		.nheaders = 2,
	},
	{
		.headers = { { HEADER_OF_BOTH, sizeof(HEADER_OF_BOTH) - 1 } },
		.nheaders = 1,
	},
};

/* keys.c reads them from a table. */
const SigningKey *
key_for_token(const char *token, int length, const SigningKey *after, TimestampTz now,
			  int *header_length)
{
	for (const SigningKey *key = after == NULL ? keys : after + 1; key < keys + lengthof(keys);
		 key++)
		for (int i = 0; i < key->nheaders; i++)
		{
			const KeyHeader *header = &key->headers[i];

			if (length > header->length && token[header->length] == '.' &&
				memcmp(token, header->text, header->length) == 0)
			{
				*header_length = header->length;
				return key;
			}
		}
	return NULL;
}

/* jws_verify(), with both buffers of the size that it was promised. */
static int
verify(const char *token, int length, const SigningKey *key, int header_length, uint8 **payload)
{
	char *copy = exact_copy(token, length);
	int payload_length;

	*payload = palloc(length);
	payload_length = jws_verify(copy, length, header_length, key->object, *payload);
	free(copy);
	return payload_length;
}

/* What a token's payload was, it says again when it is signed again. */
static void
check_spelling(const char *token, int length, const SigningKey *key, int header_length,
			   const uint8 *payload, int payload_length)
{
	text *again =
		jws_sign(token, header_length, (const char *) payload, payload_length, key->object);

	REQUIRE(VARSIZE(again) - VARHDRSZ == length);
	REQUIRE(memcmp(VARDATA(again), token, length) == 0);
}

static uint32
next_random(uint32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/*
 * A valid token is not valid with another byte anywhere, with one more or with
 * one less.
 */
static void
check_changes(const char *token, int length, const SigningKey *key, int header_length)
{
	char *changed = palloc(length + 1);
	uint32 random = length;
	uint8 *payload;

	for (int i = header_length; i < length; i++)
		random = random * 31 + (uint8) token[i];
	memcpy(changed, token, length);
	for (int i = 0; i < FLIPS; i++)
	{
		int position = next_random(&random) % length;

		changed[position] ^= 1 + next_random(&random) % 255;
		REQUIRE(verify(changed, length, key, header_length, &payload) == -1);
		changed[position] = token[position];
	}
	REQUIRE(verify(token, length - 1, key, header_length, &payload) == -1);
	changed[length] = "A.=\n"[random % 4];
	REQUIRE(verify(changed, length + 1, key, header_length, &payload) == -1);
}

static bool
is_text_of(const char *claim, const pg_uuid_t *uuid)
{
	static const char digits[] = "0123456789abcdef";
	char text[37];
	char *p = text;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->data[i] >> 4];
		*p++ = digits[uuid->data[i] & 15];
	}
	*p = '\0';
	return claim != NULL && pg_strcasecmp(claim, text) == 0;
}

/*
 * The payload is followed by one zero byte, as in token_verify(), and that by
 * memory that cannot be read: the JSON parser is not instrumented.
 */
static bool
read_claims(const uint8 *payload, int length, Claims *claims)
{
	static uint8 *end;
	uint8 *start;

	if (end == NULL)
	{
		size_t page = sysconf(_SC_PAGESIZE);
		size_t size = TYPEALIGN(page, INPUT_MAX) + page;
		uint8 *memory =
			mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		REQUIRE(memory != MAP_FAILED);
		end = memory + size;
		REQUIRE(mprotect(end, page, PROT_NONE) == 0);
	}
	start = end - 1 - length;
	memcpy(start, payload, length);
	end[-1] = '\0';
	return claims_read(start, length, claims);
}

static void
check_claims(const uint8 *payload, int length)
{
	static const char *const audiences[] = { NULL, "jerry", "null" };

	for (int i = 0; i < lengthof(audiences); i++)
	{
		Claims claims = { .expected_audience = audiences[i] };
		bool accepted = read_claims(payload, length, &claims);

		claims_compare((const char *) payload, length, accepted, &claims);
	}
}

/* What is valid has everything that the caller goes by. */
static void
check_valid(const Token *token, const char *type, const uint8 *payload, int payload_length)
{
	Claims claims = { .expected_audience =
						  settings_values.audience[0] != '\0' ? settings_values.audience : NULL };

	REQUIRE(token->payload_length == payload_length &&
			memcmp(token->payload, payload, payload_length) == 0);
	REQUIRE(token->payload[payload_length] == '\0');
	REQUIRE(read_claims(payload, payload_length, &claims));
	REQUIRE(strcmp(claims.type, type) == 0);
	REQUIRE(claims.expiry > SHIM_NOW && timestamptz_to_time_t(token->expires_at) == claims.expiry);
	REQUIRE(!claims.has_not_before || claims.not_before <= SHIM_NOW + LEEWAY);
	REQUIRE(
		settings_values.issuer[0] == '\0' || strcmp(claims.issuer, settings_values.issuer) == 0);
	REQUIRE(settings_values.audience[0] == '\0' || claims.audience_found);
	REQUIRE(
		claims.user_id == NULL || (token->has_user && is_text_of(claims.user_id, &token->user_id)));
	REQUIRE(!token->has_user || is_text_of(claims.subject, &token->user_id) ||
			(claims.subject == NULL && claims.user_id != NULL));
	REQUIRE(token->has_session ? is_text_of(claims.sid, &token->session_id) : claims.sid == NULL);
}

static TokenVerdict
judge(const char *bytes, int length, const char *type, Token *token)
{
	text *argument = palloc(VARHDRSZ + length);

	SET_VARSIZE(argument, VARHDRSZ + length);
	memcpy(VARDATA(argument), bytes, length);
	return token_verify(argument, type, token);
}

static void
check_verdict(const char *bytes, int length)
{
	static const char *const types[] = { TOKEN_ACCESS, TOKEN_REFRESH };
	const SigningKey *key = NULL;
	int header_length;
	int payload_length = -1;
	uint8 *payload;
	int not_invalid = 0;

	while (
		payload_length < 0 && (key = key_for_token(bytes, length, key, 0, &header_length)) != NULL)
		payload_length = verify(bytes, length, key, header_length, &payload);
	if (payload_length >= 0)
	{
		check_spelling(bytes, length, key, header_length, payload, payload_length);
		check_changes(bytes, length, key, header_length);
		check_claims(payload, payload_length);
	}

	for (int i = 0; i < lengthof(types); i++)
	{
		Token token;
		TokenVerdict verdict = judge(bytes, length, types[i], &token);

		REQUIRE((verdict == TOKEN_UNSIGNED) == (payload_length < 0 || length > JERRY_TOKEN_MAX));
		not_invalid += verdict == TOKEN_VALID || verdict == TOKEN_EXPIRED;
		if (verdict == TOKEN_VALID)
			check_valid(&token, types[i], payload, payload_length);
	}
	REQUIRE(not_invalid <= 1);
}

/* A payload that is signed is found again, by the key that signed it only. */
static void
check_payload(const uint8 *data, int size)
{
	const SigningKey *key = &keys[size % 2];
	const KeyHeader *header = &key->headers[key->nheaders - 1];
	text *token = jws_sign(header->text, header->length, (const char *) data, size, key->object);
	int length = VARSIZE(token) - VARHDRSZ;
	uint8 *payload;

	REQUIRE(verify(VARDATA(token), length, key, header->length, &payload) == size);
	REQUIRE(memcmp(payload, data, size) == 0);
	REQUIRE(verify(VARDATA(token), length, &keys[1 - size % 2], header->length, &payload) == -1);
	check_verdict(VARDATA(token), length);
}

static void
check_segment(const uint8 *data, int size)
{
	const SigningKey *key = &keys[0];
	const KeyHeader *header = &key->headers[0];
	char *token = palloc(header->length + 1 + size + 1 + BASE64URL_LENGTH(SHA256_LENGTH));
	char *p = token;
	uint8 signature[SHA256_LENGTH];

	memcpy(p, header->text, header->length);
	p += header->length;
	*p++ = '.';
	memcpy(p, data, size);
	p += size;
	algorithm_sign(key->object, token, p - token, signature);
	*p++ = '.';
	p += base64url_encode(signature, SHA256_LENGTH, p);
	check_verdict(token, p - token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char mode = size > 0 ? data[0] : '\0';

	if (size > INPUT_MAX)
		return -1;
	for (int i = 0; i < lengthof(keys); i++)
	{
		keys[i].object = algorithm_load(&parts[i]);
		REQUIRE(keys[i].object != NULL);
	}
	settings_values.issuer = mode == 'A' ? "https://example.com" : "";
	settings_values.audience = mode == 'A' ? "jerry" : "";
	if (mode == 'P' || mode == 'A')
		check_payload(data + 1, size - 1);
	else if (mode == 'S')
		check_segment(data + 1, size - 1);
	else
		check_verdict((const char *) data, size);
	shim_end_statement();
	return 0;
}
