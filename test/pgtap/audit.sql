-- jerry.audit: what is on record, of what a user does, and that nobody changes it
BEGIN;
\ir setup.psql

SELECT coalesce(max(id), 0) AS before FROM jerry.audit \gset
CREATE FUNCTION pg_temp.client() RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client,
		'{"ip": "192.0.2.7", "user_agent": "curl/8.5", "request_id": "r-1"}');

-- the rows since then, without what differs every time: action, outcome, actor, whose, of which session, details
CREATE TEMPORARY TABLE seen AS SELECT :before::bigint AS id;
CREATE FUNCTION pg_temp.recorded() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT concat_ws(' ', action, outcome, actor, (SELECT split_part(email, '@', 1) FROM jerry."user"
			WHERE "user".id = user_id), CASE WHEN session_id IS NOT NULL THEN 'session' END, details)
		FROM jerry.audit WHERE id > (SELECT seen.id FROM seen) ORDER BY id;
	UPDATE seen SET id = (SELECT max(audit.id) FROM jerry.audit);
END
$$;

-- ---------- accounts ----------

SELECT jerry.register('ada@example.com', 'Secret-123', 'Secret-123', pg_temp.client())->'data'->>'user_id' AS ada \gset
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.register OK user ada'], 'a registration is on record');
SELECT is(concat_ws('|', role, acting_role, ip, user_agent, request_id, details),
	current_user || '|192.0.2.7|curl/8.5|r-1', 'with the role, and what is known of the client')
FROM jerry.audit ORDER BY id DESC LIMIT 1;
SELECT ok(at BETWEEN now() AND clock_timestamp(), 'and its time') FROM jerry.audit ORDER BY id DESC LIMIT 1;
SELECT is(tableoid::regclass::text,
	format('jerry.audit_%s_%s', CASE WHEN extract(year FROM at AT TIME ZONE 'UTC')::int % 2 = 0 THEN 'even'
		ELSE 'odd' END, to_char(at AT TIME ZONE 'UTC', 'MM')), 'in the partition of its month')
FROM jerry.audit ORDER BY id DESC LIMIT 1;

SELECT jerry.register('ada@example.com', 'Secret-123', 'Secret-123') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.register DUPLICATE_EMAIL user'],
	'one of an address that is taken, too');
SELECT jerry.register('eve@example.com', 'short', 'short'), jerry.register('x', 'Secret-123', 'Secret-123') \g /dev/null
SELECT is_empty('SELECT pg_temp.recorded()', 'not what comes of a typing error');

SELECT jerry.verify_email('x'), jerry.verify_email(pg_temp.verification_token(:'ada')) \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.verify INVALID_TOKEN user', 'account.verify OK user ada'],
	'a verification, and one that fails');
SELECT jerry.resend_verification('ada@example.com') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.resend OK user ada'], 'a verification token asked for');
SELECT jerry.resend_verification('nobody@example.com') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.resend OK user'],
	'also for an address without an account');

-- whatever proves an address
SAVEPOINT proved;
CREATE FUNCTION pg_temp.mailed(member text) RETURNS text
	RETURN (SELECT payload->'data'->>member FROM jerry.event WHERE payload->'data'->>member IS NOT NULL
		ORDER BY id DESC LIMIT 1);
CREATE FUNCTION pg_temp.proofs() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', action, outcome, actor), ', ' ORDER BY id) FROM jerry.audit
		WHERE action ~ 'verif' AND user_id = (SELECT id FROM jerry."user" ORDER BY created_at DESC LIMIT 1));
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null

