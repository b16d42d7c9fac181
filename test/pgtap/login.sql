-- jerry.login: a password becomes a session and its tokens
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user('User@Example.com') AS id;
CREATE FUNCTION pg_temp.last_event() RETURNS json RETURN (SELECT payload FROM jerry.event ORDER BY id DESC LIMIT 1);

SELECT pg_temp.declared('login(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.login(''x'', ''x'', ROW(NULL, NULL, NULL, NULL)::jerry.client)', reason => 'it writes');
SELECT pg_temp.declared('login(text,text,inet,text)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.login(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('login(text,text,text)', roles => 'jerry_admin, jerry_api', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.login(''x'', ''x'', ''::1'')', reason => 'it writes');

-- ---------- success ----------

SELECT jerry.login('user@example.com', 'Secret-123', '192.168.1.1', 'curl/7.88') AS answer \gset
SELECT (:'answer'::json)->'data' AS data, (:'answer'::json)->'data'->>'access_token' AS access,
(:'answer'::json)->'data'->>'refresh_token' AS refresh \gset
SELECT is(pg_temp.without_time(:'answer'),
	format('{"success":true,"data":{"access_token":"%s","refresh_token":"%s","token_type":"bearer","expires_in":86400,'
	'"user_id":"%s","device_token":"%s"},"timestamp":"T"}', :'access', :'refresh', (SELECT id FROM account),
	(:'answer'::json)->'data'->>'device_token'),
	'the answer is the compact envelope in the documented order');

SELECT is(pg_temp.keys(pg_temp.claims(:'access')), 'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti',
	'the access token has these claims');
SELECT is(pg_temp.keys(pg_temp.claims(:'refresh')), 'sub,user_id,sid,type,iat,exp,jti',
	'the refresh token has no address');
SELECT is(concat_ws('/', c->>'sub', c->>'user_id', c->>'email', c->>'type'),
	concat_ws('/', id, id, 'User@Example.com', 'access'), 'the access token names the user')
FROM account, pg_temp.claims(:'access') AS c;
SELECT is(concat_ws('/', c->>'sub', c->>'user_id', c->>'type'), concat_ws('/', id, id, 'refresh'),
	'the refresh token names the user')
FROM account, pg_temp.claims(:'refresh') AS c;
SELECT is((c->>'exp')::int - (c->>'iat')::int, 86400, 'the access token lives for 24 hours')
	FROM pg_temp.claims(:'access') AS c;
SELECT is((c->>'exp')::int - (c->>'iat')::int, 604800, 'the refresh token lives for 7 days')
	FROM pg_temp.claims(:'refresh') AS c;
SELECT isnt(a->>'jti', r->>'jti', 'the tokens have ids of their own') FROM pg_temp.claims(:'access') AS a,
	pg_temp.claims(:'refresh') AS r;

SELECT results_eq(format($$ SELECT id::text, refresh_jti::text, host(ip), user_agent, expires_at - created_at,
	revoked_at,
		abs(extract(epoch FROM clock_timestamp() - created_at)) < 60
	FROM jerry.session WHERE user_id = %L $$, (SELECT id FROM account)),
	format($$ VALUES (%L, %L, '192.168.1.1', 'curl/7.88', interval '7 days', NULL::timestamptz, true) $$,
		pg_temp.claims(:'access')->>'sid', pg_temp.claims(:'refresh')->>'jti'),
	'the session is the one that the tokens name');
SELECT is(pg_temp.claims(:'refresh')->>'sid', pg_temp.claims(:'access')->>'sid', 'both tokens belong to one session');
SELECT results_eq(
	$$ SELECT substr(id::text, 15, 1), substr(id::text, 20, 1) IN ('8', '9', 'a', 'b'),
		('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
		FROM jerry.session $$,
	$$ SELECT '7', true, floor(extract(epoch FROM created_at) * 1000)::bigint FROM jerry.session $$,
	'its id begins with the time to the millisecond (RFC 9562, version 7)');
SELECT is(pg_temp.last_event()->>'event_type', 'user.logged_in', 'the event is emitted');
SELECT is((pg_temp.last_event()->'data')::text,
	format('{"user_id":"%s","email":"User@Example.com","ip_address":"192.168.1.1"}', (SELECT id FROM account)),
	'the event has user, address and IP address');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'the access token is valid');
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'the refresh token is good');

SELECT jerry.login('USER@EXAMPLE.COM', 'Secret-123') AS answer \gset
SELECT is(pg_temp.verdict(:'answer'), 'OK', 'the case of the address does not matter');
SELECT is(pg_temp.claims((:'answer'::json)->'data'->>'access_token')->>'email', 'User@Example.com',
	'the token has the address as it was registered');
