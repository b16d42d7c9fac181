-- jerry.request_login_code: a code is mailed, and its flow answered
BEGIN;
\ir setup.psql
\ir login_code.psql

SELECT pg_temp.declared('request_login_code(text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.request_login_code(''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.request_login_code('user@example.com')),
	'VALIDATION_ERROR/Login by code is off (jerry.code_login)', 'it is off by default');
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT is(pg_temp.complaint(jerry.request_login_code(NULL)), 'VALIDATION_ERROR/email/Field is required',
	'an address is needed');
SELECT is(pg_temp.complaint(jerry.request_login_code('user')), 'INVALID_EMAIL/email/Email address is not valid',
	'that is one');


SELECT max(id) AS before FROM jerry.event \gset
SELECT jerry.request_login_code('User@example.com') AS answer \gset
SELECT (:'answer'::json)->'data'->>'flow' AS flow \gset
SELECT is(pg_temp.without_time(:'answer'), format('{"success":true,"data":{"flow":"%s","message":"If this address '
	'belongs to an account, a code is on its way."},"timestamp":"T"}', :'flow'), 'the answer is the compact envelope');
SELECT matches(:'flow'::text, '^[A-Za-z0-9_-]{24}$', 'a flow is random');
SELECT is(pg_temp.told(:before), 'user.login_code_requested', 'the user gets a mail');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","login_code":"%s","login_token":"%s","locale":null}', :'user_id',
		pg_temp.mailed('login_code'), pg_temp.mailed('login_token')), 'with a code and a token');
SELECT matches(pg_temp.mailed('login_code'), '^[0-9]{6}$', 'the code has six digits');
SELECT matches(pg_temp.mailed('login_token'), '^[A-Za-z0-9_-]{56}$', 'the token cannot be guessed');
SELECT is((SELECT expires_at - created_at FROM jerry.one_time_token
	WHERE purpose = 'login_code'), interval '10 minutes',
	'they live for ten minutes');
SELECT ok((SELECT position(pg_temp.mailed('login_code') in t::text) = 0 AND position(pg_temp.mailed('login_token')
	in t::text) = 0 AND position(:'flow' in t::text) = 0 FROM jerry.one_time_token AS t WHERE purpose = 'login_code'),
	'none of them is in the table');
SELECT isnt(data->>'code', rtrim(translate(encode(sha256(convert_to(v, 'UTF8')), 'base64'), '+/', '-_'), '='),
	'nor a digest that can be tried out')
FROM jerry.one_time_token, (VALUES (pg_temp.mailed('login_code')), (:'flow' || pg_temp.mailed('login_code')),
	(format('login code %s %s', :'flow', pg_temp.mailed('login_code')))) AS t (v) WHERE purpose = 'login_code';
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.keys(jerry.request_login_code(email)->'data'), 'flow,message', name || ' is answered in the same way')
FROM (VALUES ('nobody@example.com', 'an unknown address')) AS t (email, name);
SELECT is(pg_temp.told(:before), NULL, 'and not mailed');
UPDATE jerry."user" SET banned_until = 'infinity' WHERE id = :'user_id';
SELECT pg_temp.ask() \g /dev/null
SELECT is(pg_temp.told(:before), NULL, 'nor one who is banned');
UPDATE jerry."user" SET banned_until = NULL WHERE id = :'user_id';

-- ---------- limits ----------
SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(string_agg(pg_temp.keys(jerry.request_login_code('user@example.com')->'data'), ' '),
	'flow,message flow,message', 'too many for one address are answered in the same way') FROM generate_series(1, 2);
SELECT is(pg_temp.told(:before), 'user.login_code_requested', 'and not mailed');
DELETE FROM jerry.rate_bucket;
SELECT jerry.set_limit('mail_network', 1, 3600, 1) \g /dev/null
SELECT is(string_agg(pg_temp.verdict(jerry.request_login_code('user@example.com',
	ROW('192.0.2.1', NULL, NULL, NULL))), ' '),
	'OK RATE_LIMITED', 'and mails as every other mail') FROM generate_series(1, 2);

SELECT * FROM finish();
ROLLBACK;
