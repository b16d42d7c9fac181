-- jerry.set_app_metadata: what the application keeps of a user, who can only read it
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in()->>'access_token' AS access \gset
SELECT pg_temp.declared('set_app_metadata(uuid,json,jerry.client)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.set_app_metadata(NULL, ''{}'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.set_app_metadata(user_id::uuid, changes::json)), expected, name)
FROM (VALUES
	(NULL, '{}', 'VALIDATION_ERROR/user_id/Field is required', 'a user is needed'),
	(:'user_id', NULL, 'VALIDATION_ERROR/changes/Field is required', 'so are changes'),
	(gen_random_uuid()::text, '{}', 'USER_NOT_FOUND', 'the user must be there'),
	(:'user_id', '[]', 'VALIDATION_ERROR/changes/Changes must be a JSON object', 'changes are an object'),
	(:'user_id', '{"a":1,"a":2}', 'VALIDATION_ERROR/changes/A field appears more than once', 'without repetitions'),
	(:'user_id', '{"a":"' || repeat('x', 8192) || '"}',
		'VALIDATION_ERROR/changes/Field must be at most 8192 bytes long',
		'and not too long')
) AS t (user_id, changes, expected, name);

SELECT max(id) AS before FROM jerry.event \gset
SELECT jerry.set_app_metadata(:'user_id', '{"plan":"pro","limits":{"a":1}}') AS answer \gset
SELECT is(pg_temp.without_time(:'answer'), pg_temp.without_time(jerry.me(:'access')), 'the answer is that of jerry.me');
SELECT is(jerry.me(:'access')->'data'->>'app_metadata', '{"plan": "pro", "limits": {"a": 1}}', 'the user sees it');
SELECT is(jerry.set_app_metadata(:'user_id', '{"plan":null,"limits":{"b":2}}')->'data'->>'app_metadata',
	'{"limits": {"a": 1, "b": 2}}', 'changes are merged');
SELECT is(pg_temp.verdict(jerry.set_app_metadata(:'user_id', '{"plan":null}')), 'OK', 'what changes nothing');
SELECT is((SELECT string_agg(concat_ws(' ', event_type, payload->'data'->>'user_id' = :'user_id',
		payload->'data'->>'fields'), ';')
	FROM jerry.event WHERE id > :before), 'user.profile_updated t app_metadata;user.profile_updated t app_metadata',
	'is not told; changes are');
SELECT is(pg_temp.verdict(jerry.update_profile(:'access', '{"name":"Ada","metadata":{"plan":"pro"}}')), 'OK',
	'what the user says');
SELECT is(jerry.me(:'access')->'data'->>'app_metadata', '{"limits": {"a": 1, "b": 2}}', 'does not change it');

SELECT * FROM finish();
ROLLBACK;
