-- jerry.setup_totp: a secret for an authenticator app, which is no factor before it is activated
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('setup_totp(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.setup_totp(''x'')', reason => 'it writes');

-- the app of the tests is the one of RFC 6238, appendix B, of whose eight digits it shows six
SELECT is(pg_temp.code_of('12345678901234567890', second / 30), code, format('RFC 6238, second %s', second))
FROM (VALUES (59, '287082'), (1111111109, '081804'), (1111111111, '050471'), (1234567890, '005924'),
	(2000000000, '279037'), (20000000000, '353130')) AS v (second, code);
SELECT is(pg_temp.from_base32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), '12345678901234567890'::bytea, 'and its base32');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset
SELECT max(id) AS before FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.setup_totp(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'a secret is for the user of a token'),
	(jerry.setup_totp('x'), 'INVALID_TOKEN', 'a word is no token'),
	(jerry.setup_totp(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute')), 'EXPIRED_TOKEN',
		'nor is one that has expired'),
	(jerry.setup_totp((:'here'::json)->>'refresh_token'), 'INVALID_TOKEN', 'nor a refresh token'),
	(jerry.setup_totp(:'access', 'wrong'), 'WRONG_PASSWORD/current_password/Password is not correct',
		'a password that is given must be right')
) AS t (answer, expected, name);
SELECT is(pg_temp.told(:before), '', 'none of that tells anything');
SELECT is(pg_temp.recorded(:recorded), 'factor.setup/WRONG_PASSWORD/totp', 'the password is on record');

-- ---------- set up ----------

SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT jerry.setup_totp(:'access') AS answer \gset
SELECT (:'answer'::json)->'data'->>'secret' AS secret \gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'), 'uri,secret,factor_id,expires_at', 'a setup answers with a secret');
SELECT matches(:'secret'::text, '^[A-Z2-7]{32}$', 'of 160 bits, in base32');
SELECT is((:'answer'::json)->'data'->>'uri',
	format('otpauth://totp/user%%40example.com?secret=%s&algorithm=SHA1&digits=6&period=30', :'secret'),
	'and with the URI that apps read');
SELECT is((:'answer'::json)->'data'->>'factor_id', (SELECT id::text FROM jerry.totp), 'and the id of the factor');
SELECT is((SELECT secret FROM jerry.totp), pg_temp.from_base32(:'secret'), 'the row has the same secret');
SELECT is(((:'answer'::json)->'data'->>'expires_at')::timestamptz,
	date_trunc('second', (SELECT created_at FROM jerry.totp) + interval '10 minutes'), 'for ten minutes');
SELECT is(jerry.list_factors(:'access')->'data'->>'enrolled', 'false', 'which is no factor yet');
SELECT is(pg_temp.told(:before), '', 'and no event');
SELECT is(pg_temp.recorded(:recorded), 'factor.setup/OK/totp', 'it is on record');
SET LOCAL jerry.service_name = ' Ada & Co , ada';
SELECT is(jerry.setup_totp(:'access')->'data'->>'uri' LIKE
	'otpauth://totp/Ada%20%26%20Co:user%40example.com?secret=%&issuer=Ada%20%26%20Co&algorithm=SHA1&digits=6&period=30',
	true, 'the first name of the service is the issuer');
SET LOCAL jerry.service_name = '';
SELECT isnt((SELECT secret FROM jerry.totp), pg_temp.from_base32(:'secret'), 'the next setup has another secret');
SELECT is((SELECT count(*)::int FROM jerry.totp), 1, 'in the place of the one before');
SELECT is(pg_temp.complaint(jerry.activate_totp(:'access', pg_temp.app_shows(:'secret'))),
	'WRONG_CODE/code/Code is not correct', 'whose codes are wrong now');
SELECT jerry.setup_totp(:'access')->'data'->>'secret' AS secret \gset

UPDATE jerry.session SET authenticated_at = authenticated_at - interval '602 seconds';
SELECT is(jerry.setup_totp(:'access')->'error'->>'code', 'STEP_UP_REQUIRED', 'ten minutes after the login');
SELECT is(jerry.setup_totp(:'access')->'error'->>'details', '{"max_age":600}', 'a new login is needed, or');
SELECT is(pg_temp.verdict(jerry.setup_totp(:'access', 'Secret-123')), 'OK', 'the password');

SELECT * FROM finish();
ROLLBACK;
