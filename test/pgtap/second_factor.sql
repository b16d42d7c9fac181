-- second factors: an authenticator app is set up, activated and removed; recovery codes
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('setup_totp(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.setup_totp(''x'')', reason => 'it writes');
SELECT pg_temp.declared('activate_totp(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.activate_totp(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('disable_second_factor(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.disable_second_factor(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('renew_recovery_codes(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.renew_recovery_codes(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('list_factors(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 's',
	parallel => 'u', strict => false, call => 'SELECT jerry.list_factors(''x'')', reason => 'it only reads');

-- the app of the tests is the one of RFC 6238, appendix B, of whose eight digits it shows six
SELECT is(pg_temp.code_of('12345678901234567890', second / 30), code, format('RFC 6238, second %s', second))
FROM (VALUES (59, '287082'), (1111111109, '081804'), (1111111111, '050471'), (1234567890, '005924'),
	(2000000000, '279037'), (20000000000, '353130')) AS v (second, code);
SELECT is(pg_temp.from_base32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), '12345678901234567890'::bytea, 'and its base32');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(concat_ws('/', event_type, payload->'data'->>'reason',
			payload->'data'->>'factor', payload->'data'->>'codes_left'), ' ' ORDER BY id), '')
		FROM jerry.event WHERE id > since);
CREATE FUNCTION pg_temp.recorded(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(concat_ws('/', action, outcome, details->>'factor'), ' ' ORDER BY id), '')
		FROM jerry.audit WHERE id > since AND action LIKE 'factor.%');
SELECT max(id) AS before FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT is(pg_temp.without_time(jerry.list_factors(:'access')),
	'{"success":true,"data":{"enrolled":false,"totp":null,"recovery_codes_left":0},"timestamp":"T"}',
	'a new user has no second factor');
SAVEPOINT without;

