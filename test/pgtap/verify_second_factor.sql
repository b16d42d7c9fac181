-- jerry.verify_second_factor: the second step of a login, and more than one factor for a session that is there
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('verify_second_factor(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.verify_second_factor(''x'', ''x'')', reason => 'it writes');

SELECT pg_temp.new_user() AS user_id \gset
UPDATE jerry."user" SET is_email_verified = true;
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT secret, recovery_codes->>0 AS recovery_code, recovery_codes->>1 AS other_recovery_code,
	recovery_codes->>2 AS spare_recovery_code
FROM pg_temp.new_app(:'access') \gset

-- codes are good once: the app of these tests forgets that
CREATE FUNCTION pg_temp.shown(secret text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE jerry.totp SET last_step = -1;
	RETURN pg_temp.app_shows(secret);
END
$$;
CREATE FUNCTION pg_temp.client(ip text, agent text) RETURNS jerry.client
	RETURN ROW(ip::inet, agent, NULL, NULL)::jerry.client;
CREATE FUNCTION pg_temp.begun(client jerry.client DEFAULT NULL) RETURNS text
	RETURN jerry.login('user@example.com', 'Secret-123', client)->'data'->>'mfa_token';
CREATE FUNCTION pg_temp.since(events bigint, recorded bigint) RETURNS text
	RETURN concat_ws(' | ',
		(SELECT string_agg(event_type, ' ' ORDER BY id) FROM jerry.event WHERE id > events),
		(SELECT string_agg(concat_ws('/', action, outcome), ' ' ORDER BY id) FROM jerry.audit WHERE id > recorded));
CREATE FUNCTION pg_temp.said(object json) RETURNS text RETURN concat_ws(' ', object->>'aal', object->>'amr');

-- ---------- the first step ----------

SELECT max(id) AS events FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT count(*) AS sessions FROM jerry.session \gset
SELECT jerry.login('user@example.com', 'Secret-123') AS answer \gset
SELECT is(regexp_replace(pg_temp.without_time(:'answer'), '"mfa_token":"[\w-]{43}"', '"mfa_token":"M"'),
	'{"success":true,"data":{"mfa_required":true,"mfa_token":"M","expires_in":300,"methods":["totp","recovery_code"]},'
	'"timestamp":"T"}', 'the right password is answered with what is missing, and no other token');
SELECT (:'answer'::json)->'data'->>'mfa_token' AS mfa \gset
SELECT is(pg_temp.since(:events, :recorded), 'session.first_step/OK', 'nobody has logged in');
SELECT is((SELECT count(*) FROM jerry.session), :sessions::bigint, 'there is no session');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'secret-123')), 'INVALID_CREDENTIALS',
	'a wrong password is answered as ever');
SELECT is(pg_temp.verdict(call), 'INVALID_TOKEN', 'the token is nothing for ' || name)
FROM (VALUES ('validate_token', jerry.validate_token(:'mfa')), ('refresh', jerry.refresh(:'mfa')),
	('me', jerry.me(:'mfa')), ('verify_email', jerry.verify_email(:'mfa')),
	('confirm_login_code', jerry.confirm_login_code(token => :'mfa')),
	('logout', jerry.logout(:'mfa'))) AS t (name, call);
SELECT is((SELECT count(*) FROM jerry.one_time_token WHERE token_hash = sha256(:'mfa'::bytea)
		AND expires_at - created_at = '5 minutes'), 1::bigint, 'only its hash is stored, for five minutes');

-- ---------- the second ----------

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.verify_second_factor(), 'VALIDATION_ERROR/code/Field is required', 'something has to be shown'),
	(jerry.verify_second_factor(code => '000000'), 'VALIDATION_ERROR/mfa_token/Field is required', 'for something'),
	(jerry.verify_second_factor('x', '000000'), 'INVALID_TOKEN', 'a word is no token'),
	(jerry.verify_second_factor(:'access', '000000'), 'INVALID_TOKEN', 'nor is one of a session'),
	(jerry.verify_second_factor(code => '000000', access_token => :'mfa'), 'INVALID_TOKEN',
		'nor this one for a session'),
	(jerry.verify_second_factor(:'mfa', pg_temp.wrong_code(:'secret')), 'WRONG_CODE/code/Code is not correct',
		'a wrong code is told'),
	(jerry.verify_second_factor(:'mfa', recovery_code => 'AAAAA-AAAAA'),
		'WRONG_CODE/recovery_code/Code is not correct', 'a wrong recovery code, too')
) AS t (answer, expected, name);

