/*
 * algorithm.c: see algorithm.h.
 */
#include "jose/algorithm.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static const Algorithm *const algorithms[] = {
	&algorithm_hs256,
	&algorithm_es256,
	&algorithm_eddsa,
	&algorithm_rs256,
};

const Algorithm *
algorithm_by_name(const char *name)
{
	for (int i = 0; i < lengthof(algorithms); i++)
		if (strcmp(algorithms[i]->name, name) == 0)
			return algorithms[i];
	return NULL;
}

/* With the memory context of the key; OpenSSL wipes what it frees. */
static void
free_key(void *arg)
{
	KeyObject *key = arg;

	EVP_MD_CTX_free(key->scratch);
	EVP_MD_CTX_free(key->signing);
	EVP_MD_CTX_free(key->verifying);
	EVP_PKEY_free(key->pkey);
}

/*
 * The server's own TLS code reads the same queue of errors, and would take ours
 * for its own.
 */
static bool
clear_errors_unless(bool done)
{
	if (!done)
		ERR_clear_error();
	return done;
}

void
algorithm_generate(const Algorithm *algorithm, NewKey *key)
{
	if (!clear_errors_unless(algorithm->generate(key)))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not generate a key for %s", algorithm->name)));
}

bool
algorithm_take(NewKey *key, const EVP_PKEY *pkey)
{
	bool taken = false;

	for (int i = 0; i < lengthof(algorithms) && !taken; i++)
		taken = algorithms[i]->take != NULL && algorithms[i]->take(key, pkey);
	return clear_errors_unless(taken);
}

KeyObject *
algorithm_load(const KeyParts *parts)
{
	KeyObject *key = palloc0(sizeof(*key));
	MemoryContextCallback *callback = palloc(sizeof(*callback));

	key->algorithm = parts->algorithm;
	key->context = CurrentMemoryContext;
	callback->func = free_key;
	callback->arg = key;
	MemoryContextRegisterResetCallback(key->context, callback);
	return clear_errors_unless(parts->algorithm->load(key, parts)) ? key : NULL;
}

void
algorithm_sign(KeyObject *key, const void *data, size_t n, uint8 *signature)
{
	if (!clear_errors_unless(key->algorithm->sign(key, data, n, signature)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not sign with %s",
														 key->algorithm->name)));
}

bool
algorithm_verify(KeyObject *key, const void *data, size_t n, const uint8 *signature)
{
	return clear_errors_unless(key->algorithm->verify(key, data, n, signature));
}

const char *
algorithm_fault(const KeyParts *parts)
{
	KeyObject *key = algorithm_load(parts);
	EVP_PKEY_CTX *ctx;
	bool sound;

	if (key == NULL)
		return parts->algorithm->needs;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	sound = ctx != NULL &&
			(parts->secret != NULL ? EVP_PKEY_check(ctx) : EVP_PKEY_public_check(ctx)) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (clear_errors_unless(sound))
		return NULL;
	return parts->secret != NULL ? "The private key is not that of the public key."
								 : "The public key is not sound.";
}
