-- jerry.configure and jerry.configuration: settings that a dump has
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('configure(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.configure(''jerry.issuer'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('configuration()', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.configuration()', reason => 'it shows what this session has');
RESET jerry.bcrypt_cost;

CREATE ROLE jerry_test_nobody;
CREATE ROLE jerry_test_operator;
GRANT jerry_admin TO jerry_test_operator;
CREATE ROLE jerry_test_client;
GRANT jerry_api, jerry_events TO jerry_test_client;

CREATE FUNCTION pg_temp.shown(setting text) RETURNS text
	RETURN (SELECT concat_ws('|', value, unit, default_value, source, stored) FROM jerry.configuration()
		WHERE name = setting);

-- what there is to set
SELECT set_eq('SELECT name FROM jerry.configuration()',
	$$ SELECT name
	FROM pg_settings WHERE name LIKE 'jerry.%' AND context = 'superuser' AND name !~ '^jerry\.(allow_|rate_limits$)' $$,
	'everything can be configured but what belongs to one session');
-- the server under test may have been told to use pgcrypto
SELECT is_empty($$ SELECT * FROM jerry.configuration()
	WHERE value <> default_value AND source <> 'configuration file' $$, 'each is at its default');
SELECT is_empty($$ SELECT FROM jerry.setting $$, 'nothing is stored when nothing was set');
SELECT is_empty($$ SELECT FROM jerry.configuration()
	WHERE source NOT IN ('default', 'configuration file') OR stored IS NOT NULL
	OR changed_at IS NOT NULL $$, 'and nothing is shown as such');

-- setting and setting back
SELECT lives_ok($$ SELECT jerry.configure('jerry.access_token_ttl', '15min') $$, 'a setting can be set');
SELECT is(pg_temp.shown('jerry.access_token_ttl'), '900|s|86400|jerry.setting|15min',
	'it counts at once, and is stored as it was given');
SELECT is(current_setting('jerry.access_token_ttl'), '15min', 'the server shows it');
SELECT is((SELECT changed_at FROM jerry.configuration()
	WHERE name = 'jerry.access_token_ttl') > now() - interval '1 hour', true, 'since when');
SELECT pg_temp.new_user() AS user_id \gset
SELECT is(pg_temp.log_in()->>'expires_in', '900', 'tokens have that lifetime');
SELECT lives_ok($$ SELECT jerry.configure('jerry.access_token_ttl', '16min') $$, 'it can be set again');
SELECT is(pg_temp.log_in()->>'expires_in', '960', 'and counts again');
SELECT lives_ok($$ SELECT jerry.configure('jerry.access_token_ttl', NULL) $$, 'NULL sets it back');
SELECT is(pg_temp.shown('jerry.access_token_ttl'), '86400|s|86400|default', 'to the default');
SELECT lives_ok($$ SELECT jerry.configure('jerry.access_token_ttl', NULL) $$,
	'what is not set can be set back as well');

-- each kind of value
SELECT jerry.configure(name, value) FROM (VALUES ('jerry.bcrypt_cost', '5'), ('jerry.issuer', 'https://a.example/é'),
	('jerry.require_verified_email', 'true'),
	('jerry.notify_payload', 'redacted')) AS t (name, value) \g /dev/null
SELECT is(pg_temp.shown('jerry.bcrypt_cost'), '5|12|jerry.setting|5', 'a number');
SELECT is(left(jerry.hash_password('x'), 7), '$2a$05$', 'which counts');
SELECT is(pg_temp.shown('jerry.issuer'), 'https://a.example/é||jerry.setting|https://a.example/é', 'a text');
SELECT is(pg_temp.shown('jerry.require_verified_email'), 'on|off|jerry.setting|true', 'a switch');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'EMAIL_NOT_VERIFIED', 'which counts');
SELECT is(pg_temp.shown('jerry.notify_payload'), 'redacted|full|jerry.setting|redacted', 'a choice');

-- what an operator tells the server wins
SET LOCAL jerry.bcrypt_cost = 4;
SELECT is(pg_temp.shown('jerry.bcrypt_cost'), '4|12|session|5', 'SET wins, and it shows');
SELECT jerry.configure('jerry.bcrypt_cost', '6') \g /dev/null
SELECT is(left(jerry.hash_password('x'), 7), '$2a$04$', 'also over what is set later');
RESET jerry.bcrypt_cost;
SELECT is(left(jerry.hash_password('x'), 7), '$2a$06$', 'RESET goes back to what is stored now');

-- an abort takes it back
SAVEPOINT before;
SELECT jerry.configure('jerry.bcrypt_cost', '7') \g /dev/null
SELECT is(left(jerry.hash_password('x'), 7), '$2a$07$', 'a setting counts in its own transaction');
ROLLBACK TO before;
SELECT is(left(jerry.hash_password('x'), 7), '$2a$06$', 'and not after its rollback');

-- what came by another way
INSERT INTO jerry.setting VALUES ('jerry.verification_ttl', 'for ever', now()),
	('jerry.of_a_later_version', '1', now());
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.shown('jerry.verification_ttl'), '86400|s|86400|default|for ever',
	'a value that is not valid does not count, and it shows');
TRUNCATE jerry.setting;
SELECT is(pg_temp.shown('jerry.bcrypt_cost'), '12|12|default', 'an emptied table means defaults');

-- refusals
CREATE FUNCTION pg_temp.hint(setting text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM jerry.configure(setting, value);
	RETURN 'it is allowed';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END
$$;
SELECT is(pg_temp.hint(setting, value), hint, format('%s is not %L: %s', setting, value, hint))
FROM (VALUES ('jerry.code_login', 'soon', 'It is on or off.'), ('jerry.code_login', '', 'It is on or off.'),
	('jerry.bcrypt_cost', '3', 'It is a whole number from 4 to 15.'),
	('jerry.bcrypt_cost', 'low', 'It is a whole number from 4 to 15.'),
	('jerry.access_token_ttl', 'soon', 'It is a time from 1 to 31622400 seconds, as in 90, 15min, 12h or 7d.'),
	('jerry.access_token_ttl', '1w', 'It is a time from 1 to 31622400 seconds, as in 90, 15min, 12h or 7d.'),
	('jerry.notify_payload', 'x', 'Available values: full, redacted, wakeup, none.'),
	('jerry.notify_queue_limit', 'half', 'It is a number from 0 to 0.9.'),
	('jerry.issuer', repeat('x', 256), '')) AS t (setting, value, hint);
SELECT throws_ok($$ SELECT jerry.configure('jerry.bcrypt_cost', '3') $$, '22023', NULL,
	'a value that is not valid is refused');
SELECT throws_ok(format('SELECT jerry.configure(%L, %L)', name, '1'), '42704',
	'an installation has no such setting', format('%s is refused', name))
FROM (VALUES ('jerry.allow_drop'), ('jerry.login_nice'), ('jerry.bcrypt_least_share'), ('jerry.defer_writes'),
	('log_statement'), (NULL)) AS t (name);
SELECT is(pg_temp.outcome($$ SELECT count(*) FROM (SELECT jerry.configure('jerry.issuer', 'x')) AS t $$,
	'jerry_test_operator'), '1', 'jerry_admin may');
SELECT is(pg_temp.outcome($$ SELECT jerry.configure('jerry.issuer', 'x') $$, 'jerry_test_client'), '42501',
	'a client may not');
SELECT is(pg_temp.outcome($$ SELECT name FROM jerry.configuration() $$, 'jerry_test_nobody'), '42501',
	'nor may anybody else look');

SELECT * FROM finish();
ROLLBACK;