SELECT max(id) AS events FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret')) AS answer \gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'),
	'access_token,refresh_token,token_type,expires_in,user_id,device_token', 'the right one is answered as a login is');
SELECT is(pg_temp.since(:events, :recorded), 'user.logged_in | session.login/OK', 'now somebody has logged in');
SELECT (:'answer'::json)->'data'->>'access_token' AS strong,
	(:'answer'::json)->'data'->>'refresh_token' AS strong_refresh \gset
SELECT is(pg_temp.said(pg_temp.claims(:'strong')), 'aal2 ["pwd","otp","mfa"]', 'with two factors');
SELECT is(pg_temp.said(jerry.validate_token(:'strong', 'aal2', 600)->'data'), 'aal2 ["pwd","otp","mfa"]',
	'which is enough for who asks for them');
SELECT is(pg_temp.said(pg_temp.claims(jerry.refresh(:'strong_refresh')->'data'->>'access_token')),
	'aal2 ["pwd","otp","mfa"]', 'a refresh keeps them');
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'))), 'INVALID_TOKEN',
	'the token is good once');
SELECT pg_temp.begun() AS mfa, pg_temp.begun() AS other_mfa \gset
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', recovery_code => :'recovery_code')), 'OK',
	'a recovery code does as well');
SELECT is(pg_temp.said(pg_temp.claims(jerry.verify_second_factor(:'other_mfa', recovery_code => :'other_recovery_code')
		->'data'->>'access_token')), 'aal2 ["pwd","recovery_code","mfa"]',
	'one login does not end another one that has begun, and each says what was shown');
SELECT pg_temp.begun() AS mfa \gset
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', recovery_code => :'recovery_code')), 'WRONG_CODE',
	'a recovery code is good once');

-- five tries
SELECT is(string_agg(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.wrong_code(:'secret'))), ' '),
	'WRONG_CODE WRONG_CODE WRONG_CODE WRONG_CODE INVALID_TOKEN', 'with the one before it has had five tries')
FROM generate_series(1, 5);
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'))), 'INVALID_TOKEN',
	'and is good for nothing');
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', recovery_code => :'spare_recovery_code')),
	'INVALID_TOKEN', 'nobody learns whether what is shown with it is right');
SELECT is((SELECT count(*) FROM jerry.recovery_code), 8::bigint, 'nor is that used up');
DELETE FROM jerry.rate_bucket;

-- five minutes
SELECT pg_temp.begun() AS mfa \gset
UPDATE jerry.one_time_token SET created_at = created_at - interval '5 minutes', expires_at = clock_timestamp()
WHERE purpose = 'mfa';
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'))), 'EXPIRED_TOKEN',
	'after five minutes it is late');
SELECT jerry.maintain() \g /dev/null
SELECT is((SELECT count(*) FROM jerry.one_time_token WHERE purpose = 'mfa'), 0::bigint, 'and nothing stays of it');

-- the client
SELECT pg_temp.begun(pg_temp.client('192.0.2.1', 'curl')) AS mfa \gset
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'), client => other)),
	'INVALID_TOKEN',
	'who has begun from elsewhere does not get in')
FROM (VALUES (pg_temp.client('192.0.2.2', 'curl')), (pg_temp.client('192.0.2.1', 'wget')),
	(pg_temp.client('192.0.2.1', NULL)), (pg_temp.client(NULL, 'curl')), (NULL)) AS t (other);
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'),
	client => pg_temp.client('192.0.2.1', 'curl'))), 'OK', 'the same client does');
SELECT pg_temp.begun(pg_temp.client('2001:db8::1', 'curl')) AS mfa \gset
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'),
	client => pg_temp.client('2001:db8::2', 'curl'))), 'OK', 'of IPv6 from the same /64');
