CREATE FUNCTION jerry.remove_hook(event text, hook text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_remove_hook';
COMMENT ON FUNCTION jerry.remove_hook(text, text) IS
	'Lets a function no longer run at an event; hook is as jerry.list_hooks() shows it, so that one that was dropped '
	'can be removed, too. Returns whether there was one.';
GRANT EXECUTE ON FUNCTION jerry.remove_hook(text, text) TO jerry_admin;