SELECT pg_temp.new_user('reset@example.com'), jerry.request_password_reset('reset@example.com') \g /dev/null
SELECT jerry.reset_password(pg_temp.mailed('password_reset_token'), 'New-Secret-1', 'New-Secret-1') \g /dev/null
SELECT is(pg_temp.proofs(), 'account.verify OK user', 'a reset of the password proves the address, which is on record');
SELECT jerry.request_password_reset('reset@example.com') \g /dev/null
SELECT jerry.reset_password(pg_temp.mailed('password_reset_token'), 'New-Secret-2', 'New-Secret-2') \g /dev/null
SELECT is(pg_temp.proofs(), 'account.verify OK user', 'once');
SELECT jerry.invite_user('invited@example.com') \g /dev/null
SELECT jerry.accept_invite(pg_temp.mailed('invite_token'), 'New-Secret-1', 'New-Secret-1') \g /dev/null
SELECT is(pg_temp.proofs(), 'account.verify OK user', 'so does an invite');
SELECT pg_temp.new_user('code@example.com'), jerry.request_login_code('code@example.com') \g /dev/null
SELECT jerry.confirm_login_code(token => pg_temp.mailed('login_token')) \g /dev/null
SELECT is(pg_temp.proofs(), 'account.verify OK user', 'a login code');
SELECT pg_temp.new_user('change@example.com'), jerry.request_email_change(
	pg_temp.log_in('change@example.com')->>'access_token', 'changed@example.com', 'Secret-123') \g /dev/null
SELECT jerry.confirm_email_change(payload->'data'->>'email_change_token') FROM jerry.event
	WHERE payload->'data'->>'email_change_token' IS NOT NULL \g /dev/null
SELECT is(pg_temp.proofs(), 'account.verify OK user', 'another address');
SELECT jerry.create_user('vouched@example.com', is_verified => true) \g /dev/null
SELECT is(pg_temp.proofs(), 'account.force_verified OK admin', 'and who vouches for one says so');
ROLLBACK TO SAVEPOINT proved;

-- ---------- sessions ----------

SELECT jerry.login('ada@example.com', 'Secret-123', pg_temp.client())->'data' AS first \gset
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login OK user ada session'], 'a login');
SELECT is(session_id::text, pg_temp.claims(:'first'::json->>'access_token')->>'sid', 'with its session')
FROM jerry.audit ORDER BY id DESC LIMIT 1;
SELECT jerry.login('ada@example.com', 'wrong') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login INVALID_CREDENTIALS user ada'],
	'a wrong password is on record for the account');
SELECT jerry.login('not.there@example.com', 'Secret-123') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login INVALID_CREDENTIALS user'],
	'an address without an account for nobody');
SET LOCAL jerry.require_verified_email = on;
SELECT pg_temp.new_user('bob@example.com') AS bob \gset
SELECT jerry.login('bob@example.com', 'Secret-123') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.register OK user bob',
	'session.login EMAIL_NOT_VERIFIED user bob'], 'and a login that is too early');
RESET jerry.require_verified_email;

SELECT jerry.validate_token(:'first'::json->>'access_token'), jerry.me(:'first'::json->>'access_token'),
	jerry.list_sessions(:'first'::json->>'access_token'), jerry.list_activity(:'first'::json->>'access_token'),
	jerry.refresh(:'first'::json->>'refresh_token'),
	jerry.refresh('x'), jerry.logout('x'), jerry.authenticate(:'first'::json->>'access_token') \g /dev/null
SELECT is_empty('SELECT pg_temp.recorded()', 'what only asks, or goes on, is not on record');

SELECT pg_temp.log_in('ada@example.com') AS second \gset
SELECT jerry.logout(:'second'::json->>'access_token', client => pg_temp.client()) \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login OK user ada session',
	'session.logout OK user ada session'], 'a log-out');
SELECT is(concat_ws('|', ip, user_agent, request_id), '192.0.2.7|curl/8.5|r-1', 'with its client')
FROM jerry.audit ORDER BY id DESC LIMIT 1;
SELECT jerry.logout(:'second'::json->>'access_token') \g /dev/null
SELECT is_empty('SELECT pg_temp.recorded()', 'once');
SELECT pg_temp.log_in('ada@example.com') AS third \gset
SELECT jerry.logout(:'third'::json->>'access_token', 'others') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login OK user ada session',
	'session.end OK user ada session {"reason":"others"}'], 'a log-out of the others, one by one');
