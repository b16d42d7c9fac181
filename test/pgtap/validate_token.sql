-- jerry.validate_token: is this access token good now, by itself and by its session
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid \gset

SELECT pg_temp.declared('validate_token(text,text,integer,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 's', parallel => 's', strict => false,
	call => 'SELECT jerry.validate_token(''x'')', reason => 'it reads in the snapshot of its query');

-- ---------- success ----------

SELECT count(*) AS events FROM jerry.event \gset
SELECT jerry.validate_token(:'access') AS answer \gset
SELECT is(pg_temp.without_time(:'answer'),
	format(
		'{"success":true,"data":{"is_valid":true,"user_id":"%s","email":"user@example.com","expires_at":"%s",'
		'"aal":"aal1","amr":["pwd"],"auth_time":%s},"timestamp":"T"}',
		id, to_char(to_timestamp((pg_temp.claims(:'access')->>'exp')::int) AT TIME ZONE 'UTC',
			'YYYY-MM-DD"T"HH24:MI:SS"Z"'), pg_temp.claims(:'access')->>'auth_time'),
	'the answer is the compact envelope in the documented order')
FROM account;
SELECT ok(abs(extract(epoch FROM ((:'answer'::json)->'data'->>'expires_at')::timestamptz - now()) - 86400) < 60,
	'a new token expires in 24 hours');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'a token can be validated again');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'no event is emitted');

SET LOCAL TimeZone = 'Asia/Kolkata';
SELECT is(jerry.validate_token(:'access')->'data'->>'expires_at', (:'answer'::json)->'data'->>'expires_at',
	'times are UTC, whatever the session''s time zone');
SET LOCAL DateStyle = 'German';
SELECT is(jerry.validate_token(:'access')->'data'->>'expires_at', (:'answer'::json)->'data'->>'expires_at',
	'and whatever its date style');
RESET TimeZone;
RESET DateStyle;

-- ---------- tokens that are not good ----------

SELECT is(pg_temp.complaint(jerry.validate_token(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a missing token is told'),
	('', 'INVALID_TOKEN', 'an empty token is invalid'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	('..', 'INVALID_TOKEN', 'two dots are invalid'),
	('a.b.c', 'INVALID_TOKEN', 'three letters are invalid'),
	(:'refresh', 'INVALID_TOKEN', 'a refresh token is no access token'),
	(:'access' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
	(:'access' || E'\n', 'INVALID_TOKEN', 'a token with a line break behind it is invalid'),
	('Bearer ' || :'access', 'INVALID_TOKEN', 'a token with its scheme is invalid'),
	(left(:'access', -1), 'INVALID_TOKEN', 'a token that was cut is invalid'),
	(split_part(:'access', '.', 1) || '.' || split_part(:'access', '.', 2) || '.', 'INVALID_TOKEN',
		'a token without its signature is invalid'),
	(split_part(:'access', '.', 1) || '.' || split_part(:'refresh', '.', 2) || '.' || split_part(:'access', '.', 3),
		'INVALID_TOKEN',
		'the signature of another token is invalid'),
	(upper(:'access'), 'INVALID_TOKEN', 'the case of a token matters'),
	(jerry.create_access_token(format('{"sub":"%s"}', (SELECT id FROM account))::json, '-1 second'), 'EXPIRED_TOKEN',
		'a token of yesterday has expired'),
	(jerry.create_access_token(format('{"sub":"%s"}', (SELECT id FROM account))::json, '0'), 'EXPIRED_TOKEN',
		'a token for no time has expired'),
	(jerry.create_access_token('{"sub":"somebody"}', '-1 second'), 'EXPIRED_TOKEN',
		'that a token has expired is told before that it is nobody''s'),
	(jerry.create_access_token('{"sub":"somebody"}'), 'INVALID_TOKEN', 'a token of nobody is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', gen_random_uuid())::json), 'INVALID_TOKEN',
		'a token of a user who is not there is invalid'),
	(jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', (SELECT id FROM account), gen_random_uuid())::json),
		'INVALID_TOKEN',
		'a token of a session that is not there is invalid'),
	(jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', pg_temp.new_user('other@example.com'), :'sid')::json),
		'INVALID_TOKEN',
		'a token of somebody else''s session is invalid')
) AS t (token, expected, name);

-- ---------- tokens made outside of a login ----------

SELECT jerry.create_access_token(format('{"sub":"%s"}', id)::json) AS own FROM account \gset
SELECT is(pg_temp.verdict(call), 'INVALID_TOKEN',
	'a token without a session that a key of Jerry''s own signed is invalid for ' || name)
FROM (VALUES ('validate_token', jerry.validate_token(:'own')), ('verify_token', jerry.verify_token(:'own')),
	('me', jerry.me(:'own')),
	('authenticate', jerry.authenticate(:'own'))) AS t (name, call);
SELECT is(pg_temp.verdict(jerry.decode_token(:'own')), 'OK', 'its claims can be read all the same');
SELECT pg_temp.share_key() AS shared_kid \gset
SELECT is(pg_temp.verdict(jerry.validate_token(:'own')), 'INVALID_TOKEN',
	'that another key is imported does not change that');

SELECT jerry.create_access_token(format('{"sub":"%s","email":"told@example.com"}', id)::json, '1 hour') AS minted,
	jerry.create_access_token(format('{"user_id":"%s"}', id)::json) AS nameless FROM account \gset
SELECT is(jerry.validate_token(:'minted')->'data'->>'email', 'told@example.com',
	'a token without a session is valid while its user is there');
SELECT ok(abs(extract(epoch FROM (jerry.validate_token(:'minted')->'data'->>'expires_at')::timestamptz - now(
	)) - 3600) < 60, 'it expires when it was said to');
SELECT is(pg_temp.verdict(jerry.validate_token(jerry.create_access_token(format('{"sub":"%s"}', id)::json, life))),
	expected, name)
FROM account, (VALUES
	('1 day 25 seconds'::interval, 'OK',
		'it may last as long as a token of a login, and a little longer for a clock that is ahead'),
	('1 day 1 minute', 'INVALID_TOKEN', 'but not longer'),
	('7000 years', 'INVALID_TOKEN', 'let alone for ever')
) AS t (life, expected, name);
SET LOCAL jerry.access_token_ttl = '10min';
SELECT is(pg_temp.verdict(jerry.validate_token(:'minted')), 'INVALID_TOKEN',
	'jerry.access_token_ttl bounds what was made before, too');
RESET jerry.access_token_ttl;
SELECT is((jerry.validate_token(:'nameless')->'data'->'email')::text, 'null',
	'a token that names no address is valid, its address null');
SELECT is(jerry.validate_token(:'nameless')->'data'->>'user_id', (SELECT id::text FROM account),
	'user_id names the user as well as sub does');

-- ---------- the session decides ----------

SAVEPOINT live;
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'INVALID_TOKEN', 'a revoked session is invalid at once');
SELECT is(pg_temp.verdict(jerry.validate_token(:'minted')), 'OK', 'a token without a session is not revoked with it');
UPDATE jerry.session SET revoked_at = NULL;
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'a session that is taken back is valid again');
DELETE FROM jerry.session;
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'INVALID_TOKEN', 'a deleted session is invalid at once');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'what was rolled back is forgotten');
DELETE FROM jerry."user" USING account WHERE account.id = "user".id;
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'INVALID_TOKEN', 'the token of a deleted user is invalid');
SELECT is(pg_temp.verdict(jerry.validate_token(:'minted')), 'INVALID_TOKEN', 'also when it has no session');

SELECT * FROM finish();
ROLLBACK;
