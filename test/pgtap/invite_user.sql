-- jerry.invite_user: an operator invites somebody, who has no password yet
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('taken@example.com') AS taken,
	jerry.create_user('there@example.com')->'data'->>'user_id' AS there \gset
SELECT max(id) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.invited() RETURNS text
	RETURN (SELECT payload->'data'->>'invite_token' FROM jerry.event WHERE event_type = 'user.invited'
		ORDER BY id DESC LIMIT 1);

SELECT pg_temp.declared('invite_user(text,jerry.client)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.invite_user(''x'')', reason => 'it writes');

SET LOCAL jerry.hide_accounts = on;
SELECT is(pg_temp.complaint(jerry.invite_user(email)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/email/Field is required', 'an address is needed'),
	('x', 'INVALID_EMAIL/email/Email address is not valid', 'a valid one'),
	('TAKEN@example.com', 'DUPLICATE_EMAIL/email/Email is already registered',
		'whose account has no password yet, which an operator learns, though accounts are hidden')
) AS t (email, expected, name);
RESET jerry.hide_accounts;
SELECT is((SELECT max(id) FROM jerry.event)::int, :before, 'none of that is told');

SELECT jerry.invite_user('Ida@example.com') AS answer \gset
SELECT jerry.user_of('ida@example.com') AS ida, pg_temp.invited() AS first \gset
SELECT is(regexp_replace(pg_temp.without_time(:'answer'), '"expires_at":"[^"]*"', '"expires_at":"T"'),
	format('{"success":true,"data":{"user_id":"%s","email":"Ida@example.com","expires_at":"T"},"timestamp":"T"}',
		:'ida'), 'the answer is the compact envelope');
SELECT cmp_ok(((:'answer'::json)->'data'->>'expires_at')::timestamptz - ((:'answer'::json)->>'timestamp')::timestamptz,
	'>=', interval '6 days 23:59:59', 'with the end of the token');
SELECT results_eq(format('SELECT payload->>''event_type'', payload->>''data'' FROM jerry.event WHERE id > %s
	ORDER BY id', :before), format($$ VALUES ('user.created', '{"user_id":"%1$s","email":"Ida@example.com"}'),
	('user.invited', '{"user_id":"%1$s","email":"Ida@example.com","invite_token":"%2$s"}') $$, :'ida', :'first'),
	'the events have the documented bytes');
SELECT results_eq(format($$ SELECT purpose, token_hash = digest(%L, 'sha256'), expires_at - created_at
	FROM jerry.one_time_token WHERE user_id = %L $$, :'first', :'ida'),
	$$ VALUES ('invite', true, interval '7 days') $$, 'only the hash of the token is stored');
SELECT is(pg_temp.verdict(jerry.login('ida@example.com', '*')), 'INVALID_CREDENTIALS', 'nobody is let in');

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(jerry.invite_user('ida@example.com')->'data'->>'user_id', :'ida', 'another invite is for the same user');
SELECT is((SELECT string_agg(event_type, ' ') FROM jerry.event WHERE id > :before), 'user.invited', 'and one mail');
SELECT is(pg_temp.complaint(jerry.accept_invite(:'first', 'Secret-123', 'Secret-123')), 'INVALID_TOKEN',
	'the token of the first one is good no more');
SELECT is(pg_temp.verdict(jerry.accept_invite(pg_temp.invited(), 'Secret-123', 'Secret-123')), 'OK', 'the new one is');
SELECT is(pg_temp.verdict(jerry.invite_user('ida@example.com')), 'DUPLICATE_EMAIL', 'who has accepted is not invited');

SELECT is(jerry.invite_user('there@example.com')->'data'->>'user_id', :'there',
	'who was created without a password can be');
SELECT jerry.ban_user(:'there') \g /dev/null
SELECT is(pg_temp.verdict(jerry.accept_invite(pg_temp.invited(), 'Secret-123', 'Secret-123')), 'INVALID_TOKEN',
	'a ban ends invites');
SELECT is(jerry.invite_user('there@example.com')->'error'->>'details', '{"until":null}', 'and there are no others');
SELECT results_eq($$ SELECT action, outcome, user_id IS NOT NULL FROM jerry.audit WHERE action ~ 'invite'
	ORDER BY id $$,
	$$ VALUES ('account.invite', 'DUPLICATE_EMAIL', true), ('account.invite', 'OK', true),
		('account.invite', 'OK', true), ('account.accept_invite', 'OK', true),
		('account.invite', 'DUPLICATE_EMAIL', true), ('account.invite', 'OK', true),
		('account.invite', 'USER_BANNED', true) $$, 'all of it is on record');

SELECT * FROM finish();
ROLLBACK;
