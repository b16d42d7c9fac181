-- jerry.refresh: a new access token for a live session
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.claims(:'refresh')->>'sid' AS sid, secret,
format('{"alg":"HS256","typ":"JWT","kid":"%s"}', kid) AS header
FROM jerry.signing_key WHERE status = 'active' \gset

SELECT pg_temp.declared('refresh(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.refresh(''x'')', reason => 'each call makes a new token');

-- ---------- success ----------

SELECT count(*) AS events FROM jerry.event \gset
SELECT jerry.refresh(:'refresh') AS answer \gset
SELECT (:'answer'::json)->'data'->>'access_token' AS fresh \gset
SELECT is(pg_temp.without_time(:'answer'),
	format('{"success":true,"data":{"access_token":"%s","token_type":"bearer","expires_in":86400},"timestamp":"T"}',
	:'fresh'),
	'the answer is the compact envelope in the documented order');
SELECT is(pg_temp.keys(pg_temp.claims(:'fresh')), 'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti',
	'the new token has the claims of an access token');
SELECT is(concat_ws('/', c->>'sub', c->>'user_id', c->>'email', c->>'type', c->>'sid'),
	concat_ws('/', id, id, 'user@example.com', 'access', :'sid'),
	'it is for the same user and session')
FROM account, pg_temp.claims(:'fresh') AS c;
SELECT is((c->>'exp')::int - (c->>'iat')::int, 86400, 'it lives for 24 hours') FROM pg_temp.claims(:'fresh') AS c;
SELECT isnt(:'fresh'::text, :'access'::text, 'it is a new one');
SELECT is(pg_temp.verdict(jerry.validate_token(:'fresh')), 'OK', 'it is valid');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'the earlier one stays valid');
SELECT isnt(jerry.refresh(:'refresh')->'data'->>'access_token', :'fresh',
	'the refresh token is good again, for another access token');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'no event is emitted');
SELECT results_eq($$ SELECT refresh_jti::text FROM jerry.session $$, ARRAY[pg_temp.claims(:'refresh')->>'jti'],
	'the session keeps its refresh token');

SAVEPOINT lifetime;
SET LOCAL jerry.access_token_ttl = '5min';
SELECT jerry.refresh(:'refresh')->'data' AS data \gset
SELECT is((:'data'::json)->>'expires_in', '300', 'expires_in is jerry.access_token_ttl in seconds');
SELECT is((c->>'exp')::int - (c->>'iat')::int, 300, 'and so is the life of the token')
	FROM pg_temp.claims((:'data'::json)->>'access_token') AS c;
ROLLBACK TO SAVEPOINT lifetime;

SAVEPOINT address;
UPDATE jerry."user" SET email = 'renamed@example.com';
SELECT is(pg_temp.claims(jerry.refresh(:'refresh')->'data'->>'access_token')->>'email', 'renamed@example.com',
	'a new token has the address of today');
ROLLBACK TO SAVEPOINT address;

-- ---------- the use is recorded ----------

CREATE FUNCTION pg_temp.used() RETURNS text
	RETURN (SELECT concat_ws(' ', last_used_at BETWEEN now() AND clock_timestamp(), host(last_used_ip))
		FROM jerry.session);
SELECT is(pg_temp.used(), '', 'a refresh a minute after the login, or sooner, records nothing');
SAVEPOINT use;
UPDATE jerry.session SET created_at = created_at - interval '61 seconds';
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh', ROW('192.0.2.7', NULL, NULL, NULL))), 'OK', 'a later one');
SELECT is(pg_temp.used(), 't 192.0.2.7', 'records the time and the address');
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh',
	ROW('192.0.2.8', NULL, NULL, NULL))), 'OK', 'one that follows at once');
SELECT is(pg_temp.used(), 't 192.0.2.7', 'records nothing');
UPDATE jerry.session SET last_used_at = now() - interval '61 seconds';
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'one a minute later, of a client that is not known');
SELECT is(pg_temp.used(), 't', 'records the time');
UPDATE jerry.session SET last_used_at = now() - interval '61 seconds', last_used_ip = '192.0.2.7';
SELECT is(pg_temp.complaint(jerry.refresh(left(:'refresh', -1), ROW('192.0.2.8', NULL, NULL, NULL))), 'INVALID_TOKEN',
	'a refusal');
SELECT is(pg_temp.used(), 'f 192.0.2.7', 'records nothing');
UPDATE jerry.session SET last_used_at = now() - interval '61 seconds';
SELECT is(pg_temp.outcome(format('SELECT jerry.error_code(jerry.refresh(%L)) IS NULL', :'refresh'), 'jerry_api'),
	'true', 'whoever may call it');
SELECT is(pg_temp.used(), 't', 'has it recorded, too');
SELECT is(current_user::text, session_user::text, 'and stays who they are');
ROLLBACK TO SAVEPOINT use;
UPDATE jerry.session SET created_at = created_at - interval '61 seconds';
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'a transaction that only reads gets a token');
SELECT is(pg_temp.used(), '', 'and records nothing');
ROLLBACK TO SAVEPOINT use;

