CREATE FUNCTION jerry.health(service text DEFAULT 'auth-service', version text DEFAULT jerry.version()) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_health';
COMMENT ON FUNCTION jerry.health(text, text) IS
	'Proof that the database answers: {"status":"healthy","service","version","database":"connected","timestamp"}.';
GRANT EXECUTE ON FUNCTION jerry.health(text, text) TO jerry_api, jerry_admin;