-- ---------- what is missing or wrong, in the order in which it is told ----------

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.setup_totp(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'a secret is for the user of a token'),
	(jerry.setup_totp('x'), 'INVALID_TOKEN', 'a word is no token'),
	(jerry.setup_totp(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute')), 'EXPIRED_TOKEN',
		'nor is one that has expired'),
	(jerry.setup_totp((:'here'::json)->>'refresh_token'), 'INVALID_TOKEN', 'nor a refresh token'),
	(jerry.setup_totp(:'access', 'wrong'), 'WRONG_PASSWORD/current_password/Password is not correct',
		'a password that is given must be right'),
	(jerry.activate_totp(NULL, NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is an activation'),
	(jerry.activate_totp('x', NULL), 'VALIDATION_ERROR/code/Field is required', 'which needs a code'),
	(jerry.activate_totp('x', '123456'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.activate_totp(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that something was set up'),
	(jerry.disable_second_factor(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is a removal'),
	(jerry.disable_second_factor('x'), 'VALIDATION_ERROR/code/Field is required', 'which needs a proof'),
	(jerry.disable_second_factor('x', NULL, 'x'), 'VALIDATION_ERROR/current_password/Field is required',
		'a recovery code is one only with the password'),
	(jerry.disable_second_factor('x', 'x'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.disable_second_factor(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that there is one'),
	(jerry.renew_recovery_codes(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so are recovery codes'),
	(jerry.renew_recovery_codes('x'), 'VALIDATION_ERROR/code/Field is required', 'which need a proof'),
	(jerry.renew_recovery_codes('x', 'x'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.renew_recovery_codes(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that there is a factor'),
	(jerry.list_factors(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is the list'),
	(jerry.list_factors('x'), 'INVALID_TOKEN', 'of a token that is good')
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
ROLLBACK TO SAVEPOINT without;

-- ---------- activate ----------

SELECT jerry.setup_totp(:'access')->'data'->>'secret' AS secret \gset
SAVEPOINT set_up;
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT is(pg_temp.complaint(jerry.activate_totp(:'access', code)), expected, name)
FROM (VALUES
	(pg_temp.wrong_code(:'secret'), 'WRONG_CODE/code/Code is not correct', 'another code'),
	('', 'WRONG_CODE/code/Code is not correct', 'nothing'),
	('x', 'WRONG_CODE/code/Code is not correct', 'a word'),
	(pg_temp.app_shows(:'secret') || '0', 'WRONG_CODE/code/Code is not correct', 'a digit too many'),
	(left(pg_temp.app_shows(:'secret'), 5), 'WRONG_CODE/code/Code is not correct', 'a digit too few'),
	(pg_temp.app_shows(:'secret', 3), 'WRONG_CODE/code/Code is not correct', 'a code of the future'),
	(pg_temp.app_shows(:'secret', -3), 'WRONG_CODE/code/Code is not correct', 'a code of the past')
) AS t (code, expected, name);
SELECT is(pg_temp.recorded(:recorded), rtrim(repeat('factor.add/WRONG_CODE/totp ', 7)), 'all of them are on record');
SELECT is(pg_temp.told(:before), '', 'none is told');
SELECT is(pg_temp.verdict(jerry.activate_totp(:'others', pg_temp.app_shows(:'secret'))), 'FACTOR_NOT_FOUND',
	'another user activates nothing');

SELECT is(pg_temp.verdict(jerry.activate_totp(:'access', code)), 'OK', name)
FROM (VALUES (pg_temp.app_shows(:'secret'), 'the code that the app shows is right')) AS t (code, name);
ROLLBACK TO SAVEPOINT set_up;
SELECT is(pg_temp.verdict(jerry.activate_totp(:'access', pg_temp.app_shows(:'secret', 1))), 'OK',
	'so is the next one, of a clock that is ahead');
ROLLBACK TO SAVEPOINT set_up;
SELECT is(pg_temp.verdict(jerry.activate_totp(:'access',
	regexp_replace(pg_temp.app_shows(:'secret'), '(...)', ' \1 '))), 'OK', 'blanks do not matter');
ROLLBACK TO SAVEPOINT set_up;
UPDATE jerry.totp SET created_at = created_at - interval '10 minutes';
SELECT is(pg_temp.verdict(jerry.activate_totp(:'access', pg_temp.app_shows(:'secret'))), 'FACTOR_NOT_FOUND',
	'after ten minutes it is too late');
SELECT jerry.maintain() \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.totp), 0, 'and the row goes');
ROLLBACK TO SAVEPOINT set_up;

SELECT jerry.activate_totp(:'access', pg_temp.app_shows(:'secret'), ROW('192.0.2.9', 'curl', NULL, NULL))
	AS answer \gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'), 'recovery_codes', 'an activation answers with recovery codes');
SELECT is((SELECT count(DISTINCT c)::int FROM json_array_elements_text((:'answer'::json)->'data'->'recovery_codes') AS c
	WHERE c ~ '^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$'), 10, 'ten different ones');
SELECT is(pg_temp.told(:before), 'session.revoked/factor user.factor_added/totp',
	'the other session ends, and it is told');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","factor":"totp","ip_address":"192.0.2.9","locale":null}',
		:'user_id'), 'with the documented bytes');
SELECT is(pg_temp.verdict(jerry.validate_token(:'second')), 'INVALID_TOKEN', 'it has ended');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'the one of the token goes on');
SELECT is((SELECT string_agg(DISTINCT revoked_for, ' ') FROM jerry.session), 'factor', 'its row says why');
SELECT is(pg_temp.recorded(:recorded), 'factor.add/OK/totp', 'it is on record');
SELECT is(jerry.list_factors(:'access')->'data'->>'enrolled', 'true', 'the user has a second factor');
SELECT is(jerry.list_factors(:'access')->'data'->'totp'->>'created_at',
	to_char((SELECT activated_at FROM jerry.totp) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'since now');
SELECT is(jerry.list_factors(:'access')->'data'->>'recovery_codes_left', '10', 'with recovery codes');
SELECT is(jerry.list_factors(:'others')->'data'->>'enrolled', 'false', 'nobody else has');
SELECT is(pg_temp.verdict(jerry.setup_totp(:'access')), 'FACTOR_EXISTS', 'there can be one');
SELECT is(pg_temp.verdict(jerry.activate_totp(:'access', pg_temp.app_shows(:'secret', 1))), 'FACTOR_EXISTS',
	'which is activated once');
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret'))), 'WRONG_CODE',
	'the code that has activated it is used up');
SELECT (:'answer'::json)->'data'->'recovery_codes' AS codes \gset
SELECT (:'codes'::json)->>0 AS first, (:'codes'::json)->>1 AS other_code \gset
SELECT is((SELECT count(DISTINCT left(code_hash, 29))::int FROM jerry.recovery_code), 1, 'all codes have one salt');
SELECT is((SELECT count(*)::int FROM jerry.recovery_code
	WHERE code_hash = crypt(replace(:'first', '-', ''), code_hash)), 1, 'with which bcrypt makes what is stored');
UPDATE jerry.totp SET last_step = -1;
SAVEPOINT active;

-- ---------- a step is good once ----------

SELECT pg_temp.unix_now() / 30 AS step \gset
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret'))), 'OK', 'a code is good');
SELECT ok((SELECT last_step >= :step FROM jerry.totp), 'its step is used up');
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret', later))), 'WRONG_CODE',
	format('%s steps later: it is used, or older', later)) FROM generate_series(-2, 0) AS later;
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret', 1))), 'OK',
	'the next one is good');
ROLLBACK TO SAVEPOINT active;

-- ---------- recovery codes ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.complaint(jerry.renew_recovery_codes(:'access', NULL, code, 'Secret-123')),
	'WRONG_CODE/recovery_code/Code is not correct', name)
FROM (VALUES ('', 'nothing'), ('x', 'a word'), ('00000-00000', 'another code'), (:'first' || '0', 'one that goes on'),
	(pg_temp.app_shows(:'secret'), 'a code of the app')) AS t (code, name);
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', :'first', NULL, 'Secret-123')), 'WRONG_CODE',
	'nor is a recovery code one of the app');
SELECT is(pg_temp.told(:before), '', 'a wrong one is not told');
SELECT is(pg_temp.complaint(jerry.renew_recovery_codes(:'access', NULL, :'first', 'wrong')),
	'WRONG_PASSWORD/current_password/Password is not correct', 'one with a wrong password');
SELECT is(jerry.list_factors(:'access')->'data'->>'recovery_codes_left', '10', 'is not used up');
SELECT jerry.renew_recovery_codes(:'access', NULL, E' ' || lower(replace(:'first', '-', ' - ')), 'Secret-123') AS answer
\gset
SELECT is(pg_temp.verdict(:'answer'::json), 'OK', 'case, blanks and dashes do not matter');
SELECT is(json_array_length((:'answer'::json)->'data'->'recovery_codes'), 10, 'there are ten new ones');
SELECT is(pg_temp.told(:before), 'user.recovery_code_used/9 user.recovery_codes_renewed', 'both are told');
SELECT is((SELECT count(*)::int FROM jerry.recovery_code), 10, 'the old ones are gone');
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', NULL, code, 'Secret-123')), 'WRONG_CODE', name)
FROM (VALUES (:'first', 'the one that was used'), (:'other_code', 'another one of them')) AS t (code, name);
SELECT (:'answer'::json)->'data'->'recovery_codes'->>9 AS tenth \gset
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', NULL, :'tenth', 'Secret-123')), 'OK',
	'the new are good');
ROLLBACK TO SAVEPOINT active;
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', NULL,
	translate(:'first', '01', 'oL'), 'Secret-123')), 'OK', 'O is read as 0, and L as 1');
ROLLBACK TO SAVEPOINT active;
SET LOCAL jerry.bcrypt_cost = 5;
SELECT is(pg_temp.verdict(jerry.disable_second_factor(:'access', NULL, :'first', 'Secret-123')), 'OK',
	'codes stay good when hashes get another cost');
ROLLBACK TO SAVEPOINT active;

-- ---------- remove ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT pg_temp.log_in() \g /dev/null
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
ROLLBACK TO SAVEPOINT active;

-- ---------- guesses ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT pg_temp.wrong_code(:'secret') AS wrong \gset
SELECT max(id) AS before FROM jerry.event \gset
SELECT is((SELECT string_agg(pg_temp.verdict(jerry.renew_recovery_codes(:'access', :'wrong', client =>
	ROW('192.0.2.1', NULL, NULL, ''))), ' ') FROM generate_series(1, 6)), repeat('WRONG_CODE ', 5) || 'RATE_LIMITED',
	'five wrong codes are one too many');
SELECT is(pg_temp.told(:before), 'user.second_factor_lockout', 'of which the owner is told, once');
SELECT is(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret'), client =>
	ROW('192.0.2.1', NULL, NULL, ''))->'error'->'details'->>'retry_after', '90', 'the right one has to wait');
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', NULL, :'first', 'Secret-123',
	ROW('192.0.2.1', NULL, NULL, ''))), 'RATE_LIMITED', 'so has a recovery code');
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret'), client =>
	ROW('192.0.2.2', NULL, NULL, ''))), 'OK', 'and nobody elsewhere');
UPDATE jerry.totp SET last_step = -1;
SELECT is((SELECT string_agg(DISTINCT pg_temp.verdict(jerry.renew_recovery_codes(:'access', :'wrong', client =>
	ROW(format('192.0.2.%s', 10 + n)::inet, NULL, NULL, ''))), ' ') FROM generate_series(1, 15) AS n), 'WRONG_CODE',
	'from everywhere twenty are too many');
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret'), client =>
	ROW('192.0.2.99', NULL, NULL, ''))), 'RATE_LIMITED', 'then the account has to wait');
SELECT is(pg_temp.told(:before), 'user.second_factor_lockout user.recovery_codes_renewed',
	'the owner is told of it once a day');
SELECT (jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.98', NULL, NULL, ''))->'data') AS known \gset
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes((:'known'::json)->>'access_token', pg_temp.app_shows(:'secret'),
	client => ROW('192.0.2.98', NULL, NULL, (:'known'::json)->>'device_token'))), 'OK',
	'but not on a device that is known');

SELECT * FROM finish();
ROLLBACK;
