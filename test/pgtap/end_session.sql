-- jerry.end_session: one session of one's own, by its id
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in()->>'access_token' AS access, pg_temp.log_in()->>'access_token' AS second,
	pg_temp.log_in('other@example.com')->>'access_token' AS other \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid, pg_temp.claims(:'second')->>'sid' AS second_sid,
	pg_temp.claims(:'other')->>'sid' AS other_sid \gset
SELECT max(id) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id), '')
		FROM jerry.event WHERE id > since);

SELECT pg_temp.declared('end_session(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.end_session(''x'', ''x'')', reason => 'it writes');

-- ---------- what is not one's own is not there ----------

SELECT jerry.end_session(:'access', 'x') AS answer \gset
SELECT is(pg_temp.complaint(:'answer'), 'SESSION_NOT_FOUND', 'a malformed id is not found');
SELECT is(pg_temp.without_time(jerry.end_session(:'access', id)), pg_temp.without_time(:'answer'),
	name || ' gets the same answer')
FROM (VALUES (:'other_sid', 'another user''s'), (gen_random_uuid()::text, 'an unknown id'), ('', 'an empty one'),
	
	(:'second_sid' || ' ', 'one with a space'), ('00000000-0000-0000-0000-000000000000', 'zero')) AS t (id, name);
SELECT is(pg_temp.verdict(jerry.validate_token(token)), 'OK', 'and ends nothing') FROM unnest(ARRAY[:'access',
	:'second', :'other']) AS token;
SELECT is(pg_temp.told(:before), '', 'or tells anything');

-- ---------- another one ----------

SELECT is(pg_temp.without_time(jerry.end_session(:'access', :'second_sid')),
	'{"success":true,"data":{"message":"Session ended"},"timestamp":"T"}',
	'the answer is the compact envelope');
SELECT is(pg_temp.verdict(jerry.validate_token(token)), expected, 'that session has ended, and no other')
FROM (VALUES (:'access', 'OK'), (:'second', 'INVALID_TOKEN'), (:'other', 'OK')) AS t (token, expected);
SELECT is((SELECT revoked_for FROM jerry.session WHERE id = :'second_sid'), 'others', 'the row says why');
SELECT is(pg_temp.told(:before), 'session.revoked/others', 'and so does the event');
SELECT is(pg_temp.without_time(jerry.end_session(:'access', :'second_sid')), pg_temp.without_time(:'answer'),
	'once it has ended it is not found');
SELECT is(pg_temp.told(:before), 'session.revoked/others', 'and told only once');

-- ---------- one's own ----------

SELECT is(pg_temp.verdict(jerry.end_session(:'access', :'sid', ROW('192.0.2.9', NULL, NULL, NULL))), 'OK',
	'one''s own can be ended');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'INVALID_TOKEN', 'with its tokens');
SELECT is(pg_temp.told(:before), 'session.revoked/others session.revoked/logout user.logged_out',
	'that is a log-out');
SELECT is((SELECT payload->'data'->>'ip_address' FROM jerry.event ORDER BY id DESC LIMIT 1), '192.0.2.9',
	'from that address');
SELECT is(pg_temp.complaint(jerry.end_session(:'access', :'sid')), 'INVALID_TOKEN',
	'after that the token is good for nothing');

-- ---------- refusals ----------

SELECT pg_temp.log_in()->>'access_token' AS access \gset
SELECT is(pg_temp.complaint(jerry.end_session(token, id)), expected, name)
FROM (VALUES
	(NULL, 'x', 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	(:'access', NULL, 'VALIDATION_ERROR/session_id/Field is required', 'so is an id'),
	('x', :'sid', 'INVALID_TOKEN', 'a word is no token'),
	(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute'), :'sid', 'EXPIRED_TOKEN',
		'nor is one that has expired')
) AS t (token, id, expected, name);

SELECT * FROM finish();
ROLLBACK;
