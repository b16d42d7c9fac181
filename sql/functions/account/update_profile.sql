CREATE FUNCTION jerry.update_profile(access_token text, changes json, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_update_profile';
COMMENT ON FUNCTION jerry.update_profile(text, json, jerry.client) IS
	'Changes the profile of the user of a live access token: name, phone, locale and metadata. What is not among the '
	'changes stays, and null takes away what is there; metadata is merged the same way, member by member (JSON Merge '
	'Patch, RFC 7396), and is at most 8192 bytes long after that, as text. Emits user.profile_updated if anything is '
	'another value now. Data: user_id, email, is_email_verified, created_at, name, phone, locale, metadata, '
	'app_metadata. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, HOOK_REFUSED, RATE_LIMITED (too many '
	'changes; details.retry_after says in how many seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.update_profile(text, json, jerry.client) TO jerry_api, jerry_admin;