-- ---------- a session that is not used ends ----------

SET LOCAL jerry.session_idle_timeout = '1h';
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'a login is a use');
UPDATE jerry.session SET created_at = now() - interval '59 minutes';
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'so is a refresh in time');
SELECT is(pg_temp.used(), 't', 'which is recorded');
UPDATE jerry.session SET created_at = now() - interval '2 hours', last_used_at = now() - interval '59 minutes';
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'the last one counts');
UPDATE jerry.session SET last_used_at = now() - interval '1 hour';
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'after the timeout the session has ended');
SELECT is(pg_temp.used(), 'f', 'and is not used again');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'its access token is good until it is cleared away');
SET LOCAL jerry.session_idle_timeout = 0;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'without a timeout it goes on');
ROLLBACK TO SAVEPOINT use;

-- ---------- tokens that are not good ----------

SELECT is(pg_temp.complaint(jerry.refresh(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/refresh_token/Field is required', 'a missing token is told'),
	('', 'INVALID_TOKEN', 'an empty token is invalid'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	(:'access', 'INVALID_TOKEN', 'an access token is no refresh token'),
	(:'refresh' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
	(' ' || :'refresh', 'INVALID_TOKEN', 'a token with a space before it is invalid'),
	(left(:'refresh', -1), 'INVALID_TOKEN', 'a token that was cut is invalid'),
	(jerry.create_refresh_token(format('{"sub":"%s"}', (SELECT id FROM account))::json), 'INVALID_TOKEN',
		'a token without a session is invalid'),
	(jerry.create_refresh_token(format('{"sub":"%s","sid":"%s"}', (SELECT id FROM account), :'sid')::json),
		'INVALID_TOKEN',
		'a token that is not the session''s own is invalid'),
	(jerry.create_refresh_token(format('{"sid":"%s"}', :'sid')::json), 'INVALID_TOKEN',
		'a token without a user is invalid')
) AS t (token, expected, name);

-- the claims of the real token with a change, signed with the real key
CREATE FUNCTION pg_temp.changed(token text, changes jsonb, header text, secret bytea) RETURNS text
	RETURN pg_temp.sign(header, convert_to((pg_temp.claims(token)::jsonb || changes)::text, 'UTF8'), secret);
SELECT is(pg_temp.complaint(jerry.refresh(pg_temp.changed(:'refresh', changes::jsonb, :'header', :'secret'))),
	expected,
	name)
FROM (VALUES
	('{}', 'OK', 'the session''s own claims, signed with the key, are good'),
	(format('{"exp":%s}', pg_temp.unix_now() - 1), 'EXPIRED_TOKEN', 'a token of yesterday has expired'),
	(format('{"exp":%s}', pg_temp.unix_now()), 'EXPIRED_TOKEN', 'a token ends with the second that exp names'),
	('{"type":"access"}', 'INVALID_TOKEN', 'the type is looked at'),
	(format('{"jti":"%s"}', gen_random_uuid()), 'INVALID_TOKEN', 'the id of the token is looked at'),
	('{"jti":"00000000-0000-0000-0000-000000000000"}', 'INVALID_TOKEN',
		'a token with the id zero is not the session''s'),
	('{"jti":7}', 'INVALID_TOKEN', 'an id that is a number is not the session''s'),
	(format('{"sub":"%s"}', gen_random_uuid()), 'INVALID_TOKEN', 'sub and user_id must agree'),
	(format('{"sub":"%s","user_id":"%1$s"}', pg_temp.new_user('other@example.com')), 'INVALID_TOKEN',
		'the session must be that of the user'),
	(format('{"sid":"%s"}', gen_random_uuid()), 'INVALID_TOKEN', 'a session that is not there is invalid')
) AS t (changes, expected, name);

-- ---------- sessions that are not good ----------

SAVEPOINT live;
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'the token of a revoked session is invalid');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'what was rolled back is forgotten');
UPDATE jerry.session SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'EXPIRED_TOKEN',
	'the token of a session that has ended has expired');
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'that it was revoked is told first');
ROLLBACK TO SAVEPOINT live;
UPDATE jerry.session SET refresh_jti = gen_random_uuid();
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'INVALID_TOKEN',
	'a token that the session has no more is invalid');
ROLLBACK TO SAVEPOINT live;
DELETE FROM jerry.session;
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'the token of a deleted session is invalid');
ROLLBACK TO SAVEPOINT live;
DELETE FROM jerry."user";
SELECT is(pg_temp.complaint(jerry.refresh(:'refresh')), 'USER_NOT_FOUND', 'a deleted user is told');
SELECT is(jerry.refresh(:'refresh')->'error'->>'message', 'User does not exist', 'with this message');
ROLLBACK TO SAVEPOINT live;
UPDATE jerry.signing_key SET status = 'verifying';
SELECT throws_ok(format('SELECT jerry.refresh(%L)', :'refresh'), '55000', 'there is no active signing key',
	'it signs with the active key or not at all');
SELECT is((SELECT count(*)::int FROM jerry.signing_key), 1, 'and makes none');

SELECT * FROM finish();
ROLLBACK;
