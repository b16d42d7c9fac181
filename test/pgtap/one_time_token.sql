-- one-time tokens: each is good for its purpose alone
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
-- a token of each purpose, as it was mailed, and what redeems one
CREATE TEMPORARY TABLE purpose AS
	SELECT name, redeem, (SELECT coalesce(payload->'data'->>'email_verification_token',
			payload->'data'->>'password_reset_token')
		FROM jerry.event WHERE event_type = event ORDER BY id DESC LIMIT 1) AS token
	FROM (VALUES
		('verify_email', 'jerry.verify_email(%L)', 'user.registered'),
		('reset_password', 'jerry.reset_password(%L, ''New-Secret-1'', ''New-Secret-1'')',
			'user.password_reset_requested')
	) AS t (name, redeem, event);
SELECT set_eq('SELECT purpose FROM jerry.one_time_token', 'SELECT name FROM purpose', 'there is one of each purpose');
CREATE FUNCTION pg_temp.redeem(query text, token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer json;
BEGIN
	EXECUTE 'SELECT ' || format(query, token) INTO answer;
	RETURN pg_temp.complaint(answer);
END
$$;

SELECT is(pg_temp.redeem(a.redeem, b.token), 'INVALID_TOKEN', format('%s does not take a token for %s', a.name, b.name))
FROM purpose AS a, purpose AS b WHERE a.name <> b.name;
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 minute';
SELECT is(pg_temp.redeem(a.redeem, b.token), CASE WHEN a.name = b.name THEN 'EXPIRED_TOKEN' ELSE 'INVALID_TOKEN' END,
	format('%s is told of a late token for %s what it may know', a.name, b.name))
FROM purpose AS a, purpose AS b;
UPDATE jerry.one_time_token SET expires_at = now() + interval '1 minute';
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), 2, 'none of that uses one up');

-- a purpose that the table does not have is good for nothing
SAVEPOINT good;
UPDATE jerry.one_time_token SET purpose = 'of another release' WHERE purpose = 'reset_password';
SELECT is(pg_temp.redeem(redeem, (SELECT token FROM purpose WHERE name = 'reset_password')), 'INVALID_TOKEN',
	name || ' does not take what only makes the next mail wait') FROM purpose;
ROLLBACK TO SAVEPOINT good;

SELECT is(pg_temp.redeem(redeem, token), 'OK', name || ' takes its own') FROM purpose ORDER BY name DESC;
SELECT is(pg_temp.redeem(redeem, token), 'INVALID_TOKEN', 'once') FROM purpose;

SELECT throws_ok(format(
	'INSERT INTO jerry.one_time_token VALUES (%L, %L, %L, now(), now()), (%L, %2$L, %3$L, now(), now())',
	'\x01', 'verify_email', :'user_id', '\x02'), '23505', NULL, 'a user has one token of a purpose');

SELECT * FROM finish();
ROLLBACK;
