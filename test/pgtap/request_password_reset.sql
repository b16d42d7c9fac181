-- jerry.request_password_reset: a token for who has forgotten the password, and an answer that tells nobody who that is
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.new_user('banned@example.com') AS banned_id \gset
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'banned_id';
SELECT count(*) AS events FROM jerry.event \gset

-- the token of the last event of this kind
CREATE FUNCTION pg_temp.requested() RETURNS text
	RETURN (SELECT payload->'data'->>'password_reset_token' FROM jerry.event
		WHERE event_type = 'user.password_reset_requested' ORDER BY id DESC LIMIT 1);
CREATE FUNCTION pg_temp.tokens() RETURNS bigint
	RETURN (SELECT count(*) FROM jerry.one_time_token WHERE purpose = 'reset_password');
-- one mail a minute, and here any number a day: limits.sql has the figures
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('mail_account', 0) \g /dev/null
CREATE FUNCTION pg_temp.age() RETURNS void LANGUAGE sql AS $$
	UPDATE jerry.rate_bucket SET full_until = full_until - interval '60 seconds'
$$;

SELECT pg_temp.declared('request_password_reset(text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.request_password_reset(''x'')', reason => 'it writes');

-- ---------- one answer for all ----------

SELECT jerry.request_password_reset('nobody@example.com') AS unknown \gset
SELECT is(pg_temp.without_time(:'unknown'),
	'{"success":true,"data":{"message":"If this address belongs to an account, a token for a new password is on its '
	'way."},"timestamp":"T"}', 'the answer is the compact envelope');
SELECT is(pg_temp.without_time(jerry.request_password_reset('banned@example.com')), pg_temp.without_time(:'unknown'),
	'a banned address has the same answer');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'neither leaves an event');
SELECT is(pg_temp.tokens(), 0::bigint, 'or a token');
SELECT is(pg_temp.without_time(jerry.request_password_reset(' USER@example.com ')), pg_temp.without_time(:'unknown'),
	'a known one has the same answer, though it is not verified');
SELECT is(pg_temp.tokens(), 1::bigint, 'and a token');

SELECT is(pg_temp.complaint(jerry.request_password_reset(email)), expected,
	to_json(email) || ' has the answers of login')
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/email/Field is required'),
	('', 'INVALID_EMAIL/email/Email address is not valid'),
	('x', 'INVALID_EMAIL/email/Email address is not valid'),
	('user@mail.test',
		'INVALID_EMAIL/email/The domain is reserved (like .test, .invalid and .local) and never has mail')
) AS t (email, expected);

-- ---------- the token ----------

SELECT pg_temp.requested() AS first \gset
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","password_reset_token":"%s","locale":null}', :'user_id',
		:'first'),
	'the event has the documented bytes');
SELECT matches(:'first'::text, '^[A-Za-z0-9_-]{43}$', 'the token is 256 bits in base64url');
SELECT results_eq(format($$ SELECT token_hash = digest(%L, 'sha256'), expires_at - created_at, user_id::text, email
	FROM jerry.one_time_token WHERE purpose = 'reset_password' $$, :'first'),
	format($$ VALUES (true, interval '1 hour', %L, 'user@example.com') $$, :'user_id'),
	'only its hash is stored, for an hour, this user and this address');
SELECT is_empty(format($$ SELECT FROM jerry.one_time_token WHERE position(convert_to(%L, 'UTF8') in token_hash) > 0 $$,
	:'first'), 'the token itself is not in its table');

SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT is(pg_temp.requested(), :'first', 'within a minute there is no second');
SELECT pg_temp.age() \g /dev/null
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT pg_temp.requested() AS second \gset
SELECT isnt(:'second'::text, :'first', 'after a minute there is');
SELECT is(pg_temp.tokens(), 1::bigint, 'in the place of the first');
SELECT is(pg_temp.complaint(jerry.reset_password(:'first', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'which is good no more');
SELECT set_eq('SELECT purpose FROM jerry.one_time_token WHERE user_id = ' || quote_literal(:'user_id'),
	ARRAY['reset_password', 'verify_email'], 'the verification token stays');

SELECT pg_temp.age() \g /dev/null
SET LOCAL jerry.reset_ttl = '10min';
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT is((SELECT expires_at - created_at FROM jerry.one_time_token WHERE purpose = 'reset_password'),
	interval '10 minutes', 'jerry.reset_ttl is its life');

SELECT * FROM finish();
ROLLBACK;
