/*
 * setting.c: settings: configure, configuration.
 */
#include "base/jerry.h"

#include "base/arguments.h"
#include "catalog/pg_type.h"
#include "domain/audit.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "store/setting.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define SETTINGS_MAX 64

PG_FUNCTION_INFO_V1(jerry_configure);

/* configure(name text, value text) RETURNS void */
Datum
jerry_configure(PG_FUNCTION_ARGS)
{
	int setting;
	char *value = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	TimestampTz now = jerry_now();

	PreventCommandDuringRecovery("jerry.configure()");
	setting = PG_ARGISNULL(0) ? -1 : setting_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (setting < 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("an installation has no such setting"),
			 errhint(
				 "SELECT name FROM jerry.configuration() lists them. Others are set elsewhere:"
				 " jerry.key_file with ALTER SYSTEM, jerry.allow_drop by SET in a session.")));
	if (value == NULL)
		store_delete_setting(setting_name(setting));
	else
	{
		setting_check(setting, value);
		store_set_setting(setting_name(setting), value, now);
	}
	audit_record(audit_setting_configure(setting_name(setting), value), AUDIT_OK, NULL, NULL, NULL,
				 now);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(jerry_configuration);

/*
 * configuration() RETURNS TABLE (name text, value text, unit text,
 * default_value text, source text, stored text, changed_at timestamptz)
 */
Datum
jerry_configuration(PG_FUNCTION_ARGS)
{
	Datum names[SETTINGS_MAX];
	Datum used[SETTINGS_MAX];
	int n = 0;

	(void) settings(); /* only then pg_settings shows what is in the table */
	for (; setting_name(n) != NULL; n++)
	{
		Assert(n < SETTINGS_MAX);
		names[n] = CStringGetTextDatum(setting_name(n));
		used[n] = BoolGetDatum(setting_is_stored(n));
	}
	InitMaterializedSRF(fcinfo, 0);
	store_show_settings(
		PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT)),
		PointerGetDatum(construct_array(used, n, BOOLOID, 1, true, TYPALIGN_CHAR)),
		(ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(jerry_setting_changed);

/* setting_changed() RETURNS trigger */
Datum
jerry_setting_changed(PG_FUNCTION_ARGS)
{
	return trigger_announces_change(fcinfo);
}