SELECT pg_temp.begun() AS mfa \gset
SELECT is(pg_temp.verdict(jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'),
	client => pg_temp.client('192.0.2.1', 'curl'))), 'OK', 'a login that tells no client is bound to none');

-- what ends it
CREATE FUNCTION pg_temp.after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	token text := pg_temp.begun();
BEGIN
	EXECUTE change;
	RETURN pg_temp.verdict(jerry.verify_second_factor(token, pg_temp.shown(current_setting('test.secret'))));
END
$$;
SELECT set_config('test.secret', :'secret', true), set_config('test.access', :'strong', true) \g /dev/null
SAVEPOINT change;
SELECT is(pg_temp.after($$ SELECT jerry.change_password(current_setting('test.access'), 'Secret-123', 'Secret-456',
	'Secret-456') $$), 'INVALID_TOKEN', 'another password ends what has begun with the old one');
ROLLBACK TO change;
SELECT is(pg_temp.after(format($$ SELECT jerry.ban_user(%L) $$, :'user_id')), 'INVALID_TOKEN', 'so does a ban');
ROLLBACK TO change;
SELECT is(pg_temp.after(format($$ SELECT jerry.set_password_hash(%L, jerry.hash_password('Secret-456')) $$,
	:'user_id')),
	'INVALID_TOKEN', 'or a hash that an operator sets');
ROLLBACK TO change;
SELECT is(pg_temp.after($$ UPDATE jerry."user" SET banned_until = 'infinity' $$), 'USER_BANNED',
	'who is banned by hand is told');
ROLLBACK TO change;
SELECT is(pg_temp.after($$ DELETE FROM jerry."user" $$), 'INVALID_TOKEN', 'and with the user all is gone');
ROLLBACK TO change;

-- a mailed code is a first step as well
SET LOCAL jerry.code_login = on;
SELECT jerry.request_login_code('user@example.com') \g /dev/null
SELECT payload->'data'->>'login_token' AS login_token FROM jerry.event
WHERE event_type = 'user.login_code_requested' \gset
SELECT jerry.confirm_login_code(token => :'login_token')->'data' AS data \gset
SELECT is(pg_temp.keys(:'data'::json), 'mfa_required,mfa_token,expires_in,methods',
	'a code of a mail is not enough either');
SELECT is(pg_temp.said(pg_temp.claims(
	jerry.verify_second_factor((:'data'::json)->>'mfa_token', pg_temp.shown(:'secret'))->'data'->>'access_token')),
	'aal2 ["otp","mfa"]', 'with the app it is');

-- a login takes back a deletion, once it is one
SELECT is(pg_temp.verdict(jerry.request_deletion(:'strong', 'Secret-123')), 'OK', 'somebody asks for a deletion');
SELECT pg_temp.begun() AS mfa \gset
SELECT isnt((SELECT deletes_at FROM jerry."user"), NULL, 'the first step keeps nobody');
SELECT jerry.verify_second_factor(:'mfa', pg_temp.shown(:'secret'))->'data' AS data \gset
SELECT is((SELECT deletes_at FROM jerry."user"), NULL, 'the second does');

-- ---------- a session that is there ----------

SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid \gset
UPDATE jerry.session SET aal = 1, amr = '{pwd}', authenticated_at = '2026-01-15 10:30:00Z' WHERE id = :'sid';
SELECT jerry.refresh(:'refresh')->'data'->>'access_token' AS weak \gset
SELECT is(pg_temp.said(pg_temp.claims(:'weak')), 'aal1 ["pwd"]', 'a session with one factor');
SELECT is(pg_temp.verdict(jerry.verify_second_factor(code => pg_temp.wrong_code(:'secret'), access_token => :'weak')),
	'WRONG_CODE', 'a wrong code raises nothing');
SELECT is((SELECT concat_ws(' ', aal, generation) FROM jerry.session WHERE id = :'sid'), '1 0', 'and changes nothing');
SELECT max(id) AS events FROM jerry.event \gset
SELECT max(id) AS recorded FROM jerry.audit \gset
SELECT jerry.verify_second_factor(code => pg_temp.shown(:'secret'), access_token => :'weak')->'data' AS raised \gset
SELECT is(pg_temp.keys(:'raised'::json), 'access_token,refresh_token,token_type,expires_in,user_id',
	'a right one is answered with tokens');
