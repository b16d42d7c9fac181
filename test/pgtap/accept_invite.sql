-- jerry.accept_invite: who was invited sets a password
BEGIN;
\ir setup.psql

SELECT jerry.invite_user('ida@example.com')->'data'->>'user_id' AS ida \gset
SELECT payload->'data'->>'invite_token' AS token FROM jerry.event ORDER BY id DESC LIMIT 1 \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('accept_invite(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.accept_invite(''x'', ''x'', ''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.accept_invite(token, password, confirmation)), expected, name)
FROM (VALUES
	(NULL, 'a', 'a', 'VALIDATION_ERROR/token/Field is required', 'a token is needed'),
	('x', NULL, 'a', 'VALIDATION_ERROR/password/Field is required', 'so is a password'),
	('x', 'a', NULL, 'VALIDATION_ERROR/password_confirmation/Field is required', 'twice'),
	(repeat('A', 43), 'a', 'a', 'INVALID_TOKEN', 'a token that was never issued is none'),
	(:'token', 'Secret-123', 'Secret-124', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'the passwords must be one'),
	(:'token', 'short', 'short', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'by the rules of a registration')
) AS t (token, password, confirmation, expected, name);
SAVEPOINT issued;
UPDATE jerry.one_time_token SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(pg_temp.complaint(jerry.accept_invite(:'token', 'Secret-123', 'Secret-123')), 'EXPIRED_TOKEN',
	'a late token has expired');
ROLLBACK TO SAVEPOINT issued;
SELECT is((SELECT max(id) FROM jerry.event)::int, :before, 'none of that is told');

SELECT is(pg_temp.without_time(jerry.accept_invite(:'token', 'Secret-123', 'Secret-123',
	ROW('192.0.2.9', NULL, NULL, NULL))),
	'{"success":true,"data":{"message":"Invitation accepted. You can log in."},"timestamp":"T"}',
	'the answer is the compact envelope');
SELECT results_eq(format('SELECT payload->>''event_type'', payload->>''data'' FROM jerry.event WHERE id > %s
	ORDER BY id', :before), format($$ VALUES ('user.email_verified', '{"user_id":"%1$s","email":"ida@example.com"}'),
	('user.invite_accepted', '{"user_id":"%1$s","email":"ida@example.com","ip_address":"192.0.2.9",'
	'"locale":null}') $$, :'ida'),
	'the events have the documented bytes');
SET LOCAL jerry.require_verified_email = on;
SELECT is(pg_temp.verdict(jerry.login('ida@example.com', 'Secret-123')), 'OK', 'the user logs in, and is verified');
SELECT is(pg_temp.complaint(jerry.accept_invite(:'token', 'Secret-124', 'Secret-124')), 'INVALID_TOKEN',
	'a token works once');

SELECT * FROM finish();
ROLLBACK;
