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
	ErrorCode code;

	if (answer_read(PG_GETARG_TEXT_PP(0), &data, &error, &code))
		PG_RETURN_TEXT_P(data);
	answer_raise(error, code);
}
