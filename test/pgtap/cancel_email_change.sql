-- jerry.cancel_email_change: either address stops a change
BEGIN;
\ir setup.psql
\ir email_change.psql

SELECT pg_temp.declared('cancel_email_change(text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.cancel_email_change(''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.cancel_email_change(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a token is needed'),
	('x', 'INVALID_TOKEN', 'a word cancels nothing'),
	(:'here', 'INVALID_TOKEN', 'nor does an access token'),
	(repeat('A', 43), 'INVALID_TOKEN', 'nor one that was never issued')
) AS t (token, expected, name);

SELECT is(pg_temp.ask(:'here', 'new@example.com'), 'OK', 'a change is asked for');
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.without_time(jerry.cancel_email_change(pg_temp.mailed('email_change_requested'))),
	'{"success":true,"data":{"message":"The change was cancelled"},"timestamp":"T"}', 'the old address cancels it');
SELECT is(pg_temp.told(:before), 'user.email_change_cancelled/user@example.com', 'which is told');
SELECT is(pg_temp.confirm('email_change_offered'), 'INVALID_TOKEN', 'the new one has nothing to confirm any more');
SELECT is(pg_temp.ask(:'here', 'new@example.com'), 'OK', 'it is asked for again');
SELECT is(pg_temp.confirm('email_change_requested'), 'OK false', 'the old address has confirmed');
SELECT is(pg_temp.verdict(jerry.cancel_email_change(pg_temp.mailed('email_change_offered'))), 'OK',
	'the new one can cancel it all the same');
SELECT is(pg_temp.confirm('email_change_offered'), 'INVALID_TOKEN', 'and not change its mind');
SELECT is(pg_temp.address(:'user_id'), 'user@example.com', 'the user has the address of before');
SELECT * FROM finish();
ROLLBACK;
