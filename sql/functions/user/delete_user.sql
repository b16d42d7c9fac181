CREATE FUNCTION jerry.delete_user(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_delete_user';
COMMENT ON FUNCTION jerry.delete_user(uuid, jerry.client) IS
	'Deletes a user at once, for good, with sessions and one-time tokens, and the rows that refer to the user as their '
	'foreign keys say (one that forbids it is an error, 23503); triggers on their tables run as the role that owns '
	'these, or, before PostgreSQL 18 and if there are several, as jerry_api, restricted as in ANALYZE. Constraints '
	'that are deferred are checked at once, and until the end of the transaction. Emits user.deleted; the address '
	'stays in events as long as these are kept. jerry.user_of() finds the id by the address. Data: user_id, email. '
	'Codes: VALIDATION_ERROR, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.delete_user(uuid, jerry.client) TO jerry_admin;