SELECT pg_temp.log_in('ada@example.com') AS fourth \gset
SELECT jerry.end_session(:'fourth'::json->>'access_token',
	pg_temp.claims(:'third'::json->>'access_token')->>'sid') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login OK user ada session',
	'session.end OK user ada session {"reason":"others"}'], 'the end of another session');
SET LOCAL jerry.max_sessions = 1;
SELECT pg_temp.log_in('ada@example.com') AS fifth \gset
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.end OK jerry ada session {"reason":"limit"}',
	'session.login OK user ada session'], 'the end of a session by a login too many');
RESET jerry.max_sessions;
SELECT jerry.revoke_sessions(:'ada') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.end OK admin ada session {"reason":"admin"}'],
	'and by an administrator');

SELECT pg_temp.log_in('ada@example.com') AS sixth \gset
UPDATE jerry.session SET last_used_at = now() - interval '1 hour', created_at = now() - interval '1 day'
	WHERE revoked_at IS NULL;
SET LOCAL jerry.session_idle_timeout = '30min';
SELECT jerry.maintain() \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.login OK user ada session',
	'session.end OK jerry ada session {"reason":"idle"}'], 'the end of an idle one');
RESET jerry.session_idle_timeout;

SET LOCAL jerry.rotate_refresh_tokens = on;
SET LOCAL jerry.refresh_grace = 0;
SELECT pg_temp.log_in('ada@example.com') AS copied \gset
SELECT jerry.refresh(:'copied'::json->>'refresh_token')->'data' AS fresh \gset
SELECT jerry.refresh(:'fresh'::json->>'refresh_token') \g /dev/null
SELECT is_empty($$ SELECT FROM pg_temp.recorded() AS r WHERE r !~ 'session.login' $$,
	'a token that rotates is not on record');
SELECT is(pg_temp.verdict(jerry.refresh(:'copied'::json->>'refresh_token', pg_temp.client())), 'INVALID_TOKEN',
	'a copy');
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['session.end OK jerry ada session {"reason":"reuse"}'], 'is');
SELECT is(host(ip), '192.0.2.7', 'with the address from where it came') FROM jerry.audit ORDER BY id DESC LIMIT 1;
RESET jerry.rotate_refresh_tokens;
RESET jerry.refresh_grace;

SELECT pg_temp.log_in('ada@example.com') AS changing, pg_temp.log_in('ada@example.com') AS ended \gset
SELECT pg_temp.recorded() \g /dev/null
SELECT jerry.change_password(:'changing'::json->>'access_token', p, 'Secret-1234', 'Secret-1234')
FROM unnest(ARRAY['wrong', 'Secret-123']) AS p \g /dev/null
SELECT set_eq('SELECT pg_temp.recorded()', ARRAY['account.change_password OK user ada session',
	'account.change_password WRONG_PASSWORD user ada session', 'session.end OK user ada session {"reason":"password"}'],
	'a change of the password, and one that fails');
SELECT jerry.register('ada@example.com', 'Secret-123', 'Secret-123') \g /dev/null
SELECT pg_temp.recorded() \g /dev/null
SET LOCAL jerry.hide_accounts = on;
SELECT jerry.register('ada@example.com', 'Secret-123', 'Secret-123') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.register DUPLICATE_EMAIL user ada'],
	'a registration of a taken address that is not told');
RESET jerry.hide_accounts;

SAVEPOINT undone;
SELECT jerry.login('ada@example.com', 'wrong') \g /dev/null
ROLLBACK TO SAVEPOINT undone;
SELECT is_empty('SELECT pg_temp.recorded()', 'what was rolled back did not happen');

SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('login_account', 1, 86400, 1), jerry.set_limit('login_account_network', 0, 86400, 1),
	jerry.set_limit('lockout_event', 2, 86400, 2) \g /dev/null
