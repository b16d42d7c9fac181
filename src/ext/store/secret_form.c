/*
 * secret_form.c: see secret_form.h.
 */
#include "store/secret_form.h"

#include "access/htup_details.h"
#include "store/statement.h"

SecretForm
secret_form(const KeyFiles *files, const SealedPlace *place, const uint8 *secret, int n)
{
	SecretForm form = { 0 };

	if (files->current.is_set)
		form.sealed = bytea_datum(seal_secret(files, place, secret, n), SEALED_LENGTH(n));
	else
		form.open = bytea_datum(secret, n);
	return form;
}

void
secret_form_wipe(SecretForm *form)
{
	if (form->open != 0)
		explicit_bzero(DatumGetPointer(form->open), VARSIZE(DatumGetPointer(form->open)));
}

void
secret_form_raise_open(void)
{
	ereport(ERROR, (errcode(ERRCODE_CONFIG_FILE_ERROR),
					errmsg("secret would not be sealed"),
					errdetail("Other secrets are, and jerry.key_file is not set."),
					errhint("Set it; or open the others with jerry.old_key_file and"
							" jerry.seal_secrets()."),
					errhidestmt(true)));
}

void
secret_form_require_sealing(const KeyFiles *files)
{
	/* Of those of factors there may be a million, and no index tells. */
	static Statement statement = {
		"SELECT FROM jerry.signing_key WHERE sealed_secret IS NOT NULL UNION ALL"
		" SELECT FROM jerry.webhook_secret WHERE sealed_secret IS NOT NULL LIMIT 1"
	};

	if (!files->current.is_set && statement_count(&statement, NULL) > 0)
		secret_form_raise_open();
}

void
secret_form_read(HeapTuple row, int open_column, TupleDesc descriptor, const KeyFiles *files,
				 const SealedPlace *place, FormedSecret *secret)
{
	bool is_sealed = heap_attisnull(row, open_column, descriptor);
	bytea *value =
		DatumGetByteaPP(row_attribute(row, is_sealed ? open_column + 1 : open_column, descriptor));
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(value);

	secret->n = VARSIZE_ANY_EXHDR(value);
	if (is_sealed)
	{
		secret->as_set = key_file_has_sealed(&files->current, bytes, secret->n);
		secret->bytes = open_secret(files, place, bytes, secret->n, &secret->why);
		secret->n -= SEALING_OVERHEAD;
	}
	else
	{
		secret->as_set = !files->current.is_set;
		secret->bytes = memcpy(palloc(Max(secret->n, 1)), bytes, secret->n);
	}
}