SELECT is((SELECT count(*)::int FROM jerry.session JOIN account ON user_id = account.id), 2,
	'each login opens a session');
SELECT results_eq(format('SELECT ip IS NULL, user_agent IS NULL FROM jerry.session WHERE id = %L',
	pg_temp.claims((:'answer'::json)->'data'->>'access_token')->>'sid'),
	'VALUES (true, true)', 'a login may come from nowhere');
SELECT is(pg_temp.last_event()->'data'->'ip_address' IS NULL, false, 'an event without an IP address has the member');
SELECT is(pg_temp.last_event()->'data'->>'ip_address', NULL, 'and it is null');

-- ---------- lifetimes ----------

SET LOCAL jerry.access_token_ttl = '15min';
SET LOCAL jerry.refresh_token_ttl = '30d';
SELECT jerry.login('user@example.com', 'Secret-123')->'data' AS data \gset
SELECT is((:'data'::json)->>'expires_in', '900', 'expires_in is jerry.access_token_ttl in seconds');
SELECT is((c->>'exp')::int - (c->>'iat')::int, 900, 'jerry.access_token_ttl is the life of the access token')
FROM pg_temp.claims((:'data'::json)->>'access_token') AS c;
SELECT is((c->>'exp')::int - (c->>'iat')::int, 2592000, 'jerry.refresh_token_ttl is the life of the refresh token')
FROM pg_temp.claims((:'data'::json)->>'refresh_token') AS c;
SELECT is((SELECT expires_at - created_at FROM jerry.session
	WHERE id = (pg_temp.claims((:'data'::json)->>'refresh_token')->>'sid')::uuid), interval '30 days',
	'and of the session');

-- ---------- the client's address and name ----------

SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123', given::inet)), 'OK',
	format('a login from %s succeeds', given))
FROM unnest(ARRAY['10.1.2.3/8', '2001:db8::1']) AS given;
SELECT is((SELECT array_agg(payload->'data'->>'ip_address' ORDER BY id)
	FROM (SELECT * FROM jerry.event ORDER BY id DESC LIMIT 2) AS e),
	ARRAY['10.1.2.3', '2001:db8::1'], 'the event has the address without a mask');

CREATE FUNCTION pg_temp.stored_user_agent(given text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	token text := jerry.login('user@example.com', 'Secret-123', NULL, given)->'data'->>'access_token';
BEGIN
	RETURN (SELECT user_agent FROM jerry.session WHERE id = (pg_temp.claims(token)->>'sid')::uuid);
END
$$;
SELECT is(pg_temp.stored_user_agent(given), stored, name)
FROM (VALUES
	('', '', 'an empty user agent is stored as it is'),
	(repeat('a', 512), repeat('a', 512), 'a user agent of 512 bytes is stored as it is'),
	(repeat('a', 513), repeat('a', 512), 'a longer one is cut'),
	(repeat('a', 511) || U&'\00E9', repeat('a', 511), 'no character is cut in two'),
	(repeat('a', 509) || U&'\+01F600', repeat('a', 509), 'an emoji neither'),
	(E'x\n\\"\u00e9', E'x\n\\"\u00e9', 'control characters and quotes are stored as they are')
) AS t (given, stored, name);

-- ---------- refusals ----------

SELECT count(*) AS sessions, (SELECT count(*) FROM jerry.event) AS events FROM jerry.session \gset

SELECT is(pg_temp.complaint(jerry.login(email, password)), expected, name)
FROM (VALUES
	(NULL, NULL, 'VALIDATION_ERROR/email/Field is required', 'a missing address is told first'),
	('x', NULL, 'VALIDATION_ERROR/password/Field is required', 'a missing password comes before a malformed address'),
	('x', 'Secret-123', 'INVALID_EMAIL/email/Email address is not valid', 'a malformed address is told'),
	('', '', 'INVALID_EMAIL/email/Email address is not valid', 'an empty address is malformed'),
	('user@example.com', 'secret-123', 'INVALID_CREDENTIALS', 'the case of the password matters'),
	('user@example.com', '', 'INVALID_CREDENTIALS', 'an empty password is wrong'),
	('user@example.com', 'Secret-12', 'INVALID_CREDENTIALS', 'the beginning of the password is wrong'),
	('user@example.com', 'Secret-123 ', 'INVALID_CREDENTIALS', 'a password with a space behind it is wrong'),
	('user@example.com', 'short', 'INVALID_CREDENTIALS', 'nothing is told about the rules for passwords'),
	('nobody@example.com', 'Secret-123', 'INVALID_CREDENTIALS', 'an unknown address is not told')
) AS t (email, password, expected, name);
SELECT is(pg_temp.without_time(jerry.login('nobody@example.com', 'Secret-123')),
	pg_temp.without_time(jerry.login('user@example.com', 'wrong')),
	'an unknown address and a wrong password have the same bytes');
SELECT is(pg_temp.without_time(jerry.login('nobody@example.com', 'Secret-123')),
	'{"success":false,"error":{"code":"INVALID_CREDENTIALS","message":"Email or password '
		'incorrect","details":{}},"timestamp":"T"}',
	'and these are the bytes');

UPDATE jerry."user" SET password_hash = crypt(repeat('x', 72), gen_salt('bf', 4)) FROM account
	WHERE account.id = "user".id;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', repeat('x', 73))), 'INVALID_CREDENTIALS',
	'what bcrypt would ignore is not ignored');

