-- As it was released, defaults included, so that every call of 1.1.0, view and grant stays good.
CREATE FUNCTION jerry.login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_login';
COMMENT ON FUNCTION jerry.login(text, text, inet, text) IS
	'As jerry.login(text, text, jerry.client), for a client about which nothing is known. ip and user_agent are the '
	'form of 1.1.0, which version 2.0 will remove: json_populate_record(NULL::jerry.client, '
	'json_build_object(''ip'', ip, ''user_agent'', user_agent)) says the same. Data: as there. Codes: VALIDATION_ERROR '
	'and the others there.';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, inet, text) TO jerry_api, jerry_admin;