SELECT pg_temp.recorded() \g /dev/null
SELECT jerry.login(address, 'wrong', pg_temp.client()) FROM unnest(ARRAY['bob@example.com', 'not.there@example.com'])
	AS address, generate_series(1, 2) \g /dev/null
SELECT set_eq($$ SELECT r FROM pg_temp.recorded() AS r WHERE r !~ 'session.login' $$,
	ARRAY['account.lockout RATE_LIMITED jerry bob', 'account.lockout RATE_LIMITED jerry'],
	'the first pause between tries, whether or not there is such an account');
RESET jerry.rate_limits;

-- ---------- profiles ----------

SELECT pg_temp.new_user('cy@example.com'), pg_temp.log_in('cy@example.com') AS profile \gset
SELECT pg_temp.recorded() \g /dev/null
SELECT jerry.update_profile(:'profile'::json->>'access_token', '{"name":"Secret Name","metadata":{"a":"Secret Word"}}',
	pg_temp.client()), jerry.update_profile(:'profile'::json->>'access_token', '{"name":"Secret Name"}'),
	jerry.update_profile(:'profile'::json->>'access_token', '{"locale":"?"}') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['account.update_profile OK user cy session '
	'{"fields":"name,metadata"}'], 'which fields a user has changed, once, and not their values');
SELECT is(concat_ws('|', ip, user_agent, request_id), '192.0.2.7|curl/8.5|r-1', 'with its client')
FROM jerry.audit ORDER BY id DESC LIMIT 1;

-- ---------- who ----------

CREATE ROLE jerry_test_pooler LOGIN IN ROLE jerry_api;
SET LOCAL ROLE jerry_test_pooler;
SELECT jerry.login('ada@example.com', 'wrong') \g /dev/null
RESET ROLE;
SELECT is(role || ' as ' || acting_role, session_user || ' as jerry_test_pooler',
	'the role that has connected, and the one that it has taken') FROM jerry.audit ORDER BY id DESC LIMIT 1;
SELECT pg_temp.recorded() \g /dev/null

-- ---------- administration ----------

SELECT jerry.rotate_key(true) AS rotated, jerry.import_key('a secret of another service, 32 bytes') AS imported \gset
SELECT results_eq('SELECT pg_temp.recorded()', format($$ VALUES ('key.rotate OK admin {"kid":"%s"}'),
	('key.import OK admin {"kid":"%s"}') $$, :'rotated', :'imported'), 'keys that are made and imported');
SET LOCAL jerry.key_rotation_interval = '90d';
UPDATE jerry.signing_key SET imported = false, status_at = status_at - interval '90 days' WHERE kid = :'imported';
SELECT jerry.maintain() \g /dev/null
SELECT kid AS made FROM jerry.list_keys() WHERE status = 'active' \gset
SELECT set_eq('SELECT pg_temp.recorded()', format($$ VALUES
	('key.advance OK jerry {"kid":"%s","status":"verifying"}'), ('key.advance OK jerry {"kid":"%s","status":"active"}')
	$$, :'imported', :'made'), 'keys that are replaced by time');
SELECT jerry.maintain() \g /dev/null
SELECT is_empty('SELECT pg_temp.recorded()', 'once');
UPDATE jerry.signing_key SET status_at = '-infinity' WHERE kid = :'imported';
SELECT jerry.maintain() \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()',
	format($$ VALUES ('key.advance OK jerry {"kid":"%s","status":"retired"}') $$, :'imported'), 'and retired');
SELECT is(role, session_user::text, 'by the role that calls jerry.maintain') FROM jerry.audit ORDER BY id DESC LIMIT 1;
RESET jerry.key_rotation_interval;
SELECT jerry.configure('jerry.issuer', 'me'), jerry.configure('jerry.issuer', NULL) \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY[
	'setting.configure OK admin {"name":"jerry.issuer","value":"me"}',
	'setting.configure OK admin {"name":"jerry.issuer","value":null}'], 'settings');
