CREATE FUNCTION jerry.version() RETURNS text
	LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_version';
COMMENT ON FUNCTION jerry.version() IS 'The version of the library that serves this session, for example 1.2.0.';
GRANT EXECUTE ON FUNCTION jerry.version() TO jerry_api, jerry_events, jerry_hooks, jerry_admin;