SELECT is((SELECT count(*)::int FROM jerry.session), :sessions, 'a failed login opens no session');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'a failed login emits no event');

SELECT is(pg_temp.verdict(jerry.login('user@example.com', repeat('x', 72))), 'OK', 'a password of 72 bytes is good');

-- ---------- hashes from elsewhere ----------

CREATE FUNCTION pg_temp.login_with_hash(hash text, password text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE jerry."user" SET password_hash = hash FROM account WHERE account.id = "user".id;
	RETURN pg_temp.verdict(jerry.login('user@example.com', password));
END
$$;
SELECT is(pg_temp.login_with_hash(hash, password), expected, name)
FROM (VALUES
	('$2b$04$XLK9FwQgTgJRqJ0SOYUXzeJpXKWeXLjG7WWIs3ZJwzo7c7MBsOPO2', 'x', 'INVALID_CREDENTIALS',
		'a hash of another password does not match'),
	('*', '*', 'INVALID_CREDENTIALS', 'a user without a password cannot log in'),
	('', '', 'INVALID_CREDENTIALS', 'an empty hash is no hash'),
	('Secret-123', 'Secret-123', 'INVALID_CREDENTIALS', 'a password in the clear is no hash'),
	(crypt('Secret-123', 'ab'), 'Secret-123', 'INVALID_CREDENTIALS', 'DES is not accepted'),
	(crypt('Secret-123', gen_salt('md5')), 'Secret-123', 'INVALID_CREDENTIALS', 'MD5 is not accepted'),
	(crypt('Secret-123', gen_salt('bf', 4)), 'Secret-123', 'OK', 'a $2a$ hash from elsewhere is good'),
	(regexp_replace(crypt('Secret-123', gen_salt('bf', 4)), '^\$2a', '$2b'), 'Secret-123', 'OK',
		'a $2b$ hash from elsewhere is good'),
	(regexp_replace(crypt('Secret-123', gen_salt('bf', 5)), '^\$2a', '$2y'), 'Secret-123', 'OK',
		'a $2y$ hash of another cost is good')
) AS t (hash, password, expected, name);

-- ---------- verified addresses ----------

SET LOCAL jerry.require_verified_email = on;
SELECT is(pg_temp.complaint(jerry.login('user@example.com', 'Secret-123')), 'EMAIL_NOT_VERIFIED',
	'jerry.require_verified_email refuses who has not verified the address');
SELECT is(jerry.login('user@example.com', 'Secret-123')->'error'->>'message', 'Email verification required',
	'with this message');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'wrong')), 'INVALID_CREDENTIALS',
	'but only with the right password');
SELECT is(pg_temp.verdict(jerry.login('nobody@example.com', 'Secret-123')), 'INVALID_CREDENTIALS',
	'and an unknown address stays unknown');
UPDATE jerry."user" SET is_email_verified = true FROM account WHERE account.id = "user".id;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'it lets in who has');

DELETE FROM jerry."user" USING account WHERE account.id = "user".id;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'INVALID_CREDENTIALS',
	'a deleted user is unknown');

-- ---------- as many sessions as allowed ----------

RESET jerry.require_verified_email;
SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') \gset
SELECT pg_temp.log_in('other@example.com') \g /dev/null
SELECT pg_temp.log_in()->>'refresh_token' AS first, pg_temp.log_in()->>'refresh_token' AS second,
	pg_temp.log_in()->>'refresh_token' AS third, pg_temp.log_in()->>'refresh_token' AS fourth \gset
