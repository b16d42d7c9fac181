-- Not SECURITY DEFINER, as jerry.refresh is not: only what it counts it writes as the owner.
CREATE FUNCTION jerry.refuse_token(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_refuse_token';
COMMENT ON FUNCTION jerry.refuse_token(text, jerry.client) IS
	'What to answer to a token that jerry.validate_token() or jerry.me() has called INVALID_TOKEN: these write '
	'nothing, this counts, for the network of the client, a token that no key of ours has signed. Data: none, as no '
	'answer is positive. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, RATE_LIMITED (too many of these from '
	'this network; details.retry_after says in how many seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.refuse_token(text, jerry.client) TO jerry_api, jerry_admin;
