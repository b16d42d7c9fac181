-- As its caller, who must own the function: only what it stores it stores as the owner of the table.
CREATE FUNCTION jerry.add_hook(event text, hook regprocedure, "position" integer DEFAULT 0) RETURNS boolean
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'jerry_add_hook';
COMMENT ON FUNCTION jerry.add_hook(text, regprocedure, integer) IS
	'Lets a function of the application run inside of register, login, refresh, update_profile or request_deletion, '
	'as its owner and in their transaction. It takes one jsonb, what is about to happen, and returns NULL to let it '
	'happen, or an object: claims adds to the access token of a login or refresh, refuse (code, message, status) '
	'refuses. False when it was there already; then it has the new position. Counts from the commit on. Raises 22023 '
	'for another event or a function of another form, 42501 for a function that the caller does not own, 54000 for '
	'the 17th hook of an event.';
GRANT EXECUTE ON FUNCTION jerry.add_hook(text, regprocedure, integer) TO jerry_admin;
