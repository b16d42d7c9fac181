-- jerry.resend_verification: a second verification token, and an answer that tells nobody whether there was one
BEGIN;
\ir setup.psql

-- the token of the last event of this kind
CREATE FUNCTION pg_temp.requested() RETURNS text
	RETURN (SELECT payload->'data'->>'email_verification_token' FROM jerry.event
		WHERE event_type = 'user.verification_requested' ORDER BY id DESC LIMIT 1);
-- one mail a minute, and here any number a day: limits.sql has the figures
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('mail_account', 0) \g /dev/null
CREATE FUNCTION pg_temp.age() RETURNS void LANGUAGE sql AS $$
	UPDATE jerry.rate_bucket SET full_until = full_until - interval '60 seconds'
$$;

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.verification_token(:'user_id') AS first \gset

SELECT pg_temp.declared('resend_verification(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.resend_verification(''x'')', reason => 'it writes');

-- ---------- one answer for all ----------

SELECT jerry.resend_verification('nobody@example.com') AS unknown \gset
SELECT is(pg_temp.without_time(:'unknown'),
	'{"success":true,"data":{"message":"If this address belongs to an account that is not verified, '
	'a new verification token is on its way."},"timestamp":"T"}', 'the answer is the compact envelope');
SELECT is((SELECT count(*)::int FROM jerry.event), 1, 'an unknown address leaves no event');
SELECT is(pg_temp.without_time(jerry.resend_verification('user@example.com')), pg_temp.without_time(:'unknown'),
	'a known one, a moment after its registration, has the same answer');
SELECT is((SELECT count(*)::int FROM jerry.event), 1, 'and no event: the first mail is on its way');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), 1, 'nor another token');

SELECT is(pg_temp.complaint(jerry.resend_verification(email)), expected, to_json(email) || ' has the answers of login')
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/email/Field is required'),
	('', 'INVALID_EMAIL/email/Email address is not valid'),
	('x', 'INVALID_EMAIL/email/Email address is not valid'),
	('user@mail.test',
		'INVALID_EMAIL/email/The domain is reserved (like .test, .invalid and .local) and never has mail')
) AS t (email, expected);

-- ---------- a new token ----------

SELECT pg_temp.age() \g /dev/null
SELECT is(pg_temp.without_time(jerry.resend_verification(' USER@example.com ')), pg_temp.without_time(:'unknown'),
	'after a minute the answer is the same');
SELECT pg_temp.requested() AS second \gset
SELECT is((SELECT payload::text FROM jerry.event ORDER BY id DESC LIMIT 1), format(
	'{"event_type":"user.verification_requested","timestamp":"%s","data":{"user_id":"%s",'
	'"email":"user@example.com","email_verification_token":"%s","locale":null}}',
	(SELECT payload->>'timestamp' FROM jerry.event ORDER BY id DESC LIMIT 1), :'user_id', :'second'),
	'the event is that of a registration with another type');
SELECT matches(:'second'::text, '^[A-Za-z0-9_-]{43}$', 'the token is 256 bits in base64url');
SELECT isnt(:'second'::text, :'first', 'another one than the first');
SELECT is((SELECT expires_at - created_at FROM jerry.one_time_token), interval '24 hours',
	'it lives as long as one of a registration');
SELECT is(pg_temp.complaint(jerry.verify_email(:'first')), 'INVALID_TOKEN', 'and takes the place of the first');

SELECT jerry.resend_verification('user@example.com') \g /dev/null
SELECT is(pg_temp.requested(), :'second', 'within a minute there is no third');
SELECT is((SELECT count(*)::int FROM jerry.event), 2, 'and no other event');
SELECT pg_temp.age() \g /dev/null
SELECT jerry.resend_verification('user@example.com') \g /dev/null
SELECT isnt(pg_temp.requested(), :'second', 'after a minute there is');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), 1, 'one token at a time');

-- a token that has expired is no way out; a new one is
UPDATE jerry.one_time_token SET created_at = created_at - interval '2 days',
	expires_at = expires_at - interval '2 days';
SELECT pg_temp.age() \g /dev/null
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.requested())), 'EXPIRED_TOKEN', 'a late token has expired');
SELECT jerry.resend_verification('user@example.com') \g /dev/null
SELECT jerry.configure('jerry.require_verified_email', 'on') \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'EMAIL_NOT_VERIFIED',
	'nobody is let in by asking');
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.requested())), 'OK', 'a new one verifies');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'and lets the user in');

-- ---------- verified ----------

SELECT count(*) AS events FROM jerry.event \gset
SELECT is(pg_temp.without_time(jerry.resend_verification('user@example.com')), pg_temp.without_time(:'unknown'),
	'a verified address has the same answer');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'and no event');
SELECT is_empty('SELECT FROM jerry.one_time_token', 'nor a token');

-- ---------- whose ----------

SELECT pg_temp.new_user('one@example.com') AS one, pg_temp.new_user('two@example.com') AS two \gset
SELECT pg_temp.age() \g /dev/null
SELECT jerry.resend_verification('two@example.com') \g /dev/null
SELECT is((SELECT payload->'data'->>'user_id' FROM jerry.event ORDER BY id DESC LIMIT 1), :'two',
	'the token is for the user who was named');
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'one'))), 'OK',
	'and leaves the tokens of others');
INSERT INTO jerry.one_time_token VALUES (digest('other', 'sha256'), 'reset_password', :'two', now() - interval '1 hour',
	now() + interval '1 hour');
SELECT pg_temp.age() \g /dev/null
SELECT jerry.resend_verification('two@example.com') \g /dev/null
SELECT set_eq('SELECT purpose FROM jerry.one_time_token', ARRAY['reset_password', 'verify_email'],
	'and those for another purpose');

-- an account that only an earlier version would have registered
INSERT INTO jerry."user" (email, password_hash) VALUES ('-old@example.com', jerry.hash_password('Secret-123'))
	RETURNING id AS old \gset
SELECT jerry.resend_verification('-OLD@example.com') \g /dev/null
SELECT is((SELECT payload->'data'->>'user_id' FROM jerry.event ORDER BY id DESC LIMIT 1), :'old',
	'an account that never had a token gets one at once');

-- ---------- consumers ----------

SELECT count(*) AS claimed FROM jerry.claim_events('mail') \gset
SELECT count(*) AS deliveries FROM jerry.delivery \gset
SELECT jerry.resend_verification('nobody@example.com') \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.delivery), :deliveries,
	'a consumer is given nothing for an unknown address');
SELECT pg_temp.age() \g /dev/null
SELECT jerry.resend_verification('two@example.com') \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.delivery), :deliveries + 1, 'and the event for one who waits');

SELECT * FROM finish();
ROLLBACK;
