-- VOLATILE although it reads nothing: it must be neither folded while planning nor left out because nobody uses its
-- result.
CREATE FUNCTION jerry.unwrap(answer json) RETURNS json
	LANGUAGE C VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_unwrap';
COMMENT ON FUNCTION jerry.unwrap(json) IS
	'The data of a positive answer. A negative answer becomes an error of SQLSTATE class JR with the code as hint and '
	'the details as detail, so that what the caller did in the same transaction is rolled back. Raises 22023 when the '
	'value is not an answer.';
GRANT EXECUTE ON FUNCTION jerry.unwrap(json) TO jerry_api, jerry_admin;
