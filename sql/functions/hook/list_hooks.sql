CREATE FUNCTION jerry.list_hooks()
	RETURNS TABLE (event text, hook text, "position" integer, owner text, created_at timestamptz)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.event, h.function, h.position, h.owner, h.created_at
	FROM jerry.hook AS h ORDER BY h.event, h.position, h.function
$$;
COMMENT ON FUNCTION jerry.list_hooks() IS
	'The functions that run inside of Jerry''s own, in the order in which those of an event run.';
GRANT EXECUTE ON FUNCTION jerry.list_hooks() TO jerry_admin;
