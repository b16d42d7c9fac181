-- jerry.renew_recovery_codes: new recovery codes; and what a code is worth: each once, and not too many guesses
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('renew_recovery_codes(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.renew_recovery_codes(''x'', ''x'')', reason => 'it writes');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.renew_recovery_codes(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so are recovery codes'),
	(jerry.renew_recovery_codes('x'), 'VALIDATION_ERROR/code/Field is required', 'which need a proof'),
	(jerry.renew_recovery_codes('x', 'x'), 'INVALID_TOKEN', 'and a token that is good'),
	(jerry.renew_recovery_codes(:'access', '123456'), 'FACTOR_NOT_FOUND', 'and that there is a factor')
) AS t (answer, expected, name);
SELECT secret, recovery_codes AS codes, recovery_codes->>0 AS first, recovery_codes->>1 AS other_code
	FROM pg_temp.new_app(:'access') \gset
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
SELECT is(pg_temp.verdict(jerry.renew_recovery_codes(:'access', pg_temp.app_shows(:'secret'),
	client => ROW('192.0.2.98', NULL, NULL, (:'here'::json)->>'device_token'))), 'OK',
	'but not on a device that is known');

SELECT * FROM finish();
ROLLBACK;
