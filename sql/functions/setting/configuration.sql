CREATE FUNCTION jerry.configuration()
	RETURNS TABLE (name text, value text, unit text, default_value text, source text, stored text,
		changed_at timestamptz)
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_configuration';
COMMENT ON FUNCTION jerry.configuration() IS
	'The settings of this installation: the value in effect in this session, its unit, the built-in default, where the '
	'value comes from (jerry.setting: set by jerry.configure; default; otherwise a source of pg_settings, which '
	'overrides what is stored), and what is stored, since when.';
GRANT EXECUTE ON FUNCTION jerry.configuration() TO jerry_admin;
