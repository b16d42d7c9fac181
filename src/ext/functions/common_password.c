/*
 * common_password.c: passwords that nobody may choose: load_common_passwords,
 * clear_common_passwords, common_passwords.
 */
#include "base/jerry.h"

#include "catalog/pg_authid_d.h"
#include "domain/audit.h"
#include "domain/common_password.h"
#include "funcapi.h"
#include "store/common_password.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* As pg_read_file() asks it, of who calls. */
static void
require_reader_of_files(void)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read files of the server"),
				 errhint("It needs a superuser or a member of pg_read_server_files, as "
						 "pg_read_file() does.")));
}

/* The form that argument n names. */
static ListForm
form_argument(FunctionCallInfo fcinfo, int n)
{
	ListForm form = LIST_UNKNOWN;

	if (PG_ARGISNULL(n))
		return form;
	form = list_form_by_name(text_to_cstring(PG_GETARG_TEXT_PP(n)));
	if (form == LIST_UNKNOWN)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("form must be words, sha1 or ranges")));
	return form;
}

PG_FUNCTION_INFO_V1(jerry_load_common_passwords);

/*
 * load_common_passwords(file text, form text DEFAULT NULL, min_count integer
 * DEFAULT 1, replace boolean DEFAULT false) RETURNS bigint
 */
Datum
jerry_load_common_passwords(PG_FUNCTION_ARGS)
{
	PasswordList list = { 0 };

	PreventCommandDuringRecovery("jerry.load_common_passwords()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("file, min_count and replace must not be NULL")));
	require_reader_of_files();
	list.path = text_to_cstring(PG_GETARG_TEXT_PP(0));
	list.form = form_argument(fcinfo, 1);
	list.min_count = PG_GETARG_INT32(2);
	PG_RETURN_INT64(common_passwords_load(&list, PG_GETARG_BOOL(3), jerry_now()));
}

PG_FUNCTION_INFO_V1(jerry_clear_common_passwords);

/* clear_common_passwords() RETURNS bigint */
Datum
jerry_clear_common_passwords(PG_FUNCTION_ARGS)
{
	int64 n;

	PreventCommandDuringRecovery("jerry.clear_common_passwords()");
	store_lock_common_passwords();
	n = store_clear_common_passwords();
	audit_record(audit_password_clear(n), AUDIT_OK, NULL, NULL, NULL, jerry_now());
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(jerry_common_passwords);

/*
 * common_passwords() RETURNS TABLE (source text, form text, min_count integer,
 * passwords bigint, skipped bigint, loaded_at timestamptz, loaded_by text,
 * is_loaded boolean)
 */
Datum
jerry_common_passwords(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	store_show_common_passwords((ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
