-- jerry.hide_accounts: nobody learns by registering, or by what comes after it, who has an account
BEGIN;
\ir setup.psql

CREATE FUNCTION pg_temp.without_id(answer json) RETURNS text
	RETURN regexp_replace(pg_temp.without_time(answer), '"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-'
		'[0-9a-f]{12}"', '"ID"');
CREATE FUNCTION pg_temp.attempts() RETURNS bigint
	RETURN (SELECT count(*) FROM jerry.event WHERE event_type = 'user.registration_attempted');
-- as if all mails had been sent so long ago
CREATE FUNCTION pg_temp.age(since interval) RETURNS void LANGUAGE sql AS
	'UPDATE jerry.rate_bucket SET full_until = full_until - since';
SET LOCAL jerry.rate_limits = on;

SELECT pg_temp.new_user('Owner@example.com') AS owner \gset
SELECT is(pg_temp.verdict(jerry.register('owner@example.com', 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL',
	'by default a taken address is told');
SELECT is(pg_temp.attempts(), 0::bigint, 'and its owner is not');

SELECT jerry.configure('jerry.hide_accounts', 'on') \g /dev/null
SELECT jerry.configure('jerry.require_verified_email', 'on') \g /dev/null

-- ---------- one answer ----------

SELECT pg_temp.age('1 hour') \g /dev/null
SELECT string_agg(t::text, ' ' ORDER BY id) AS before FROM jerry."user" AS t \gset
SELECT jerry.register('OWNER@example.com', 'Another-123', 'Another-123') AS taken \gset
SELECT is(string_agg(t::text, ' ' ORDER BY id), :'before', 'registering a taken address changes no account')
FROM jerry."user" AS t;
SELECT jerry.register('visitor@example.com', 'Another-123', 'Another-123') AS free \gset
SELECT is(pg_temp.without_id(:'taken'), replace(pg_temp.without_id(:'free'), 'visitor@', 'OWNER@'),
	'a taken address has the answer of a free one, as it was typed, with an id of the same kind');
SELECT is_empty(format('SELECT FROM jerry."user" WHERE id::text = %L', (:'taken'::json)->'data'->>'user_id'),
	'the id is that of nobody');
SELECT isnt(jerry.register('owner@example.com', 'Another-123', 'Another-123')->'data'->>'user_id',
	(:'taken'::json)->'data'->>'user_id', 'another one each time');
SELECT isnt(jerry.register('visitor@example.com', 'Another-123', 'Another-123')->'data'->>'user_id',
	(:'free'::json)->'data'->>'user_id', 'as for one who registers a free address twice');
SELECT is(pg_temp.complaint(jerry.register('owner@example.com', password, confirmation)), expected,
	expected || ' is told as before')
FROM (VALUES
	('short', 'short', 'WEAK_PASSWORD/password/Password must be at least 8 characters long'),
	('Secret-123', 'Secret-124', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match')
) AS t (password, confirmation, expected);

-- ---------- what the owner gets ----------

SELECT is(pg_temp.attempts(), 1::bigint, 'the owner gets an event, and within a minute no other');
SELECT is(regexp_replace(payload::text, '"timestamp":"[^"]*"', '"timestamp":"T"'), format(
	'{"event_type":"user.registration_attempted","timestamp":"T","data":{"user_id":"%s",'
		'"email":"Owner@example.com","locale":null}}',
	:'owner'), 'which names the account as it is, and holds nothing of what was typed')
FROM jerry.event WHERE event_type = 'user.registration_attempted';
SELECT is_empty($$ SELECT FROM jerry.event WHERE event_type = 'user.registration_attempted'
	AND payload->'data'->>'email' = 'visitor@example.com' $$, 'who registers twice in a minute gets one mail');
SELECT results_eq(format('SELECT purpose FROM jerry.one_time_token WHERE user_id = %L ORDER BY 1', :'owner'),
	ARRAY['verify_email'], 'the token of the owner stays what it was');
SELECT pg_temp.age('60 s') \g /dev/null
SELECT jerry.register(email, 'Another-123', 'Another-123')
FROM unnest(ARRAY['owner@example.com', 'owner@example.com', 'visitor@example.com']) AS email \g /dev/null
SELECT is(pg_temp.attempts(), 3::bigint, 'after a minute each owner gets another one');

-- ---------- what comes after it ----------

SELECT is(pg_temp.without_time(jerry.login('visitor@example.com', 'Another-123')),
	pg_temp.without_time(jerry.login('owner@example.com', 'Another-123')),
	'who has registered a free address cannot log in yet, and gets the answer of one whose address was taken');
SELECT is(pg_temp.verdict(jerry.login('visitor@example.com', 'Another-123')), 'INVALID_CREDENTIALS',
	'which is that of a wrong password');
CREATE FUNCTION pg_temp.tries(email text, ip text) RETURNS text
	RETURN (SELECT string_agg(pg_temp.verdict(jerry.login(email, 'Another-123', ip::inet)), ' ')
		FROM generate_series(1, 12) AS n);
SELECT is(pg_temp.tries('visitor@example.com', '192.0.2.1'), pg_temp.tries('owner@example.com', '192.0.2.2'),
	'as often, before both are limited');
SELECT matches(pg_temp.tries('visitor@example.com', '192.0.2.3'), 'RATE_LIMITED$', 'which they are');
DELETE FROM jerry.rate_bucket;
SELECT is(pg_temp.without_time(jerry.resend_verification('visitor@example.com')),
	pg_temp.without_time(jerry.resend_verification('owner@example.com')), 'both can ask for another mail');
SELECT is(pg_temp.verdict(jerry.verify_email((SELECT payload->'data'->>'email_verification_token' FROM jerry.event
	WHERE payload->'data'->>'email' = 'visitor@example.com' ORDER BY id DESC LIMIT 1))), 'OK',
	'whoever has the mail verifies the address');
SELECT is(pg_temp.verdict(jerry.login('visitor@example.com', 'Another-123')), 'OK', 'and logs in');
SELECT is(pg_temp.verdict(jerry.login('owner@example.com', 'Another-123')), 'INVALID_CREDENTIALS',
	'with a password that was typed at another''s address nobody does');
SELECT jerry.configure('jerry.hide_accounts', NULL) \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('owner@example.com', 'Secret-123')), 'EMAIL_NOT_VERIFIED',
	'without the setting a right password is told that the address is not verified');
SELECT jerry.configure('jerry.hide_accounts', 'on') \g /dev/null
SELECT jerry.configure('jerry.require_verified_email', NULL) \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('owner@example.com', 'Secret-123')), 'OK',
	'where no address need be verified a right password lets in');

-- ---------- an account that was made elsewhere ----------

INSERT INTO jerry."user" (email, password_hash, created_at)
VALUES ('imported@example.com', 'x', now() - interval '1 day');
SELECT pg_temp.attempts() AS attempts \gset
SELECT jerry.register('imported@example.com', 'Another-123', 'Another-123') \g /dev/null
SELECT is(pg_temp.attempts(), :attempts + 1::bigint, 'is told of as well');

SELECT * FROM finish();
ROLLBACK;
