/*
 * backend_unreached.c
 *		What the linker asks for and no fuzz target reaches: tokens.c holds SQL-callable functions too.  One list, no headers: a function of any type
 *		will do, as each is a finding when it is called.
 */
#include <stdio.h>
#include <stdlib.h>

#define UNREACHED(function)                                              \
	extern void function(void);                                          \
	void function(void)                                                  \
	{                                                                    \
		fprintf(stderr, #function " was called outside of a backend\n"); \
		abort();                                                         \
	}

UNREACHED(DirectFunctionCall1Coll)
UNREACHED(DirectFunctionCall2Coll)
UNREACHED(JsonbIteratorInit)
UNREACHED(JsonbIteratorNext)
UNREACHED(JsonbToCString)
UNREACHED(JsonbValueToJsonb)
UNREACHED(SetEpochTimestamp)
UNREACHED(answer_data)
UNREACHED(answer_error)
UNREACHED(answer_required)
UNREACHED(escape_json)
UNREACHED(json_end)
UNREACHED(json_int)
UNREACHED(json_raw)
UNREACHED(json_start)
UNREACHED(json_text)
UNREACHED(json_uuid)
UNREACHED(jsonb_in)
UNREACHED(key_for_signing)
UNREACHED(key_make_first)
UNREACHED(pg_detoast_datum)
UNREACHED(pnstrdup)
UNREACHED(settings_load)
UNREACHED(text_to_cstring)
UNREACHED(timestamptz_pl_interval)
UNREACHED(toast_raw_datum_size)
