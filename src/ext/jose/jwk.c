/*
 * jwk.c: see jwk.h.
 */
#include "jose/jwk.h"

#include "base/json_object.h"
#include "jose/der.h"

#define PUBLIC_MAX	2	/* numbers of a public key */
#define NUMBERS_MAX 8	/* with those of the private one */
#define NUMBER_MAX	512 /* bytes: a modulus of 4096 bits */
#define KID_MAX		64

/* What a key of each type consists of: numbers in base64url. */
typedef struct JwkType
{
	const Algorithm *algorithm;
	const char *kty;
	const char *crv;
	const char *thumbprint; /* what is hashed: the required members by name */
	int number_length;		/* 0: as long as the number is */
	int npublic;
	const char *numbers[NUMBERS_MAX + 1]; /* the public ones, the private ones, NULL */
} JwkType;

static const JwkType types[] = {
	{ &algorithm_es256,
	  "EC",
	  "P-256",
	  "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%1$s\",\"y\":\"%2$s\"}",
	  32,
	  2,
	  { "x", "y", "d" } },
	{ &algorithm_eddsa,
	  "OKP",
	  "Ed25519",
	  "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%1$s\"}",
	  32,
	  1,
	  { "x", "d" } },
	{ &algorithm_rs256,
	  "RSA",
	  NULL,
	  "{\"e\":\"%2$s\",\"kty\":\"RSA\",\"n\":\"%1$s\"}",
	  0,
	  2,
	  { "n", "e", "d", "p", "q", "dp", "dq", "qi" } },
};

/* Members that are read. */
static const char *const member_names[] = {
	"kty",
	"crv",
	"alg",
	"use",
	"kid",
	"x",
	"y",
	"n",
	"e",
	"d",
	"p",
	"q",
	"dp",
	"dq",
	"qi",
};

typedef struct Jwk
{
	char *texts[lengthof(member_names)]; /* NULL: it is missing */
	bool limited;						 /* key_ops is there */
	bool for_signatures;				 /* and allows them */
} Jwk;

/* JsonMemberReader that fills a Jwk. */
static bool
read_member(void *arg, const char *name, char *text, JsonTokenType type, bool element)
{
	Jwk *jwk = arg;

	if (strcmp(name, "key_ops") == 0)
	{
		jwk->limited = true;
		jwk->for_signatures |= type == JSON_TOKEN_STRING &&
							   (strcmp(text, "sign") == 0 || strcmp(text, "verify") == 0);
	}
	for (int i = 0; i < lengthof(member_names) && !element; i++)
		if (strcmp(name, member_names[i]) == 0)
		{
			jwk->texts[i] = text;
			return type == JSON_TOKEN_STRING;
		}
	return true;
}

/* NULL: there is no such member. */
static char *
member(const Jwk *jwk, const char *name)
{
	for (int i = 0; i < lengthof(member_names); i++)
		if (strcmp(name, member_names[i]) == 0)
			return jwk->texts[i];
	Assert(false);
	return NULL;
}

static bool
member_is(const Jwk *jwk, const char *name, const char *value)
{
	const char *text = member(jwk, name);

	return text != NULL && strcmp(text, value) == 0;
}

static const JwkType *
find_type(const Jwk *jwk)
{
	for (int i = 0; i < lengthof(types); i++)
		if (member_is(jwk, "kty", types[i].kty) &&
			(types[i].crv == NULL || member_is(jwk, "crv", types[i].crv)))
			return &types[i];
	return NULL;
}

/* What is wrong with the members that say what the key is for, or NULL. */
static const char *
purpose_fault(const Jwk *jwk, const JwkType *type)
{
	const char *kid = member(jwk, "kid");

	if (member(jwk, "alg") != NULL && !member_is(jwk, "alg", type->algorithm->name))
		return psprintf("Its alg has to be %s.", type->algorithm->name);
	if (member(jwk, "use") != NULL && !member_is(jwk, "use", "sig"))
		return "Its use has to be sig.";
	if (jwk->limited && !jwk->for_signatures)
		return "Its key_ops have to contain sign or verify.";
	if (kid != NULL && (kid[0] == '\0' || strlen(kid) > KID_MAX ||
						strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
									"0123456789_-") != strlen(kid)))
		return "Its kid has to be 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.";
	return NULL;
}

/*
 * Decodes the first n numbers: NULL, or what is wrong with one.
 */
static const char *
decode_numbers(const Jwk *jwk, const JwkType *type, int n, uint8 bytes[NUMBERS_MAX][NUMBER_MAX],
			   Number *numbers)
{
	for (int i = 0; i < n; i++)
	{
		const char *text = member(jwk, type->numbers[i]);
		size_t characters = text == NULL ? 0 : strlen(text);
		int length = characters > BASE64URL_LENGTH(NUMBER_MAX)
						 ? -1
						 : base64url_decode(text, characters, bytes[i]);

		if (length < 1)
			return psprintf("Its %s has to be a number in base64url.", type->numbers[i]);
		if (type->number_length > 0 && length != type->number_length)
			return psprintf("Its %s has to have %d bytes.", type->numbers[i], type->number_length);
		numbers[i] = (Number){ bytes[i], length };
	}
	return NULL;
}

