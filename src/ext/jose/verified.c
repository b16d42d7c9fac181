/*
 * verified.c: see verified.h.
 *
 * A token has its place in one of SETS sets, which its digest says, and there
 * takes that of the token that ends first.
 */
#include "jose/verified.h"

#include "utils/memutils.h"

#define SETS	 512
#define SET_SIZE 8

typedef struct VerifiedToken
{
	uint8 digest[SHA256_LENGTH];
	int64 expiry; /* 0: the place is free */
} VerifiedToken;

struct VerifiedTokens /* 160 kB */
{
	VerifiedToken tokens[SETS][SET_SIZE];
	MemoryContextCallback callback;
};

static VerifiedToken *
find_set(VerifiedTokens *verified, const uint8 *digest)
{
	return verified->tokens[(digest[0] << 8 | digest[1]) % SETS];
}

bool
verified_before(const KeyObject *key, const char *token, int length, int64 now,
				uint8 digest[SHA256_LENGTH])
{
	const VerifiedToken *set;

	if (key->hmac != NULL)
		return false;
	sha256(token, length, digest);
	if (key->verified == NULL)
		return false;
	set = find_set(key->verified, digest);
	for (int i = 0; i < SET_SIZE; i++)
		if (set[i].expiry > now && memcmp(set[i].digest, digest, SHA256_LENGTH) == 0)
			return true;
	return false;
}

/* With the memory context of the key. */
static void
forget(void *arg)
{
	VerifiedTokens *verified = arg;

	explicit_bzero(verified->tokens, sizeof(verified->tokens));
}

void
verified_remember(KeyObject *key, const uint8 digest[SHA256_LENGTH], int64 expiry)
{
	VerifiedToken *set;
	VerifiedToken *place;

	if (key->hmac != NULL)
		return;
	if (key->verified == NULL)
	{
		key->verified = MemoryContextAllocZero(key->context, sizeof(VerifiedTokens));
		key->verified->callback.func = forget;
		key->verified->callback.arg = key->verified;
		MemoryContextRegisterResetCallback(key->context, &key->verified->callback);
	}
	set = place = find_set(key->verified, digest);
	for (int i = 1; i < SET_SIZE; i++)
		if (set[i].expiry < place->expiry)
			place = &set[i];
	memcpy(place->digest, digest, SHA256_LENGTH);
	place->expiry = expiry;
}
