-- one-time tokens: each is good for its purpose alone
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('mover@example.com') AS mover_id \gset
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT jerry.request_email_change(pg_temp.log_in()->>'access_token', 'new@example.com', 'Secret-123') \g /dev/null
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT jerry.request_login_code('user@example.com') \g /dev/null
-- one that can be taken back is another user's: there is no second change meanwhile
SELECT jerry.request_email_change(pg_temp.log_in('mover@example.com')->>'access_token', 'moved@example.com',
	'Secret-123')
	\g /dev/null
SELECT jerry.confirm_email_change(payload->'data'->>'email_change_token') FROM jerry.event
	WHERE event_type IN ('user.email_change_requested', 'user.email_change_offered')
	AND payload->'data'->>'user_id' = :'mover_id' \g /dev/null
DELETE FROM jerry.one_time_token WHERE user_id = :'mover_id' AND purpose <> 'email_undo';
SELECT jerry.invite_user('invited@example.com')->'data'->>'user_id' AS invited_id \gset
-- a token of each purpose, as it was mailed last
CREATE TEMPORARY TABLE purpose AS
	SELECT name, (SELECT payload->'data'->>member FROM jerry.event WHERE event_type = event
			AND payload->'data'->>'user_id' = user_id ORDER BY id DESC LIMIT 1) AS token
	FROM (VALUES
		('verify_email', :'user_id', 'user.registered', 'email_verification_token'),
		('reset_password', :'user_id', 'user.password_reset_requested', 'password_reset_token'),
		('email_change_old', :'user_id', 'user.email_change_requested', 'email_change_token'),
		('email_change_new', :'user_id', 'user.email_change_offered', 'email_change_token'),
		('email_undo', :'mover_id', 'user.email_changed', 'email_undo_token'),
		('invite', :'invited_id', 'user.invited', 'invite_token'),
		('login_code', :'user_id', 'user.login_code_requested', 'login_token')
	) AS t (name, user_id, event, member);
SELECT set_eq('SELECT purpose FROM jerry.one_time_token', 'SELECT name FROM purpose', 'there is one of each purpose');
-- every function that redeems one, and the purposes that are its own
CREATE TEMPORARY TABLE redeemer (function text, call text, purposes text[]);
INSERT INTO redeemer VALUES
	('verify_email', 'jerry.verify_email(%L)', '{verify_email}'),
	('reset_password', 'jerry.reset_password(%L, ''New-Secret-1'', ''New-Secret-1'')', '{reset_password}'),
	('confirm_email_change', 'jerry.confirm_email_change(%L)', '{email_change_old,email_change_new}'),
	('cancel_email_change', 'jerry.cancel_email_change(%L)', '{email_change_old,email_change_new}'),
	('undo_email_change', 'jerry.undo_email_change(%L)', '{email_undo}'),
	('accept_invite', 'jerry.accept_invite(%L, ''New-Secret-1'', ''New-Secret-1'')', '{invite}'),
	('confirm_login_code', 'jerry.confirm_login_code(token => %L)', '{login_code}');
SELECT set_eq($$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
	AND 'token' = ANY (proargnames)
	AND proname NOT IN ('validate_token', 'verify_token', 'decode_token', 'refuse_token') $$,
	'SELECT function FROM redeemer', 'no function that takes a token is missing here');
CREATE FUNCTION pg_temp.redeem(query text, token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer json;
BEGIN
	EXECUTE 'SELECT ' || format(query, token) INTO answer;
	RETURN pg_temp.complaint(answer);
END
$$;
-- the same, and as if nothing had happened
CREATE FUNCTION pg_temp.would_redeem(query text, token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	said := pg_temp.redeem(query, token);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN said;
END
$$;

SELECT is(pg_temp.redeem(call, token), 'INVALID_TOKEN', format('%s does not take a token for %s', function, name))
FROM redeemer, purpose WHERE name <> ALL (purposes);
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 minute';
SELECT is(pg_temp.redeem(call, token), CASE WHEN name = ANY (purposes) THEN 'EXPIRED_TOKEN' ELSE 'INVALID_TOKEN' END,
	format('%s is told of a late token for %s what it may know', function, name))
FROM redeemer, purpose;
UPDATE jerry.one_time_token SET expires_at = now() + interval '1 minute';
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), (SELECT count(*)::int FROM purpose),
	'none of that uses one up');

-- a purpose that the table does not have is good for nothing
SAVEPOINT good;
UPDATE jerry.one_time_token SET purpose = 'of another release' WHERE purpose = 'reset_password';
SELECT is(pg_temp.redeem(call, (SELECT token FROM purpose WHERE name = 'reset_password')), 'INVALID_TOKEN',
	function || ' does not take one for a purpose that is none') FROM redeemer;
ROLLBACK TO SAVEPOINT good;

SELECT is(pg_temp.would_redeem(call, token), 'OK', format('%s takes a token for %s', function, name))
FROM redeemer, purpose WHERE name = ANY (purposes);
-- a reset ends all others: it comes last
SELECT is(pg_temp.redeem(call, token), 'OK', function || ' takes its own')
FROM redeemer, purpose WHERE name = ANY (purposes) AND function <> 'cancel_email_change' AND name <> 'email_change_new'
ORDER BY name = 'reset_password';
SELECT is(pg_temp.redeem(call, token), 'INVALID_TOKEN', 'once') FROM redeemer, purpose WHERE name = ANY (purposes);

SELECT throws_ok(format(
	'INSERT INTO jerry.one_time_token VALUES (%L, %L, %L, now(), now()), (%L, %2$L, %3$L, now(), now())',
	'\x01', 'verify_email', :'user_id', '\x02'), '23505', NULL, 'a user has one token of a purpose');

SELECT * FROM finish();
ROLLBACK;
