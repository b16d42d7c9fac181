-- jerry.create_user: an operator makes an account
BEGIN;
\ir setup.psql

SELECT count(*) AS events FROM jerry.event \gset

SELECT pg_temp.declared('create_user(text,text,boolean,jerry.client)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.create_user(''x'')', reason => 'it writes');

SELECT pg_temp.new_user('taken@example.com') \g /dev/null
SELECT max(id) AS before FROM jerry.event \gset
SET LOCAL jerry.hide_accounts = on;
SELECT is(pg_temp.complaint(jerry.create_user(email, password)), expected, name)
FROM (VALUES
	(NULL, 'Secret-123', 'VALIDATION_ERROR/email/Field is required', 'an address is needed'),
	('x', 'Secret-123', 'INVALID_EMAIL/email/Email address is not valid', 'a valid one'),
	('new@mail.test', 'Secret-123',
		'INVALID_EMAIL/email/The domain is reserved (like .test, .invalid and .local) and never has mail',
		'that has mail'),
	('new@example.com', 'short', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'a password has the rules of a registration'),
	('new@example.com', 'New@example.com-1',
		'WEAK_PASSWORD/password/Password must not contain a part of the email address', 'all of them'),
	('TAKEN@example.com', NULL, 'DUPLICATE_EMAIL/email/Email is already registered',
		'an operator learns what is taken, though accounts are hidden')
) AS t (email, password, expected, name);
RESET jerry.hide_accounts;
SELECT is((SELECT max(id) FROM jerry.event)::int, :before, 'none of that is told');

SELECT jerry.create_user(U&' Jo\0308rg@B\00FCcher.example ', 'Secret-123', is_verified => true) AS answer \gset
SELECT is(pg_temp.without_time(:'answer'), format('{"success":true,"data":{"user_id":"%s",'
	'"email":"%s","is_email_verified":true},"timestamp":"T"}', jerry.user_of(U&'J\00F6rg@xn--bcher-kva.example'),
	U&'J\00F6rg@xn--bcher-kva.example'), 'the answer is the compact envelope, with the stored form');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.created{"user_id":"%s","email":"%s"}', (:'answer'::json)->'data'->>'user_id',
	U&'J\00F6rg@xn--bcher-kva.example'), 'one event tells it');
SELECT is_empty('SELECT FROM jerry.one_time_token AS t WHERE t.user_id = ' ||
	quote_literal((:'answer'::json)->'data'->>'user_id'), 'there is nothing to mail');
SET LOCAL jerry.require_verified_email = on;
SELECT is(pg_temp.verdict(jerry.login(U&'j\00F6rg@b\00FCcher.example', 'Secret-123')), 'OK', 'the user logs in');

SELECT jerry.create_user('ida@example.com')->'data'->>'user_id' AS user_id \gset
SELECT results_eq(format('SELECT password_hash::text, is_email_verified, email_verified_at FROM jerry."user"
	WHERE id = %L', :'user_id'), $$ VALUES ('*', false, NULL::timestamptz) $$, 'without a password there is no hash');
SELECT is(pg_temp.without_time(jerry.login('ida@example.com', password)),
	pg_temp.without_time(jerry.login('nobody@example.com', password)), to_json(password) || ' lets nobody in')
FROM unnest(ARRAY['*', '', 'Secret-123']) AS password;
SELECT is_empty($$ SELECT finding FROM jerry.doctor() WHERE problem = 'unusable hash' $$,
	'the doctor has no complaint');
SELECT jerry.request_password_reset('ida@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.reset_password(payload->'data'->>'password_reset_token', 'New-Secret-1',
	'New-Secret-1')), 'OK', 'the user sets one by a reset') FROM jerry.event ORDER BY id DESC LIMIT 1;
SELECT is(pg_temp.verdict(jerry.login('ida@example.com', 'New-Secret-1')), 'OK', 'which lets them in');

SELECT * FROM finish();
ROLLBACK;