SELECT jerry.configure(name, default_value) FROM jerry.configuration() ORDER BY name \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', $$ SELECT format('setting.configure OK admin {"name":"%s","value":"%s"}',
	name, default_value) FROM jerry.configuration() ORDER BY name $$, 'each setting that there is');
SELECT jerry.configure(name, NULL) FROM jerry.configuration() \g /dev/null
SELECT pg_temp.recorded() \g /dev/null
SELECT throws_ok($$ SELECT jerry.configure('jerry.bcrypt_cost', '99') $$, '22023', NULL, 'a value that is refused');
SELECT is_empty('SELECT pg_temp.recorded()', 'has changed nothing, and is not on record');
SELECT jerry.set_limit('mail_network', 7, 60, 3), jerry.set_limit('mail_network', NULL),
	jerry.unlock('ada@example.com', '192.0.2.0/24'), jerry.unlock(network => '192.0.2.7') \g /dev/null
SELECT results_eq($$ SELECT regexp_replace(r, '"buckets":[0-9]+', '"buckets":N') FROM pg_temp.recorded() AS r $$, ARRAY[
	'limit.set OK admin {"name":"mail_network","quantity":7,"seconds":60,"burst":3}',
	'limit.reset OK admin {"name":"mail_network"}', 'limit.unlock OK admin ada {"network":"192.0.2.0/24","buckets":N}',
	'limit.unlock OK admin {"network":"192.0.2.7","buckets":N}'], 'limits');
SELECT jerry.claim_events('jerry_test'), jerry.claim_events('jerry_test_other') \g /dev/null
SELECT jerry.replay_events('jerry_test', 'infinity'), jerry.assign_consumer('jerry_test', 'jerry_test_pooler'),
	jerry.remove_consumer('jerry_test'), jerry.remove_consumer('jerry_test') \g /dev/null
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY['consumer.replay OK admin {"consumer":"jerry_test","events":0}',
	'consumer.assign OK admin {"consumer":"jerry_test","owner":"jerry_test_pooler"}',
	'consumer.remove OK admin {"consumer":"jerry_test"}'], 'consumers; not one that is not there');
COPY (SELECT 'a common password' FROM generate_series(1, 3)) TO '/tmp/jerry_test_audit_passwords';
SELECT jerry.load_common_passwords('/tmp/jerry_test_audit_passwords'), jerry.clear_common_passwords() \g /dev/null
\! rm /tmp/jerry_test_audit_passwords
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY[
	'password.load OK admin {"file":"/tmp/jerry_test_audit_passwords","passwords":1}',
	'password.clear OK admin {"passwords":1}'], 'and common passwords');

-- ---------- nothing secret ----------

SELECT is_empty(
	$$ SELECT a FROM jerry.audit AS a WHERE a::text ~ 'Secret-123|Secret Name|Secret Word|wrong|@example|\$2a\$|eyJ' $$,
	'no password, address, name, hash or token is on record');

-- ---------- whenever it is ----------

SELECT bag_eq($$ SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'jerry.audit'::regclass $$,
	$$ SELECT format('jerry.audit_%s_%s', years, to_char(m, 'FM00')) FROM unnest(ARRAY['even', 'odd']) AS years,
		generate_series(1, 12) AS m $$, 'there is a partition for each month of even and of odd years');
SELECT is_empty($$ SELECT FROM ONLY jerry.audit $$, 'and nothing outside of them');

-- ---------- a month is dropped whole ----------

CREATE FUNCTION pg_temp.part(at timestamptz) RETURNS text
	RETURN concat('audit_', CASE WHEN extract(year FROM at AT TIME ZONE 'UTC')::int % 2 = 0 THEN 'even' ELSE 'odd' END,
		'_', to_char(at AT TIME ZONE 'UTC', 'MM'));
