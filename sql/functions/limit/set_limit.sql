CREATE FUNCTION jerry.set_limit(name text, quantity integer, seconds integer DEFAULT NULL, burst integer DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_set_limit';
COMMENT ON FUNCTION jerry.set_limit(text, integer, integer, integer) IS
	'Sets a limit of this installation (jerry.list_limits lists them): quantity in that many seconds, and burst at '
	'once after a time of rest. 0 turns it off, NULL brings its default back; seconds and burst that are NULL stay as '
	'they are. Counts in every session from the commit on, and is in every dump. Raises 42704 for an unknown name, '
	'22023 for a number out of range: quantity up to 1000000, seconds 1 to 2678400, burst 1 to 1000000.';
GRANT EXECUTE ON FUNCTION jerry.set_limit(text, integer, integer, integer) TO jerry_admin;
