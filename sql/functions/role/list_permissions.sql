CREATE FUNCTION jerry.list_permissions()
	RETURNS TABLE (permission text, description text, roles text[], created_at timestamptz)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.name, p.description,
		ARRAY(SELECT r.role FROM jerry.role_permission AS r WHERE r.permission OPERATOR(pg_catalog.=) p.name
			ORDER BY r.role),
		p.created_at
	FROM jerry.permission AS p ORDER BY p.name
$$;
COMMENT ON FUNCTION jerry.list_permissions() IS 'The permissions that there are, and which roles allow each.';
GRANT EXECUTE ON FUNCTION jerry.list_permissions() TO jerry_admin;