-- which of them live, in their order
CREATE FUNCTION pg_temp.alive(tokens text[]) RETURNS text
	RETURN (SELECT string_agg(n::text, ' ' ORDER BY n) FROM unnest(tokens) WITH ORDINALITY AS t (token, n)
		JOIN jerry.session AS s ON s.id = (pg_temp.claims(token)->>'sid')::uuid WHERE s.revoked_at IS NULL);
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.alive(ARRAY[:'first', :'second', :'third', :'fourth']), '1 2 3 4', 'four logins are four sessions');
SAVEPOINT four;
SET LOCAL jerry.max_sessions = 5;
SELECT pg_temp.log_in()->>'refresh_token' AS fifth \gset
SELECT is(pg_temp.alive(ARRAY[:'first', :'second', :'third', :'fourth', :'fifth']), '1 2 3 4 5',
	'the last session that is allowed ends no other');
SET LOCAL jerry.max_sessions = 4;
UPDATE jerry.session SET last_used_at = now() + interval '1 hour' WHERE id = (pg_temp.claims(:'first')->>'sid')::uuid;
UPDATE jerry.session SET last_used_at = created_at - interval '1 hour'
	WHERE id = (pg_temp.claims(:'third')->>'sid')::uuid;
SELECT pg_temp.log_in()->>'refresh_token' AS sixth \gset
SELECT is(pg_temp.alive(ARRAY[:'first', :'second', :'third', :'fourth', :'fifth', :'sixth']), '1 4 5 6',
	'beyond it those end that were used least recently');
SELECT is((SELECT string_agg(revoked_for, ' ') FROM jerry.session WHERE revoked_at IS NOT NULL), 'limit limit',
	'their rows say why');
SELECT set_eq(format($$ SELECT concat_ws('/', event_type, payload->'data'->>'user_id',
		payload->'data'->>'session_id', payload->'data'->>'reason') FROM jerry.event
		WHERE id > %s AND event_type <> 'user.logged_in' $$, :'before'),
	$$ SELECT concat_ws('/', 'session.revoked', user_id, id, 'limit') FROM jerry.session
		WHERE revoked_at IS NOT NULL $$,
	'and an event does, for each');
UPDATE jerry.session SET expires_at = clock_timestamp() WHERE id = (pg_temp.claims(:'sixth')->>'sid')::uuid;
SELECT pg_temp.log_in() \g /dev/null
SELECT is(pg_temp.alive(ARRAY[:'first', :'fourth', :'fifth']), '1 2 3', 'one that is over does not count');
SET LOCAL jerry.max_sessions = 1;
SELECT pg_temp.log_in()->>'refresh_token' AS eighth \gset
SELECT is((SELECT array_agg(id::text) FROM jerry.session WHERE user_id = :'user_id' AND revoked_at IS NULL
	AND expires_at > clock_timestamp()), ARRAY[pg_temp.claims(:'eighth')->>'sid'],
	'of one that is allowed the new one is left');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'wrong')), 'INVALID_CREDENTIALS', 'who is refused');
SELECT is(pg_temp.verdict(jerry.refresh(:'eighth')), 'OK', 'ends none');
SELECT is((SELECT count(*)::int FROM jerry.session AS s JOIN jerry."user" AS u ON u.id = s.user_id
	WHERE u.email = 'other@example.com' AND revoked_at IS NULL), 1, 'other users have their own');
ROLLBACK TO SAVEPOINT four;
INSERT INTO jerry.session (id, user_id, refresh_jti, created_at, expires_at)
	SELECT gen_random_uuid(), :'user_id', gen_random_uuid(), now(), now() + interval '1 day'
	FROM generate_series(1, 1500);
SET LOCAL jerry.max_sessions = 2;
SELECT pg_temp.log_in() \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.session WHERE user_id = :'user_id' AND revoked_at IS NULL), 505,
	'of very many one login ends a thousand');
SELECT pg_temp.log_in() \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.session WHERE user_id = :'user_id' AND revoked_at IS NULL), 2,
	'the next one ends the rest');
ROLLBACK TO SAVEPOINT four;
DELETE FROM jerry."user";

-- ---------- a hash that is not as a new one would be ----------

-- the password as it is typed at the login, what was hashed elsewhere and how, and what is stored when the login was
-- good
CREATE TEMPORARY TABLE imported (email text, typed text, hashed text, prefix char, cost int, now_prefix char,
	now_cost int, name text);
