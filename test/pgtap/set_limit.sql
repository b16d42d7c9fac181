-- jerry.set_limit and jerry.list_limits: the figures of the limits
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('set_limit(text,integer,integer,integer)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.set_limit(''login_account'', 1)', reason => 'it writes');
SELECT pg_temp.declared('list_limits()', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.list_limits()', reason => 'it reads what is set');

-- quantity/seconds/burst, and whether that was set here
CREATE FUNCTION pg_temp.limit(which text) RETURNS text
	RETURN (SELECT concat_ws('/', quantity, seconds, burst, CASE WHEN changed_at IS NOT NULL THEN 'set' END)
		FROM jerry.list_limits() WHERE name = which);

SELECT is_empty('SELECT FROM jerry.rate_limit', 'nothing is stored when nothing was set');
SELECT is_empty('SELECT FROM jerry.list_limits() WHERE changed_at IS NOT NULL', 'and nothing shown as such');
SELECT is(pg_temp.limit('login_account'), '100/86400/50', 'a limit has its default');
SELECT jerry.set_limit('login_account', 20) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '20/86400/50/set', 'its quantity alone can be set');
SELECT jerry.set_limit('login_account', 20, burst => 7) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '20/86400/7/set', 'or what may be at once');
SELECT jerry.set_limit('login_account', 30, 60) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '30/60/7/set', 'what is not given stays as it was');
SELECT is((SELECT changed_at BETWEEN now() AND clock_timestamp() FROM jerry.list_limits()
	WHERE name = 'login_account'), true, 'with the time of the change');
SELECT is((SELECT count(*)::int FROM jerry.rate_limit), 1, 'what is at its default is not stored');
SELECT jerry.set_limit('login_account', 0) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '0/60/7/set', '0 turns it off');
SELECT jerry.set_limit('login_account', NULL) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '100/86400/50', 'NULL brings the default back');
SELECT jerry.set_limit('login_account', NULL, 5, 5) \g /dev/null
SELECT is(pg_temp.limit('login_account'), '100/86400/50', 'all of it');

SELECT is(pg_temp.outcome(call), state, call || ' is refused')
FROM (VALUES
	('SELECT jerry.set_limit(NULL, 1)', '42704'),
	('SELECT jerry.set_limit(''logins'', 1)', '42704'),
	('SELECT jerry.set_limit(''login_account'', -1)', '22023'),
	('SELECT jerry.set_limit(''login_account'', 1000001)', '22023'),
	('SELECT jerry.set_limit(''login_account'', 1, 0)', '22023'),
	('SELECT jerry.set_limit(''login_account'', 1, 2678401)', '22023'),
	('SELECT jerry.set_limit(''login_account'', 1, 1, 0)', '22023'),
	('SELECT jerry.set_limit(''login_account'', 1, 1, 1000001)', '22023')
) AS t (call, state);

INSERT INTO jerry.rate_limit VALUES ('of_a_newer_version', 1, 1, 1, now());
SELECT is_empty($$ SELECT FROM jerry.list_limits() WHERE name = 'of_a_newer_version' $$,
	'one that this version does not know is not listed');
SELECT is((SELECT hint FROM jerry.doctor() WHERE problem = 'limits' AND finding ~ 'of_a_newer_version'),
	'DELETE FROM jerry.rate_limit WHERE name = ''of_a_newer_version'';', 'and doctor says how to get rid of it');
SELECT is((SELECT count(*)::int FROM jerry.doctor() WHERE problem = 'limits' AND finding ~ 'installation_secret'), 0,
	'there is a secret');
DELETE FROM jerry.installation_secret;
SELECT is((SELECT count(*)::int FROM jerry.doctor() WHERE problem = 'limits' AND finding ~ 'installation_secret'), 1,
	'doctor misses it when it is gone');
SET LOCAL jerry.rate_limits = on;
SELECT is(pg_temp.verdict(jerry.login('nobody@example.com', 'wrong')), 'INVALID_CREDENTIALS', 'logins do without');

SELECT * FROM finish();
ROLLBACK;
