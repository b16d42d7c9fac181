-- how and when a user has logged in: claims aal, amr and auth_time, jerry.aal, jerry.require_assurance, and what
-- jerry.validate_token can be asked for
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid \gset

SELECT pg_temp.declared('aal()', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'r',
	strict => false, call => 'SELECT jerry.aal()',
	reason => 'the identity is in the memory of the leader, and a statement has one');
SELECT pg_temp.declared('require_assurance(text,integer)', roles => 'jerry_admin, jerry_api', volatility => 's',
	parallel => 'r', strict => false, call => 'SELECT jerry.require_assurance()',
	reason => 'the identity is in the memory of the leader, and a statement has one');

-- aal amr auth_time
CREATE FUNCTION pg_temp.said(object json) RETURNS text
	RETURN concat_ws(' ', object->>'aal', object->>'amr', object->>'auth_time');
CREATE FUNCTION pg_temp.refreshed(refresh_token text) RETURNS text
	RETURN jerry.refresh(refresh_token)->'data'->>'access_token';

-- ---------- of a session ----------

SELECT floor(extract(epoch FROM authenticated_at)) AS logged_in FROM jerry.session \gset
SELECT is(concat_ws(' ', aal, amr, authenticated_at = created_at), '1 {pwd} t',
	'a login with a password has one factor') FROM jerry.session;
SELECT is(pg_temp.said(pg_temp.claims(:'access')), 'aal1 ["pwd"] ' || :'logged_in', 'as its access token says');
SELECT is(pg_temp.said(pg_temp.claims(:'refresh')), '', 'its refresh token says nothing');
SELECT is(pg_temp.said(jerry.validate_token(:'access')->'data'), 'aal1 ["pwd"] ' || :'logged_in',
	'validate_token says it');
SELECT is(pg_temp.said(jerry.authenticate(:'access')->'data'), 'aal1 ["pwd"] ' || :'logged_in', 'so does authenticate');

UPDATE jerry.session SET aal = 2, amr = '{pwd,otp,mfa}', authenticated_at = '2026-01-15 10:30:00.9Z';
SELECT is(pg_temp.said(pg_temp.claims(:'access')), 'aal1 ["pwd"] ' || :'logged_in',
	'a token that is there does not change');
SELECT pg_temp.refreshed(:'refresh') AS strong \gset
SELECT is(pg_temp.said(pg_temp.claims(:'strong')), 'aal2 ["pwd","otp","mfa"] 1768473000',
	'that of a refresh says what the session does, in whole seconds that have passed');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT jerry.refresh(:'refresh')->'data'->>'refresh_token' AS rotated \gset
SELECT is(pg_temp.said(pg_temp.claims(pg_temp.refreshed(:'rotated'))), 'aal2 ["pwd","otp","mfa"] 1768473000',
	'however often its refresh token rotates');
SET LOCAL jerry.rotate_refresh_tokens = off;
SELECT is(concat_ws(' ', aal, amr, authenticated_at), concat_ws(' ', 2, '{pwd,otp,mfa}',
	'2026-01-15 10:30:00.9Z'::timestamptz), 'no refresh changes it') FROM jerry.session;
SELECT throws_ok($$ UPDATE jerry.session SET aal = 3 $$, '23514', NULL, 'there is no third level');
SELECT throws_ok($$ UPDATE jerry.session SET aal = 0 $$, '23514', NULL, 'nor one below the first');

-- one of before the update
SELECT pg_temp.log_in() AS other \gset
UPDATE jerry.session SET aal = DEFAULT, amr = DEFAULT, authenticated_at = DEFAULT, created_at = '2026-01-15 10:30:00Z'
WHERE id = (pg_temp.claims((:'other'::json)->>'access_token')->>'sid')::uuid;
SELECT is(pg_temp.said(pg_temp.claims(pg_temp.refreshed((:'other'::json)->>'refresh_token'))), 'aal1 1768473000',
	'of a session of before 1.2.0 is known when it began');

-- ---------- what is asked for ----------

CREATE FUNCTION pg_temp.asked(token text, min_aal text, max_age integer) RETURNS text LANGUAGE sql
	RETURN (SELECT concat_ws(' ', pg_temp.verdict(answer), answer->'error'->>'details')
		FROM jerry.validate_token(token, min_aal, max_age) AS answer);
SELECT jerry.create_access_token(json_build_object('sub', :'user_id', 'sid', :'sid')) AS silent,
	jerry.create_access_token(json_build_object('sub', :'user_id', 'sid', :'sid', 'aal', 'aal2', 'amr',
		'["otp",7,{"method":"totp"}]'::json, 'auth_time', pg_temp.unix_now() - 60)) AS minute,
	jerry.create_access_token(json_build_object('sub', :'user_id', 'sid', :'sid', 'aal', 'aal3', 'amr', 'pwd',
		'auth_time', 'yesterday')) AS odd \gset
