-- jerry.me: the user of an access token
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user('User@Example.com') AS id;
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.share_key() AS shared_kid \gset
SELECT jerry.create_access_token(format('{"sub":"%s"}', id)::json) AS minted FROM account \gset

SELECT pg_temp.declared('me(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 's',
	strict => false,
	call => 'SELECT jerry.me(''x'')', reason => 'it reads in the snapshot of its query');

SELECT is(pg_temp.without_time(jerry.me(:'access')),
	format('{"success":true,"data":{"user_id":"%s","email":"User@Example.com","is_email_verified":false,'
	'"created_at":"%s","name":null,"phone":null,"locale":null,"metadata":{},"app_metadata":{}},"timestamp":"T"}',
	id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
	'the answer is the compact envelope in the documented order')
FROM jerry."user";
SELECT is(pg_temp.verdict(jerry.me(:'minted')), 'OK', 'a token without a session names its user');

SAVEPOINT changed;
UPDATE jerry."user" SET is_email_verified = true, email = 'renamed@example.com',
	created_at = '2001-12-31T23:59:59.999Z';
SELECT is(jerry.me(:'access')->'data'->>'is_email_verified', 'true', 'a verification is seen at once');
SELECT is(jerry.me(:'access')->'data'->>'email', 'renamed@example.com',
	'the address is that of today, not of the token');
SELECT is(jerry.me(:'access')->'data'->>'created_at', '2001-12-31T23:59:59Z', 'fractions of a second are left out');
ROLLBACK TO SAVEPOINT changed;

SELECT is(pg_temp.complaint(jerry.me(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a missing token is told'),
	('', 'INVALID_TOKEN', 'an empty token is invalid'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	(:'refresh', 'INVALID_TOKEN', 'a refresh token is no access token'),
	(:'access' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', (SELECT id FROM account))::json, '-1 second'), 'EXPIRED_TOKEN',
		'a token of yesterday has expired'),
	(jerry.create_access_token('{}'), 'INVALID_TOKEN', 'a token without a user is invalid'),
	(jerry.create_access_token('{"sub":"somebody"}'), 'INVALID_TOKEN', 'a token of nobody is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', gen_random_uuid())::json), 'USER_NOT_FOUND',
		'a user who is not there is told'),
	(jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', (SELECT id FROM account), gen_random_uuid())::json),
		'INVALID_TOKEN',
		'a token of a session that is not there is invalid')
) AS t (token, expected, name);

SAVEPOINT live;
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.verdict(jerry.me(:'access')), 'INVALID_TOKEN', 'a revoked session is invalid at once');
SELECT is(pg_temp.verdict(jerry.me(:'minted')), 'OK', 'a token without a session is not revoked with it');
ROLLBACK TO SAVEPOINT live;
DELETE FROM jerry.session;
SELECT is(pg_temp.verdict(jerry.me(:'access')), 'INVALID_TOKEN', 'a deleted session is invalid at once');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.me(:'access')), 'OK', 'what was rolled back is forgotten');
DELETE FROM jerry."user";
SELECT is(pg_temp.verdict(jerry.me(:'access')), 'USER_NOT_FOUND', 'a deleted user is told');
SELECT is(jerry.me(:'access')->'error'->>'message', 'User does not exist', 'with this message');
SELECT is(pg_temp.verdict(jerry.me(:'minted')), 'USER_NOT_FOUND', 'also for a token without a session');

CREATE TEMPORARY TABLE again AS SELECT pg_temp.new_user('User@Example.com') AS id;
SELECT is(pg_temp.verdict(jerry.me(:'access')), 'USER_NOT_FOUND', 'who registers the address anew is somebody else');
SELECT isnt((SELECT id FROM again), (SELECT id FROM account), 'with an id of its own');

SELECT * FROM finish();
ROLLBACK;