/* Writes numbers of one length, one behind the other. */
static int
join_numbers(const Number *numbers, int n, uint8 *out)
{
	uint8 *p = out;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < numbers[i].length; k++)
			*p++ = numbers[i].bytes[k];
	return p - out;
}

/* Makes a key of its numbers; numbers[-1] is zero. */
static void
fill_new_key(NewKey *key, const JwkType *type, const Number *numbers, bool is_private)
{
	KeyParts *parts = &key->parts;
	bool is_rsa = type->number_length == 0;

	*parts = (KeyParts){ .algorithm = type->algorithm, .public_key = key->public_key };
	if (is_rsa)
		parts->public_length = der_write(numbers, type->npublic, key->public_key);
	else
		parts->public_length = join_numbers(numbers, type->npublic, key->public_key);
	if (!is_private)
		return;
	parts->secret = key->secret;
	if (is_rsa)
		parts->secret_length = der_write(numbers - 1, 1 + NUMBERS_MAX, key->secret);
	else
		parts->secret_length = join_numbers(numbers + type->npublic, 1, key->secret);
}

const char *
jwk_read(const char *json, NewKey *key, const char **kid)
{
	Jwk jwk = { 0 };
	const JwkType *type;
	const char *fault;
	uint8 bytes[NUMBERS_MAX][NUMBER_MAX];
	Number numbers[1 + NUMBERS_MAX] = { 0 }; /* the first is zero, a version of RSA's DER */
	bool is_private = false;
	int n = 0;

	if (!json_read_object((const uint8 *) json, strlen(json), read_member, &jwk))
		return "It is not one JSON object without duplicate names whose members are strings.";
	type = find_type(&jwk);
	if (type == NULL)
		return "Its kty and crv have to be EC and P-256, OKP and Ed25519, or RSA.";
	fault = purpose_fault(&jwk, type);
	if (fault != NULL)
		return fault;

	for (; type->numbers[n] != NULL; n++)
		is_private |= n >= type->npublic && member(&jwk, type->numbers[n]) != NULL;
	fault = decode_numbers(&jwk, type, is_private ? n : type->npublic, bytes, numbers + 1);
	if (fault == NULL)
		fill_new_key(key, type, numbers + 1, is_private);
	explicit_bzero(bytes, sizeof(bytes));
	for (int i = 0; i < n; i++)
		if (member(&jwk, type->numbers[i]) != NULL)
			explicit_bzero(member(&jwk, type->numbers[i]), strlen(member(&jwk, type->numbers[i])));
	*kid = member(&jwk, "kid");
	return fault;
}

/* The type of a key, and its public numbers in base64url. */
static const JwkType *
public_numbers(const KeyParts *parts, char *texts[PUBLIC_MAX])
{
	const JwkType *type = types;
	Number numbers[PUBLIC_MAX] = { 0 };

	while (type->algorithm != parts->algorithm)
		type++;
	if (type->number_length > 0)
		for (int i = 0; i < type->npublic; i++)
			numbers[i] =
				(Number){ parts->public_key + i * type->number_length, type->number_length };
	else if (!der_read(parts->public_key, parts->public_length, numbers, type->npublic))
		elog(ERROR, "unexpected public key of RSA");
	for (int i = 0; i < type->npublic; i++)
	{
		texts[i] = palloc(BASE64URL_LENGTH(numbers[i].length) + 1);
		texts[i][base64url_encode(numbers[i].bytes, numbers[i].length, texts[i])] = '\0';
	}
	return type;
}

void
jwk_write(JsonWriter *w, const KeyParts *parts, const char *kid)
{
	char *texts[PUBLIC_MAX];
	const JwkType *type = public_numbers(parts, texts);

	json_text(w, "kty", type->kty);
	if (type->crv != NULL)
		json_text(w, "crv", type->crv);
	for (int i = 0; i < type->npublic; i++)
		json_text(w, type->numbers[i], texts[i]);
	json_text(w, "use", "sig");
	json_text(w, "alg", type->algorithm->name);
	json_text(w, "kid", kid);
}

char *
jwk_thumbprint(const KeyParts *parts)
{
	char *texts[PUBLIC_MAX] = { 0 };
	const JwkType *type = public_numbers(parts, texts);
	char *json = type->npublic == 1 ? psprintf(type->thumbprint, texts[0])
									: psprintf(type->thumbprint, texts[0], texts[1]);
	char *thumbprint = palloc(JWK_THUMBPRINT_LENGTH + 1);
	uint8 digest[SHA256_LENGTH];

	sha256(json, strlen(json), digest);
	thumbprint[base64url_encode(digest, SHA256_LENGTH, thumbprint)] = '\0';
	return thumbprint;
}
