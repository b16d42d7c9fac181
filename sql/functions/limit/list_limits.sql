CREATE FUNCTION jerry.list_limits()
	RETURNS TABLE (name text, per text, quantity integer, seconds integer, burst integer, changed_at timestamptz)
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_list_limits';
COMMENT ON FUNCTION jerry.list_limits() IS
	'The limits of this installation: name, whom each is counted for, how many are allowed in how many seconds, and '
	'how many at once after a time of rest; quantity 0: it is off. changed_at: when jerry.set_limit() set it; NULL: it '
	'is at its default.';
GRANT EXECUTE ON FUNCTION jerry.list_limits() TO jerry_admin;
