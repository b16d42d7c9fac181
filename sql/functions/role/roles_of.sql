CREATE FUNCTION jerry.roles_of(user_id uuid)
	RETURNS TABLE (role text, permissions text[], granted_at timestamptz)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT u.role,
		ARRAY(SELECT p.permission FROM jerry.role_permission AS p WHERE p.role OPERATOR(pg_catalog.=) u.role
			ORDER BY p.permission),
		u.granted_at
	FROM jerry.user_role AS u WHERE u.user_id OPERATOR(pg_catalog.=) roles_of.user_id ORDER BY u.role
$$;
COMMENT ON FUNCTION jerry.roles_of(uuid) IS
	'The roles of a user, and what each allows, as they are now. jerry.user_of() finds the id by the address.';
GRANT EXECUTE ON FUNCTION jerry.roles_of(uuid) TO jerry_admin;
