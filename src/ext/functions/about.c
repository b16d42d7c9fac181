/*
 * about.c: about this installation: version, health.
 */
#include "base/jerry.h"

#include "base/json.h"
#include "base/settings.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jerry_version);

/* version() RETURNS text */
Datum
jerry_version(PG_FUNCTION_ARGS)
{
	(void) settings(); /* SHOW after this has what is configured */
	PG_RETURN_TEXT_P(cstring_to_text(JERRY_VERSION));
}

PG_FUNCTION_INFO_V1(jerry_health);

/*
 * health(service text DEFAULT 'auth-service', version text DEFAULT
 * jerry.version()) RETURNS json
 */
Datum
jerry_health(PG_FUNCTION_ARGS)
{
	JsonWriter w;

	json_start(&w);
	json_text(&w, "status", "healthy");
	json_text(&w, "service", PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	json_text(&w, "version", PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	json_text(&w, "database", "connected");
	json_time(&w, "timestamp", jerry_now());
	json_end(&w);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(w.buf.data, w.buf.len));
}
