-- jerry.activate_totp: the app that shows the right code is a second factor, with recovery codes
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('activate_totp(text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.activate_totp(''x'', ''x'')', reason => 'it writes');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset
SELECT max(id) AS before FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.activate_totp(NULL, NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is an activation'),
	(jerry.activate_totp('x', NULL), 'VALIDATION_ERROR/code/Field is required', 'which needs a code'),
	(jerry.activate_totp('x', '123456'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.activate_totp(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that something was set up')
) AS t (answer, expected, name);

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

SELECT * FROM finish();
ROLLBACK;