SELECT is(pg_temp.since(:events, :recorded), 'session.step_up/OK', 'nobody has logged in, but it is on record');
SELECT (:'raised'::json)->>'access_token' AS raised_access, (:'raised'::json)->>'refresh_token' AS raised_refresh \gset
SELECT is(pg_temp.said(pg_temp.claims(:'raised_access')), 'aal2 ["pwd","otp","mfa"]', 'which say more');
SELECT is(pg_temp.claims(:'raised_access')->>'sid', :'sid', 'of the same session');
SELECT is(pg_temp.verdict(jerry.validate_token(:'raised_access', 'aal2', 60)), 'OK', 'as of now');
SELECT is(pg_temp.verdict(jerry.validate_token(:'weak', 'aal2')), 'STEP_UP_REQUIRED', 'the old token does not');
SELECT is(pg_temp.said(pg_temp.claims(jerry.refresh(:'raised_refresh')->'data'->>'access_token')),
	'aal2 ["pwd","otp","mfa"]', 'the new refresh token gives that');
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'the old one gives nothing');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'also where refresh tokens rotate');
SELECT is(pg_temp.verdict(jerry.validate_token(:'raised_access')), 'OK', 'and the session goes on');
SELECT jerry.refresh(:'raised_refresh')->'data'->>'refresh_token' AS next \gset
SELECT is(pg_temp.said(pg_temp.claims(jerry.refresh(:'next')->'data'->>'access_token')), 'aal2 ["pwd","otp","mfa"]',
	'by its tokens');
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'INVALID_TOKEN', 'a token of long ago is a copy');
SELECT is(pg_temp.verdict(jerry.validate_token(:'raised_access')), 'INVALID_TOKEN', 'which ends the session, as ever');
SET LOCAL jerry.rotate_refresh_tokens = off;
SELECT is(pg_temp.verdict(jerry.verify_second_factor(code => pg_temp.shown(:'secret'),
	access_token => :'raised_access')),
	'INVALID_TOKEN', 'one that has ended cannot be raised');

-- ---------- an account without a factor ----------

SELECT pg_temp.new_user('other@example.com') \g /dev/null
SELECT pg_temp.log_in('other@example.com') AS data \gset
SELECT is(pg_temp.keys(:'data'::json), 'access_token,refresh_token,token_type,expires_in,user_id,device_token',
	'is asked for none');
SELECT is(pg_temp.verdict(jerry.verify_second_factor(code => '000000',
	access_token => (:'data'::json)->>'access_token')),
	'WRONG_CODE', 'and can show none');

-- ---------- an account that somebody else has made ----------

SELECT pg_temp.new_user('victim@example.com') AS victim \gset
SELECT recovery_codes->>0 AS recovery_code FROM pg_temp.new_app(pg_temp.log_in('victim@example.com')->>'access_token')
\gset
SELECT is(pg_temp.keys(pg_temp.log_in('victim@example.com')), 'mfa_required,mfa_token,expires_in,methods',
	'has a factor of theirs');
SELECT jerry.request_login_code('victim@example.com') \g /dev/null
SELECT payload->'data'->>'login_token' AS login_token FROM jerry.event
WHERE event_type = 'user.login_code_requested' AND payload->'data'->>'user_id' = :'victim' \gset
SELECT is(pg_temp.keys(jerry.confirm_login_code(token => :'login_token')->'data'),
	'access_token,refresh_token,token_type,expires_in,user_id,device_token',
	'which the owner of the address does not need');
SELECT is((SELECT count(*) FROM jerry.totp WHERE user_id = :'victim'), 0::bigint, 'it is gone');
SELECT is((SELECT string_agg(event_type, ' ' ORDER BY id) FROM jerry.event WHERE event_type = 'user.factor_removed'
	AND payload->'data'->>'user_id' = :'victim'), 'user.factor_removed', 'as is told');

SELECT * FROM finish();
ROLLBACK;
