-- jerry.disable_second_factor: who has an app or a recovery code with the password removes the app
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('disable_second_factor(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.disable_second_factor(''x'', ''x'')', reason => 'it writes');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.disable_second_factor(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is a removal'),
	(jerry.disable_second_factor('x'), 'VALIDATION_ERROR/code/Field is required', 'which needs a proof'),
	(jerry.disable_second_factor('x', NULL, 'x'), 'VALIDATION_ERROR/current_password/Field is required',
		'a recovery code is one only with the password'),
	(jerry.disable_second_factor('x', 'x'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.disable_second_factor(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that there is one')
) AS t (answer, expected, name);
SELECT secret, recovery_codes AS codes, recovery_codes->>0 AS first, recovery_codes->>1 AS other_code
	FROM pg_temp.new_app(:'access') \gset
SAVEPOINT active;

-- ---------- remove ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT jerry.verify_second_factor(pg_temp.log_in()->>'mfa_token', pg_temp.app_shows(:'secret')) \g /dev/null
UPDATE jerry.totp SET last_step = -1;
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'others', pg_temp.app_shows(:'secret'))), 'FACTOR_NOT_FOUND',
	'another user removes nothing');
SELECT is(pg_temp.complaint(jerry.disable_second_factor(:'access', pg_temp.wrong_code(:'secret'))),
	'WRONG_CODE/code/Code is not correct', 'nor does a wrong code');
SELECT is(pg_temp.without_time(jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret'))),
	'{"success":true,"data":{"message":"The authenticator app is no second factor any more."},"timestamp":"T"}',
	'the right one does');
SELECT is(pg_temp.told(:before), 'user.logged_in session.revoked/factor user.factor_removed/totp',
	'the other session ends, and it is told');
SELECT is(pg_temp.recorded(:recorded), 'factor.remove/WRONG_CODE/totp factor.remove/OK/totp', 'it is on record');
SELECT is(pg_temp.without_time(jerry.list_factors(:'access')),
	'{"success":true,"data":{"enrolled":false,"totp":null,"recovery_codes_left":0},"timestamp":"T"}',
	'nothing is left of it');
ROLLBACK TO SAVEPOINT active;
UPDATE jerry.session SET authenticated_at = authenticated_at - interval '602 seconds';
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret'))), 'STEP_UP_REQUIRED',
	'ten minutes after the login the app is not enough');
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret'), NULL, 'wrong')),
	'WRONG_PASSWORD', 'nor is it with a wrong password');
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret'), NULL, 'Secret-123')),
	'OK', 'with the right one it is');
ROLLBACK TO SAVEPOINT active;
DELETE FROM jerry."user" WHERE id = :'user_id';
SELECT is((SELECT count(*)::int FROM jerry.totp) + (SELECT count(*)::int FROM jerry.recovery_code), 0,
	'what belongs to a user goes with it');

SELECT * FROM finish();
ROLLBACK;
