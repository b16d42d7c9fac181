CREATE FUNCTION jerry.rotate_key(at_once boolean DEFAULT false) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_rotate_key';
COMMENT ON FUNCTION jerry.rotate_key(boolean) IS
	'Replaces the keys that sign and returns the kid of the one that signs access tokens next. Its algorithm is '
	'jerry.signing_algorithm. One that others can check with is published first: jerry.maintain() makes it active '
	'after jerry.key_publish_time; one of HS256 signs from the next statement on. The old keys go on verifying until '
	'the last of their tokens has expired. at_once, for a key that was stolen: a next key, or else a new one, signs '
	'from now on, and no token that was signed before is valid any more; only public keys that were imported go on '
	'verifying. Of several calls at the same time one does it for all.';
GRANT EXECUTE ON FUNCTION jerry.rotate_key(boolean) TO jerry_admin;
