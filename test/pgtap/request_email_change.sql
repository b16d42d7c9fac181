-- jerry.request_email_change: who knows the password begins a change, of which both addresses hear
BEGIN;
\ir setup.psql
\ir email_change.psql

SELECT pg_temp.declared('request_email_change(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.request_email_change(''x'', ''x'', ''x'')', reason => 'it writes');

-- ---------- what is missing or wrong ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.complaint(jerry.request_email_change(token, email, password)), expected, name)
FROM (VALUES
	(NULL, NULL, NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	('x', NULL, 'x', 'VALIDATION_ERROR/new_email/Field is required', 'so is an address'),
	('x', 'x', NULL, 'VALIDATION_ERROR/current_password/Field is required', 'and the password'),
	('x', 'x', 'x', 'INVALID_TOKEN', 'a word is no token'),
	(:'here', 'x', 'x', 'INVALID_EMAIL/new_email/Email address is not valid', 'nor an address'),
	(:'here', 'user@example.com', 'x', 'INVALID_EMAIL/new_email/Email address must differ from the current one',
		'it must be another one'),
	(:'here', 'new@example.com', 'Secret-124', 'WRONG_PASSWORD/current_password/Password is not correct',
		'whoever has only the token changes nothing')
) AS t (token, email, password, expected, name);
SELECT is(pg_temp.told(:before), NULL, 'nobody is told');

-- ---------- asking ----------

SELECT jerry.request_email_change(:'here', 'new@example.com', 'Secret-123') AS answer \gset
SELECT is(pg_temp.without_time(:'answer'), '{"success":true,"data":{"message":"Both addresses have to confirm the '
	'change: each is sent a token, the new one unless it cannot be used."},"timestamp":"T"}',
	'the answer is the compact envelope');
SELECT is(pg_temp.told(:before),
	'user.email_change_requested/user@example.com user.email_change_offered/new@example.com', 'each side gets a mail');
SELECT is((SELECT payload->>'data' FROM jerry.event WHERE event_type = 'user.email_change_requested'),
	format('{"user_id":"%s","email":"user@example.com","new_email":"new@example.com","email_change_token":"%s",'
		'"locale":null}',
		:'user_id', pg_temp.mailed('email_change_requested')), 'the old one says what is planned');
SELECT is((SELECT payload->>'data' FROM jerry.event WHERE event_type = 'user.email_change_offered'),
	format('{"user_id":"%s","email":"new@example.com","email_change_token":"%s","locale":null}', :'user_id',
		pg_temp.mailed('email_change_offered')), 'the new one does not say who the user was');
SELECT is(pg_temp.address(:'user_id'), 'user@example.com', 'nothing has changed yet');
SELECT set_eq(format('SELECT purpose, expires_at - created_at FROM jerry.one_time_token WHERE user_id = %L',
	:'user_id'),
	$$ VALUES ('verify_email', interval '1 day'), ('email_change_old', '1 day'), ('email_change_new', '1 day') $$,
	'the tokens live as long as one of a registration');

SELECT pg_temp.mailed('email_change_requested') AS old, pg_temp.mailed('email_change_offered') AS new \gset
SELECT is(pg_temp.ask(:'here', 'newer@example.com'), 'OK', 'another one');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_email_change(:'old')),
	pg_temp.verdict(jerry.confirm_email_change(:'new')), pg_temp.verdict(jerry.cancel_email_change(:'new'))),
	'INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN', 'replaces the tokens before');

-- ---------- an address that somebody has ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.without_time(jerry.request_email_change(:'here', 'owner@example.com', 'Secret-123')),
	pg_temp.without_time(:'answer'), 'the answer does not tell that somebody has the address');
SELECT is(pg_temp.told(:before),
	'user.email_change_requested/user@example.com user.email_change_attempted/owner@example.com',
	'its owner is told, and gets no token');
SELECT is(pg_temp.mailed('email_change_attempted', 'user_id'), :'owner_id', 'as the one whom it is about');
SELECT is(pg_temp.confirm('email_change_requested'), 'OK false', 'the old address is told nothing either');

-- ---------- limits ----------

SELECT pg_temp.new_user('limited@example.com') \g /dev/null
SELECT pg_temp.log_in('limited@example.com')->>'access_token' AS limited \gset
SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT jerry.request_email_change(:'limited', 'new@example.net', 'wrong', ROW('192.0.2.1', NULL, NULL, NULL))
	FROM generate_series(1, 6) \g /dev/null
SELECT is(pg_temp.verdict(jerry.request_email_change(:'limited', 'new@example.net', 'Secret-123',
	ROW('192.0.2.1', NULL, NULL, NULL))), 'RATE_LIMITED', 'wrong passwords count as at the login');
DELETE FROM jerry.rate_bucket;
SELECT jerry.request_email_change(:'limited', format('new%s@example.net', n),
	'Secret-123', ROW('192.0.2.1', NULL, NULL, NULL))
	FROM generate_series(1, 10) AS n \g /dev/null
SELECT is(pg_temp.verdict(jerry.request_email_change(:'limited', 'new@example.net', 'Secret-123',
	ROW('192.0.2.1', NULL, NULL, NULL))), 'RATE_LIMITED', 'and mails as every other mail');

DELETE FROM jerry.rate_bucket;
SELECT max(id) AS before FROM jerry.event \gset
SELECT pg_temp.without_time(jerry.request_email_change(:'limited', email, 'Secret-123')) AS answer
	FROM unnest(ARRAY['one@example.net', 'two@example.net']) AS email \g /dev/null
SELECT is(pg_temp.told(:before),
	'user.email_change_requested/limited@example.com user.email_change_offered/one@example.net',
	'too many mails to the old address are not sent');
DELETE FROM jerry.rate_bucket;
SELECT max(id) AS before FROM jerry.event \gset
SELECT jerry.request_password_reset('three@example.net') \g /dev/null
SELECT is(pg_temp.without_time(jerry.request_email_change(:'limited', 'three@example.net', 'Secret-123')),
	pg_temp.without_time(:'answer'), 'nor to the new one, which the answer does not tell');
SELECT is(pg_temp.told(:before), NULL, 'and neither side is mailed');

SELECT * FROM finish();
ROLLBACK;