INSERT INTO imported VALUES
	('i1@example.com', 'Secret-123', 'Secret-123', 'a', 4, 'a', 4, 'a hash like a new one'),
	('i2@example.com', 'Secret-123', 'Secret-123', 'a', 6, 'a', 4, 'a hash of a higher cost'),
	('i3@example.com', 'Secret-123', 'Secret-123', 'y', 5, 'a', 4, 'a hash of PHP'),
	('i4@example.com', 'Secret-123', 'Secret-123', 'b', 4, 'a', 4, 'a hash of Python'),
	('i5@example.com', repeat('x', 71), repeat('x', 71), 'y', 4, 'a', 4, 'a hash of 71 bytes'),
	('i6@example.com', repeat('x', 72), repeat('x', 72), 'y', 4, 'y', 4,
		'a hash of 72 bytes, of which there may have been more'),
	('i7@example.com', repeat('x', 72), repeat('x', 90), 'y', 5, 'y', 4,
		'a hash of the first 72 of 90 bytes, typed by a client that cuts'),
	('i8@example.com', repeat('x', 90), repeat('x', 90), 'b', 5, 'b', 4, 'a hash of the first 72 of 90 bytes'),
	('i9@example.com', U&'Secret-e\03011', U&'Secret-e\03011', 'y', 4, 'a', 4,
		'a hash of what was typed, not normalised'),
	('i10@example.com', U&'Secret-e\03011', U&'Secret-e\03011', 'a', 4, 'a', 4, 'the same of Jerry 1.1'),
	('i11@example.com', U&'Secret-e\03011', U&'Secret-\00E91', 'a', 4, 'a', 4, 'a hash of the normal form'),
	('i12@example.com', 'Aa-1' || repeat(U&'e\0301', 34), 'Aa-1' || repeat(U&'e\0301', 34), 'y', 4, 'y', 4,
		'a hash of 106 bytes that are 72 in normal form'),
	('i13@example.com', repeat(U&'\0958', 20), repeat(U&'\0958', 20), 'a', 5, 'a', 4,
		'a hash of 60 bytes that are 120 in normal form');
INSERT INTO jerry."user" (email, password_hash)
	SELECT email, overlay(crypt(hashed, gen_salt('bf', cost)) placing prefix from 3) FROM imported;
CREATE TEMPORARY VIEW kept AS SELECT i.*, u.password_hash::text AS hash FROM imported AS i JOIN jerry."user" AS u
	USING (email);

CREATE TEMPORARY TABLE before AS SELECT email, hash FROM kept;
SELECT is(pg_temp.verdict(jerry.login(email, typed || CASE WHEN octet_length(typed) < 72 THEN '!' ELSE '' END || 'y')),
	CASE WHEN octet_length(typed) >= 72 AND prefix <> 'a' THEN 'OK' ELSE 'INVALID_CREDENTIALS' END,
	name || ', typed with more behind it')
	FROM imported WHERE octet_length(typed) < 72 OR prefix = 'a';
SELECT is(pg_temp.verdict(jerry.login(email, 'y' || substr(typed, 2))), 'INVALID_CREDENTIALS',
	name || ', typed with another beginning') FROM imported;
SELECT is((SELECT count(*)::int FROM kept JOIN before USING (email, hash)), 13, 'what is refused changes no hash');
SELECT is(pg_temp.verdict(jerry.login(email, typed)), 'OK', name || ' lets its user in') FROM imported;
SELECT is(substr(hash, 1, 7), format('$2%s$%s$', now_prefix, lpad(now_cost::text, 2, '0')),
	name || ' becomes what it should') FROM kept;
SELECT is(pg_temp.verdict(jerry.login(email, typed)), 'OK', name || ' lets its user in again') FROM imported;
SELECT is(pg_temp.verdict(jerry.login(email, hashed)), 'OK', name || ' lets its user in with what was hashed first')
	FROM imported;
SELECT is((SELECT array_agg(email) FROM kept JOIN before USING (email, hash)
	WHERE email IN ('i1@example.com', 'i6@example.com', 'i11@example.com', 'i12@example.com')),
	ARRAY['i1@example.com', 'i6@example.com', 'i11@example.com', 'i12@example.com'],
	'a hash that cannot become better stays');
SELECT is(overlay(hash placing 'a' from 3), crypt(U&'Secret-\00E91', overlay(hash placing 'a' from 3)),
	name || ' is now one of the normal form') FROM kept WHERE email IN ('i9@example.com', 'i10@example.com');
SELECT is(pg_temp.verdict(jerry.login('i10@example.com', U&'Secret-\00E91')), 'OK',
	'and lets the user in from another keyboard');

SELECT * FROM finish();
ROLLBACK;
