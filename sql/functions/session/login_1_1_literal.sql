-- PostgreSQL takes a literal of unknown type for a text before all else; without this it could not choose between inet
-- and client.
CREATE FUNCTION jerry.login(email text, password text, ip text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_login_literal';
COMMENT ON FUNCTION jerry.login(text, text, text) IS
	'The form of 1.1.0 with a literal for the address, jerry.login(''...'', ''...'', ''192.0.2.7''), which version 2.0 '
	'will remove: see jerry.login(text, text, inet, text). Data: as there. Codes: VALIDATION_ERROR and the others '
	'there.';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, text) TO jerry_api, jerry_admin;
