/*
 * sealing.c: secrets that are sealed at rest: seal_secrets; and for doctor
 * key_files, sealed_secret.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "base/key_file.h"
#include "domain/audit.h"
#include "domain/secret.h"
#include "funcapi.h"
#include "jose/keys.h"
#include "store/setting.h"
#include "store/totp.h"
#include "store/webhook.h"
#include "utils/builtins.h"

#define BATCH_MAX 100000

/* An error for the secret of something that cannot be opened, and why. */
static void
require_open(const char *whose, const char *closed)
{
	if (closed != NULL)
		ereport(ERROR, (errcode(ERRCODE_CONFIG_FILE_ERROR),
						errmsg("secret of %s cannot be opened", whose),
						errdetail_internal("%s", closed), errhidestmt(true)));
}

PG_FUNCTION_INFO_V1(jerry_seal_secrets);

/* seal_secrets(batch integer DEFAULT 1000) RETURNS integer */
Datum
jerry_seal_secrets(PG_FUNCTION_ARGS)
{
	int batch = count_argument(fcinfo, 0, "batch", BATCH_MAX);
	char *closed;
	char *closed_app = NULL;
	int n;

	PreventCommandDuringRecovery("jerry.seal_secrets()");
	/* Of what it does not know yet it would say that there is nothing to do. */
	if (store_key_files_changed())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("session has not read yet which key file is set"),
						errhint("SELECT pg_reload_conf(), and call the function again.")));
	n = store_convert_webhook_secrets(batch, &closed);
	if (n == 0)
		n = store_convert_totp(batch, &closed_app);
	/* The keys last: while they are sealed no secret is stored open. */
	if (n == 0)
		n = keys_convert(batch);
	if (n == 0)
	{
		require_open("a webhook", closed);
		require_open("an authenticator app", closed_app);
	}
	if (n > 0)
		audit_record(audit_key_seal(n), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_INT32(n);
}

/* A row of key_files(). */
static void
put_file(const KeyFile *file, ReturnSetInfo *result)
{
	char digits[SEALING_NAME_DIGITS + 1];
	const char *problem = file->problem;
	const char *weakness = NULL;
	Datum values[3];
	bool nulls[3] = { false };

	if (!file->is_set)
		return;
	if (problem == NULL)
	{
		sealing_name(file->key.name, digits);
		weakness = secret_weakness(file->key.bytes, sizeof(file->key.bytes));
	}
	if (weakness != NULL)
		problem = "can be guessed";
	else if (problem == NULL && file->in_data_directory)
		problem = "lies in the data directory, so that a base backup has it";
	values[0] = CStringGetTextDatum(file->setting);
	nulls[1] = file->problem != NULL;
	values[1] = nulls[1] ? (Datum) 0 : CStringGetTextDatum(digits);
	nulls[2] = problem == NULL;
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(jerry_key_files);

/* key_files() RETURNS TABLE (setting text, name text, problem text) */
Datum
jerry_key_files(PG_FUNCTION_ARGS)
{
	KeyFiles *files = key_files_read();

	InitMaterializedSRF(fcinfo, 0);
	put_file(&files->current, (ReturnSetInfo *) fcinfo->resultinfo);
	put_file(&files->old, (ReturnSetInfo *) fcinfo->resultinfo);
	key_files_wipe(files);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_sealed_secret);

/*
 * sealed_secret(table_name text, row_key text, sealed bytea, OUT name text, OUT
 * closed text, OUT weakness text) RETURNS record
 */
Datum
jerry_sealed_secret(PG_FUNCTION_ARGS)
{
	const SealedPlace place = { text_to_cstring(PG_GETARG_TEXT_PP(0)),
								text_to_cstring(PG_GETARG_TEXT_PP(1)), "secret" };
	bytea *sealed = PG_GETARG_BYTEA_PP(2);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(sealed);
	int n = VARSIZE_ANY_EXHDR(sealed);
	KeyFiles *files = key_files_read();
	SealedFor why;
	uint8 *secret = open_secret(files, &place, bytes, n, &why);
	const char *weakness = NULL;
	const uint8 *name;
	char digits[SEALING_NAME_DIGITS + 1];
	TupleDesc descriptor;
	Datum values[3];
	bool nulls[3];

	key_files_wipe(files);
	if (secret != NULL)
	{
		weakness = secret_weakness(secret, n - SEALING_OVERHEAD);
		explicit_bzero(secret, n - SEALING_OVERHEAD);
	}
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	nulls[0] = sealed_with(bytes, n, &name) != SEALED_WITH_OTHER_KEY;
	if (!nulls[0])
		sealing_name(name, digits);
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(digits);
	nulls[1] = secret != NULL;
	values[1] = nulls[1] ? (Datum) 0 : CStringGetTextDatum(why.detail);
	nulls[2] = weakness == NULL;
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(weakness);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
