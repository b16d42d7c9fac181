-- the settings: defaults, ranges, units, and who may change them
BEGIN;
\ir setup.psql

CREATE ROLE jerry_test_nobody;
GRANT jerry_api, jerry_admin, jerry_events TO jerry_test_nobody;

CREATE TEMPORARY TABLE setting AS
	SELECT * FROM (VALUES
		('jerry.bcrypt_cost', 'integer', '12', NULL, '4', '15', 'superuser'),
		('jerry.bcrypt_provider', 'enum', 'own', NULL, NULL, NULL, 'superuser'),
		('jerry.access_token_ttl', 'integer', '86400', 's', '1', '31622400', 'superuser'),
		('jerry.refresh_token_ttl', 'integer', '604800', 's', '1', '316224000', 'superuser'),
		('jerry.session_idle_timeout', 'integer', '0', 's', '0', '316224000', 'superuser'),
		('jerry.max_sessions', 'integer', '0', NULL, '0', '10000', 'superuser'),
		('jerry.rotate_refresh_tokens', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.refresh_grace', 'integer', '60', 's', '0', '3600', 'superuser'),
		('jerry.verification_ttl', 'integer', '86400', 's', '1', '31622400', 'superuser'),
		('jerry.reset_ttl', 'integer', '3600', 's', '60', '86400', 'superuser'),
		('jerry.deletion_grace', 'integer', '1209600', 's', '0', '31622400', 'superuser'),
		('jerry.unverified_ttl', 'integer', '0', 's', '0', '316224000', 'superuser'),
		('jerry.reminder_after', 'string', '24h, 72h', NULL, NULL, NULL, 'superuser'),
		('jerry.issuer', 'string', '', NULL, NULL, NULL, 'superuser'),
		('jerry.audience', 'string', '', NULL, NULL, NULL, 'superuser'),
		('jerry.hide_accounts', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.code_login', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.code_registration', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.new_device_notice', 'bool', 'on', NULL, NULL, NULL, 'superuser'),
		('jerry.live_roles', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.service_name', 'string', '', NULL, NULL, NULL, 'superuser'),
		('jerry.require_verified_email', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.notify_payload', 'enum', 'full', NULL, NULL, NULL, 'superuser'),
		('jerry.notify_queue_limit', 'real', '0.5', NULL, '0', '0.9', 'superuser'),
		('jerry.event_retention', 'integer', '604800', 's', '0', '316224000', 'superuser'),
		('jerry.webhook_insecure', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.audit_retention', 'integer', '34560000', 's', '0', '59616000', 'superuser'),
		('jerry.key_file', 'string', '', NULL, NULL, NULL, 'sighup'),
		('jerry.old_key_file', 'string', '', NULL, NULL, NULL, 'sighup'),
		('jerry.signing_algorithm', 'enum', 'HS256', NULL, NULL, NULL, 'superuser'),
		('jerry.key_rotation_interval', 'integer', '0', 's', '0', '316224000', 'superuser'),
		('jerry.key_publish_time', 'integer', '86400', 's', '0', '31622400', 'superuser'),
		('jerry.key_grace', 'integer', '86400', 's', '0', '316224000', 'superuser'),
		('jerry.allow_drop', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.allow_changes', 'bool', 'off', NULL, NULL, NULL, 'superuser'),
		('jerry.rate_limits', 'bool', 'on', NULL, NULL, NULL, 'superuser'),
		('jerry.bcrypt_least_share', 'real', '1', NULL, '0.01', '1', 'user'),
		('jerry.login_nice', 'integer', '0', NULL, '0', '19', 'user'),
		('jerry.defer_writes', 'bool', 'off', NULL, NULL, NULL, 'user')
	) AS t (name, vartype, boot_val, unit, min_val, max_val, context);

SELECT set_eq($$ SELECT name FROM pg_settings WHERE name LIKE 'jerry.%' $$, $$ SELECT name FROM setting $$,
	'these are the settings');
SELECT is(p.boot_val, s.boot_val, format('%s is %s by default', s.name, coalesce(nullif(s.boot_val, ''), 'empty')))
	FROM setting AS s JOIN pg_settings AS p USING (name);
SELECT is(concat_ws(' ', p.vartype, p.unit), concat_ws(' ', s.vartype, s.unit), s.name || ' has its type and unit')
	FROM setting AS s JOIN pg_settings AS p USING (name);
SELECT is(p.context, s.context, format('%s is for a %s to set', s.name, s.context)) FROM setting AS s
	JOIN pg_settings AS p USING (name);
SELECT is(concat_ws('..', p.min_val, p.max_val), concat_ws('..', s.min_val, s.max_val),
	format('%s goes from %s to %s', name, s.min_val, s.max_val))
FROM setting AS s JOIN pg_settings AS p USING (name) WHERE s.min_val IS NOT NULL;

SELECT throws_ok(format('SELECT set_config(%L, %L, true)', name, value), '22023', NULL,
	format('%s cannot be %s', name, left(value, 20)))
FROM (VALUES
	('jerry.bcrypt_cost', '3'), ('jerry.bcrypt_cost', '16'), ('jerry.bcrypt_cost', '12.7x'),
	('jerry.bcrypt_cost', 'twelve'), ('jerry.bcrypt_provider', 'libxcrypt'),
	('jerry.access_token_ttl', '0'), ('jerry.access_token_ttl', '-1'), ('jerry.access_token_ttl', '367d'),
	('jerry.access_token_ttl', '1 week'),
	('jerry.deletion_grace', '-1'), ('jerry.unverified_ttl', '-1'), ('jerry.session_idle_timeout', '-1'),
	('jerry.session_idle_timeout', '3661d'), ('jerry.max_sessions', '-1'),
	('jerry.max_sessions', '10001'), ('jerry.max_sessions', 'many'),
	('jerry.refresh_token_ttl', '0'), ('jerry.refresh_token_ttl', '3661d'), ('jerry.refresh_grace', '-1'),
	('jerry.refresh_grace', '61min'), ('jerry.rotate_refresh_tokens', 'maybe'), ('jerry.verification_ttl', '0'),
	('jerry.verification_ttl', '367d'),
	('jerry.reminder_after', 'never'), ('jerry.reminder_after', '24h,'), ('jerry.reminder_after', ','),
	('jerry.reminder_after', '72h, 24h'), ('jerry.reminder_after', '1d, 24h'), ('jerry.reminder_after', '59s'),
	('jerry.reminder_after', '0'), ('jerry.reminder_after', '-1h'), ('jerry.reminder_after', '8d'),
	('jerry.reminder_after', '1h, , 2h'), ('jerry.reminder_after', '1h 2h'),
	('jerry.reminder_after', '1min,2min,3min,4min,5min,6min,7min,8min,9min'),
	('jerry.issuer', repeat('i', 256)), ('jerry.audience', repeat('a', 256)), ('jerry.service_name', repeat('a', 256)),
	('jerry.require_verified_email', 'maybe'), ('jerry.hide_accounts', 'maybe'), ('jerry.code_login', 'maybe'),
	('jerry.code_registration', 'maybe'), ('jerry.new_device_notice', 'maybe'),
	('jerry.live_roles', 'maybe'),
	('jerry.notify_payload', 'nothing'), ('jerry.notify_payload', ''), ('jerry.notify_queue_limit', '-0.1'),
	('jerry.notify_queue_limit', '1'), ('jerry.login_nice', '-1'), ('jerry.login_nice', '20'),
	('jerry.bcrypt_least_share', '0'), ('jerry.bcrypt_least_share', '1.1'),
	('jerry.signing_algorithm', 'none'), ('jerry.signing_algorithm', 'ES384'), ('jerry.key_publish_time', '-1'),
	('jerry.event_retention', '-1'), ('jerry.event_retention', '3661d'), ('jerry.allow_drop', 'perhaps')
) AS t (name, value);

SELECT is(set_config(name, value, true), shown, format('%s can be %s', name, left(value, 20)))
FROM (VALUES
	('jerry.access_token_ttl', '90', '90s'), ('jerry.access_token_ttl', '15min', '15min'),
	('jerry.access_token_ttl', '24h', '1d'),
	('jerry.session_idle_timeout', '30min', '30min'), ('jerry.max_sessions', '5', '5'),
	('jerry.refresh_token_ttl', '30d', '30d'), ('jerry.refresh_grace', '0', '0'),
	('jerry.rotate_refresh_tokens', 'on', 'on'), ('jerry.verification_ttl', '48h', '2d'),
	('jerry.bcrypt_cost', '4', '4'), ('jerry.bcrypt_cost', '15', '15'),
	('jerry.bcrypt_provider', 'pgcrypto', 'pgcrypto'),
	('jerry.issuer', repeat('i', 255), repeat('i', 255)), ('jerry.audience', 'shop', 'shop'),
	('jerry.event_retention', '0', '0'), ('jerry.event_retention', '36h', '36h'), ('jerry.allow_drop', 'on', 'on'),
	('jerry.notify_payload', 'redacted', 'redacted'), ('jerry.notify_payload', 'wakeup', 'wakeup'),
	('jerry.signing_algorithm', 'eddsa', 'EdDSA'), ('jerry.key_rotation_interval', '90d', '90d'),
	('jerry.notify_payload', 'none', 'none'), ('jerry.notify_queue_limit', '0.25', '0.25')
) AS t (name, value, shown);

SELECT is(pg_temp.outcome(format('SELECT set_config(%L, %L, true)', name, p.boot_val), 'jerry_test_nobody'), '42501',
	format('no role of Jerry can set %s', name))
FROM setting AS s JOIN pg_settings AS p USING (name) WHERE s.context = 'superuser';
SELECT is(pg_temp.outcome(format('SELECT set_config(%L, %L, true)', name, p.boot_val)), '55P02',
	format('no session can set %s', name))
FROM setting AS s JOIN pg_settings AS p USING (name) WHERE s.context = 'sighup';
SELECT is(pg_temp.outcome(format('SELECT current_setting(%L)', name), 'jerry_test_nobody'), '42501',
	format('no role of Jerry can read %s', name))
FROM setting WHERE context = 'sighup';
SELECT is(pg_temp.outcome($$ SELECT set_config('jerry.login_nice', '5', true) $$, 'jerry_test_nobody'), '5',
	'a client can lower the priority of its own logins');
SELECT is(pg_temp.outcome($$ SELECT set_config('jerry.bcrypt_least_share', '0.2', true) $$, 'jerry_test_nobody'), '0.2',
	'and slow them down');

SELECT throws_ok($$ SET jerry.bcrypt_costs = 12 $$, '42602', NULL, 'a misspelt setting is refused');
SELECT throws_ok($$ SET jerry.secret = 'x' $$, '42602', NULL, 'nobody can invent a setting of Jerry');

SELECT is_empty($$ SELECT name FROM pg_settings WHERE name LIKE 'jerry.%'
	AND name ~ 'secret|key(?!_(file|rotation_interval|publish_time|grace)$)|salt|password' $$,
	'no setting holds a secret');

SELECT * FROM finish();
ROLLBACK;