SELECT is(pg_temp.asked(CASE token WHEN 'silent' THEN :'silent' WHEN 'minute' THEN :'minute' ELSE :'odd' END, min_aal,
	max_age), expected, format('a %s token that is asked for %s and %s', token, min_aal, max_age))
FROM (VALUES
	('silent', NULL, NULL, 'OK'),
	('silent', 'aal1', NULL, 'OK'),
	('silent', 'aal2', NULL, 'STEP_UP_REQUIRED {"aal":"aal2"}'),
	('silent', NULL, 2147483647, 'STEP_UP_REQUIRED {"max_age":2147483647}'),
	('silent', 'aal2', 0, 'STEP_UP_REQUIRED {"aal":"aal2","max_age":0}'),
	('minute', 'aal2', 120, 'OK'),
	('minute', 'aal1', 120, 'OK'),
	('minute', 'aal2', 30, 'STEP_UP_REQUIRED {"max_age":30}'),
	('minute', NULL, 0, 'STEP_UP_REQUIRED {"max_age":0}'),
	('odd', 'aal1', NULL, 'OK'),
	('odd', 'aal2', NULL, 'STEP_UP_REQUIRED {"aal":"aal2"}'),
	('odd', NULL, 600, 'STEP_UP_REQUIRED {"max_age":600}')
) AS t (token, min_aal, max_age, expected);
SELECT is(pg_temp.said(jerry.validate_token(:'silent')->'data'), 'aal1', 'who says nothing has one factor');
SELECT is(jerry.validate_token(:'minute')->'data'->>'amr', '["otp"]', 'what is no text is no method');
SELECT is(pg_temp.said(jerry.validate_token(:'odd')->'data'), 'aal1',
	'what is neither level nor time counts for nothing');
SELECT is(pg_temp.complaint(jerry.validate_token(:'access', level, age)), expected,
	format('%L and %L cannot be asked for', level, age))
FROM (VALUES
	('', NULL, 'VALIDATION_ERROR/min_aal/Level must be aal1 or aal2'),
	('aal3', NULL, 'VALIDATION_ERROR/min_aal/Level must be aal1 or aal2'),
	('AAL2', NULL, 'VALIDATION_ERROR/min_aal/Level must be aal1 or aal2'),
	('aal2', -1, 'VALIDATION_ERROR/max_age/Age must not be negative')
) AS t (level, age, expected);
SELECT is(pg_temp.verdict(jerry.validate_token('x', 'aal2', 0)), 'INVALID_TOKEN', 'a token that is none is that first');

-- ---------- in policies and functions ----------

SELECT jerry.authenticate('x') \g /dev/null
SELECT is(jerry.aal(), NULL, 'without an identity there is no level');
SELECT throws_ok($$ SELECT jerry.require_assurance() $$, 'JR008', NULL, 'and none can be required');
SELECT jerry.authenticate(:'silent') \g /dev/null
SELECT is(jerry.aal(), 'aal1', 'an identity has that of its token');
SELECT lives_ok($$ SELECT jerry.require_assurance() $$, 'of which nothing may be asked');
SELECT lives_ok($$ SELECT jerry.require_assurance('aal1') $$, 'or what it has');
SELECT throws_ok($$ SELECT jerry.require_assurance('aal2', 600) $$, 'JR019',
	'A stronger or more recent login is required', 'but not more');
SELECT throws_ok($$ SELECT jerry.require_assurance('aal3') $$, 'JR001', NULL, 'nor what there is not');
SELECT throws_ok($$ SELECT jerry.require_assurance(max_age => -1) $$, 'JR001', NULL, 'or cannot be');
CREATE FUNCTION pg_temp.detail(min_aal text, max_age integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM jerry.require_assurance(min_aal, max_age);
	RETURN 'OK';
EXCEPTION WHEN SQLSTATE 'JR019' THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END
$$;
SELECT is(pg_temp.detail('aal2', 600), '{"aal":"aal2","max_age":600}', 'the error says what is missing');
SELECT jerry.authenticate(:'minute') \g /dev/null
SELECT is(jerry.aal(), 'aal2', 'another identity has another');
SELECT is(pg_temp.detail('aal2', 120), 'OK', 'which is enough');
SELECT is(pg_temp.detail('aal2', 30), '{"max_age":30}', 'though not recent enough for everything');
SELECT is(pg_temp.outcome('SELECT jerry.aal()', 'jerry_api'), 'aal2', 'an application''s role asks as well');
SAVEPOINT one;
SELECT jerry.authenticate(:'silent') \g /dev/null
ROLLBACK TO SAVEPOINT one;
SELECT is(jerry.aal(), NULL, 'it goes with the identity');

SELECT * FROM finish();
ROLLBACK;
