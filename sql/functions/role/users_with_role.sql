CREATE FUNCTION jerry.users_with_role(role text, after uuid DEFAULT NULL, max integer DEFAULT 100)
	RETURNS TABLE (user_id uuid, email text, granted_at timestamptz)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.user_id, u.email::text, r.granted_at
	FROM jerry.user_role AS r JOIN jerry."user" AS u ON u.id OPERATOR(pg_catalog.=) r.user_id
	WHERE r.role OPERATOR(pg_catalog.=) users_with_role.role
		AND (users_with_role.after IS NULL OR r.user_id OPERATOR(pg_catalog.>) users_with_role.after)
	ORDER BY r.user_id LIMIT LEAST(GREATEST(users_with_role.max, 1), 10000)
$$;
COMMENT ON FUNCTION jerry.users_with_role(text, uuid, integer) IS
	'Who has a role, in the order of their ids, at most max (1 to 10000); for the next of them, after is the last id '
	'of those before.';
GRANT EXECUTE ON FUNCTION jerry.users_with_role(text, uuid, integer) TO jerry_admin;
