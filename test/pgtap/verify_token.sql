-- jerry.verify_token: the claims of an access token that jerry.validate_token calls valid
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT pg_temp.log_in() AS data \gset
SELECT pg_temp.share_key() AS shared_kid \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset

SELECT pg_temp.declared('verify_token(text)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 's',
	strict => false,
	call => 'SELECT jerry.verify_token(''x'')', reason => 'it reads in the snapshot of its query');

SELECT is(pg_temp.without_time(jerry.verify_token(:'access')),
	format('{"success":true,"data":%s,"timestamp":"T"}', pg_temp.claims(:'access')),
	'the data are the claims, byte by byte');
SELECT is(jerry.verify_token(jerry.create_access_token(format('{"sub":"%s","roles":["admin",{"a":1}]}',
	id)::json))->'data'->>'roles', '["admin", {"a": 1}]',
	'with those that are not Jerry''s')
FROM account;

SELECT is(pg_temp.complaint(jerry.verify_token(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a missing token is told'),
	('', 'INVALID_TOKEN', 'an empty token is invalid'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	(:'refresh', 'INVALID_TOKEN', 'a refresh token is no access token'),
	(:'access' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', (SELECT id FROM account))::json, '-1 second'), 'EXPIRED_TOKEN',
		'a token of yesterday has expired'),
	(jerry.create_access_token('{"sub":"somebody"}'), 'INVALID_TOKEN', 'a token of nobody is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', gen_random_uuid())::json), 'INVALID_TOKEN',
		'a token of a user who is not there is invalid'),
	(jerry.create_access_token('{}'), 'INVALID_TOKEN', 'a token without a user is invalid')
) AS t (token, expected, name);

SAVEPOINT live;
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.verdict(jerry.verify_token(:'access')), 'INVALID_TOKEN', 'a revoked session is invalid at once');
SELECT is(pg_temp.verdict(jerry.decode_token(:'access')), 'OK', 'although the token itself can be decoded');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.verify_token(:'access')), 'OK', 'what was rolled back is forgotten');
DELETE FROM jerry."user";
SELECT is(pg_temp.verdict(jerry.verify_token(:'access')), 'INVALID_TOKEN', 'the token of a deleted user is invalid');

SELECT * FROM finish();
ROLLBACK;
