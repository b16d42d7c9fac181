-- jerry.unlock: an administrator lets somebody try again
BEGIN;
\ir setup.psql
SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;

SELECT pg_temp.declared('unlock(text,inet)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.unlock(''user@example.com'')', reason => 'it writes');

CREATE FUNCTION pg_temp.try(email text, ip text, password text DEFAULT 'wrong') RETURNS text
	RETURN pg_temp.verdict(jerry.login(email, password,
		json_populate_record(NULL::jerry.client, json_build_object('ip', ip))));
CREATE FUNCTION pg_temp.guess(email text, ip text, n integer DEFAULT 6) RETURNS void LANGUAGE sql AS
	'SELECT pg_temp.try(email, ip) FROM generate_series(1, n)';
SELECT pg_temp.new_user() \g /dev/null

SELECT pg_temp.guess('user@example.com', '192.0.2.1'), pg_temp.guess('nobody@example.com', '192.0.2.1') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), 'RATE_LIMITED', 'somebody is locked');
SELECT is(jerry.unlock('USER@example.com'), 4::bigint,
	'what was counted against an address is forgotten, and for mails to it');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), 'OK', 'and its owner let in');
SELECT is(pg_temp.try('nobody@example.com', '192.0.2.1'), 'RATE_LIMITED', 'others are not');
SELECT is(jerry.unlock('nobody@example.com'), 2::bigint, 'there need not be an account');
SELECT is(jerry.unlock('nobody@example.com'), 0::bigint, 'or anything to forget');

SELECT pg_temp.guess(format('a%s@example.com', n), '192.0.2.2', 1) FROM generate_series(1, 30) AS n \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.2', 'Secret-123'), 'RATE_LIMITED', 'a network is locked');
SELECT is(jerry.unlock(network => '192.0.2.2'), 31::bigint,
	'what was counted against it is forgotten, with what was for accounts there');
SELECT is(pg_temp.try('user@example.com', '192.0.2.2', 'Secret-123'), 'OK', 'and who is there let in');
SELECT pg_temp.guess(format('b%s@example.com', n), '2001:db8::1', 1) FROM generate_series(1, 30) AS n \g /dev/null
SELECT is(jerry.unlock(network => '2001:db8::ffff'), 32::bigint, 'of IPv6 it is the /64, and its /48');
SELECT is(pg_temp.try('user@example.com', '2001:db8::1', 'Secret-123'), 'OK', 'who is let in, too');

SELECT pg_temp.guess('user@example.com', '192.0.2.1'), pg_temp.guess('nobody@example.com', '192.0.2.3') \g /dev/null
SELECT is(jerry.unlock('user@example.com', '192.0.2.3'), 4::bigint, 'both can be named at once');

SELECT is(pg_temp.outcome(call), '22023', call || ' is refused')
FROM unnest(ARRAY['SELECT jerry.unlock()', 'SELECT jerry.unlock(NULL, NULL)', 'SELECT jerry.unlock(''x'')']) AS call;

SELECT * FROM finish();
ROLLBACK;