CREATE FUNCTION pg_temp.happened(at timestamptz, part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($f$ INSERT INTO jerry.%I (id, at, action, outcome, actor, role)
		SELECT nextval('jerry.audit_id_seq'), %L, 'session.login', 'OK', 'user', 'x' $f$, part, at);
END
$$;
CREATE FUNCTION pg_temp.dropped() RETURNS text
	RETURN jerry.maintain()->'data'->>'audit_months';
SELECT pg_temp.part(now() - interval '20 months') AS old_part, pg_temp.part(now() - interval '3 months') AS new_part
\gset
SELECT pg_temp.happened(now() - interval '600 days', :'old_part'),
	pg_temp.happened(now() - interval '399 days', :'old_part'),
	pg_temp.happened(now() - interval '90 days', :'new_part') \g /dev/null
SELECT is(pg_temp.dropped(), '0', 'a month stays as long as anything in it is not too old');
SET LOCAL jerry.audit_retention = 0;
SELECT is(pg_temp.dropped(), '0', 'and for ever, where that is set');
SELECT pg_temp.recorded() \g /dev/null
SET LOCAL jerry.audit_retention = '398d';
SELECT is(pg_temp.dropped(), '1', 'then it goes');
SELECT is_empty(format('SELECT FROM jerry.%I', :'old_part'), 'as a whole');
SELECT isnt_empty(format('SELECT FROM jerry.%I', :'new_part'), 'alone');
SELECT results_eq('SELECT pg_temp.recorded()', ARRAY[format('audit.drop OK jerry {"partition":"%s"}', :'old_part')],
	'which is on record');
SELECT throws_ok(format('TRUNCATE jerry.%I', :'new_part'), '55000', NULL, 'and nobody else may drop one afterwards');
RESET jerry.audit_retention;

-- ---------- and nobody changes it ----------

SELECT throws_ok(statement, '55000', 'cannot change or remove what is on record', statement)
FROM unnest(ARRAY['UPDATE jerry.audit SET outcome = ''OK''', 'DELETE FROM jerry.audit', 'TRUNCATE jerry.audit',
	'UPDATE jerry.audit SET outcome = ''OK'' WHERE false']) AS statement;
SELECT throws_ok(format(statement, p.inhrelid::regclass), '55000', 'cannot change or remove what is on record',
	format(statement, p.inhrelid::regclass))
FROM unnest(ARRAY['UPDATE %s SET outcome = ''OK''', 'DELETE FROM %s', 'TRUNCATE %s']) AS statement, pg_inherits AS p
WHERE p.inhparent = 'jerry.audit'::regclass;
SELECT throws_ok($$ MERGE INTO jerry.audit_even_02 USING (SELECT 1) AS t ON true WHEN MATCHED THEN DELETE $$,
	'55000', NULL, 'MERGE');
SELECT throws_ok($$ INSERT INTO jerry.audit_even_02 SELECT * FROM jerry.audit
	ON CONFLICT (id) DO UPDATE SET outcome = 'OK' $$, '55000', NULL, 'an INSERT that would be an UPDATE');
SET LOCAL session_replication_role = replica;
SELECT throws_ok('DELETE FROM jerry.audit', '55000', NULL, 'also where other triggers do not fire');
RESET session_replication_role;
SELECT is(pg_temp.outcome('INSERT INTO jerry.audit SELECT * FROM jerry.audit RETURNING 1', role), '42501',
	role || ' adds nothing by itself') FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin']) AS role;
SELECT throws_ok(statement, '55000', NULL, statement)
FROM unnest(ARRAY['ALTER TABLE jerry.audit_odd_01 NO INHERIT jerry.audit', 'DROP INDEX jerry.idx_audit_odd_01_user_id',
	'CREATE TABLE public.jerry_test_part () INHERITS (jerry.audit)',
	'DROP TRIGGER guard_audit ON jerry.audit_even_12']) AS statement;
SELECT throws_ok('DROP TABLE jerry.audit_odd_01', '2BP01', NULL, 'a month belongs to the extension');

SELECT * FROM finish();
ROLLBACK;
