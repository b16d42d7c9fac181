CREATE FUNCTION jerry.grant_permission(role text, permission text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_grant_permission';
COMMENT ON FUNCTION jerry.grant_permission(text, text) IS
	'Lets a role allow something. Who has the role gets it with the next refresh, or at once where jerry.live_roles is '
	'on. False when the role allows it already. Raises 42704 for a role or a permission that does not exist, 54000 for '
	'a role''s 257th permission.';
GRANT EXECUTE ON FUNCTION jerry.grant_permission(text, text) TO jerry_admin;
