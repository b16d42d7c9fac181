CREATE FUNCTION jerry.list_roles()
	RETURNS TABLE (role text, description text, permissions text[], users bigint, created_at timestamptz)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.name, r.description,
		ARRAY(SELECT p.permission FROM jerry.role_permission AS p WHERE p.role OPERATOR(pg_catalog.=) r.name
			ORDER BY p.permission),
		(SELECT pg_catalog.count(*) FROM jerry.user_role AS u WHERE u.role OPERATOR(pg_catalog.=) r.name), r.created_at
	FROM jerry.role AS r ORDER BY r.name
$$;
COMMENT ON FUNCTION jerry.list_roles() IS
	'The roles that users can have: what each allows, and how many users have it.';
GRANT EXECUTE ON FUNCTION jerry.list_roles() TO jerry_admin;
