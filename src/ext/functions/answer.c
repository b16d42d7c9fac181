/*
 * answer.c: reading answers: error_code, unwrap.
 */
#include "base/jerry.h"

#include "base/envelope.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jerry_error_code);

/* error_code(answer json) RETURNS text */
Datum
jerry_error_code(PG_FUNCTION_ARGS)
{
	text *answer = PG_GETARG_TEXT_PP(0);
	text *data;
	text *error;
	ErrorCode code;

	if (answer_is_our_success(answer) || answer_read(answer, &data, &error, &code))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(error_name(code)));
}

PG_FUNCTION_INFO_V1(jerry_unwrap);

/* unwrap(answer json) RETURNS json */
Datum
jerry_unwrap(PG_FUNCTION_ARGS)
{
	text *data;
	text *error;
	text *details;
	char *field;
	char *message;
	bool has_details;
	ErrorCode code;

	if (answer_read(PG_GETARG_TEXT_PP(0), &data, &error, &code))
		PG_RETURN_TEXT_P(data);

	details = json_member_of(error, "details");
	field = details == NULL ? NULL : json_string_of(details, "field");
	/* A hook's own; every other message is its code's. */
	message = code == CODE_HOOK_REFUSED ? json_string_of(error, "message") : NULL;
	has_details = details != NULL && VARSIZE_ANY_EXHDR(details) > strlen("{}");
	ereport(ERROR, (errcode(JERRY_SQLSTATE(code)),
					errmsg("%s", message != NULL ? message : error_message(code)),
					has_details ? errdetail("%s", text_to_cstring(details)) : 0,
					errhint("%s", error_name(code)),
					errhidestmt(true), /* psql and others send jerry.login('...', 'the password') */
					err_generic_string(PG_DIAG_SCHEMA_NAME, "jerry"),
					field == NULL ? 0 : err_generic_string(PG_DIAG_COLUMN_NAME, field)));
}
