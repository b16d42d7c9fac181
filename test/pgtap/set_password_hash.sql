-- jerry.set_password_hash: an operator brings the hash of a password
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS session, pg_temp.log_in('other@example.com') AS other,
	jerry.hash_password('New-Secret-1') AS hash \gset
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT payload->'data'->>'password_reset_token' AS reset FROM jerry.event ORDER BY id DESC LIMIT 1 \gset
SELECT max(id) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id)
		FROM jerry.event WHERE id > since);

SELECT pg_temp.declared('set_password_hash(uuid,text,boolean,jerry.client)', roles => 'jerry_admin',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.set_password_hash(gen_random_uuid(), ''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.set_password_hash(user_id::uuid, hash)), expected, name)
FROM (VALUES
	(NULL, :'hash', 'VALIDATION_ERROR/user_id/Field is required', 'a user is needed'),
	(:'user_id', NULL, 'VALIDATION_ERROR/password_hash/Field is required', 'and a hash'),
	(gen_random_uuid()::text, :'hash', 'USER_NOT_FOUND', 'of a user who exists')
) AS t (user_id, hash, expected, name);
SELECT is(pg_temp.complaint(jerry.set_password_hash(:'user_id', hash)),
	'VALIDATION_ERROR/password_hash/Hash must be of bcrypt: $2a$, $2b$ or $2y$, with a cost of 4 to 15',
	to_json(hash) || ' is none')
FROM (VALUES (''), ('*'), ('New-Secret-1'), ('!' || :'hash'), (:'hash' || 'x'), (left(:'hash', 59)),
	('$2x$12$' || repeat('x', 53)), ('$2b$03$' || repeat('x', 53)), ('$2b$16$' || repeat('x', 53)),
	('$2b$12$' || repeat('=', 53)), ('$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG')
) AS t (hash);
SELECT is(pg_temp.told(:before), NULL, 'none of that tells anything');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'or changes the password');
SELECT max(id) AS before FROM jerry.event \gset

SELECT is(pg_temp.without_time(jerry.set_password_hash(:'user_id', :'hash')),
	format('{"success":true,"data":{"user_id":"%s","ended_sessions":2},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT is(pg_temp.told(:before), 'session.revoked/admin session.revoked/admin user.password_changed',
	'sessions and password are told');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'session'::json)->>'access_token')),
	pg_temp.verdict(jerry.validate_token((:'other'::json)->>'access_token'))), 'INVALID_TOKEN OK',
	'all sessions of the user have ended');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')),
	pg_temp.verdict(jerry.login('user@example.com', 'New-Secret-1'))), 'INVALID_CREDENTIALS OK',
	'the password is the one of the hash');
SELECT is(pg_temp.verdict(jerry.reset_password(:'reset', 'Newer-Secret-1', 'Newer-Secret-1')), 'INVALID_TOKEN',
	'what was requested before is void');

SELECT is(jerry.set_password_hash(:'other_id', crypt('Elsewhere-1', '$2a$04$abcdefghijklmnopqrstuu'),
	end_sessions => false)->'data'->>'ended_sessions', '0', 'sessions stay if they are to');
SELECT is(pg_temp.verdict(jerry.validate_token((:'other'::json)->>'access_token')), 'OK', 'and are good');
SELECT is(pg_temp.verdict(jerry.login('other@example.com', 'Elsewhere-1')), 'OK', 'a hash of another service will do');
SELECT is(pg_temp.verdict(jerry.set_password_hash(:'other_id', '$2' || variant || substr(:'hash', 4))), 'OK',
	'$2' || variant || '$ will do') FROM unnest(ARRAY['b', 'y']) AS variant;
SELECT is(pg_temp.verdict(jerry.login('other@example.com', 'New-Secret-1')), 'OK', 'it lets the user in');

UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.set_password_hash(:'user_id', :'hash')), 'OK', 'of who is banned by the hash, too');
SELECT is((SELECT password_hash::text FROM jerry."user" WHERE id = :'user_id'), '!' || :'hash', 'who stays so');

SELECT * FROM finish();
ROLLBACK;
