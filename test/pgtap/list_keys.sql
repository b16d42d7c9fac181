-- jerry.list_keys: the signing keys without their secrets
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('list_keys()', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.list_keys()', reason => 'it reads what the last commit left');

DELETE FROM jerry.signing_key;
SELECT is_empty('SELECT * FROM jerry.list_keys()', 'without a key there is nothing to list');

SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT jerry.import_key('a secret that another service knows') AS shared \gset
SELECT jerry.rotate_key() AS next \gset
SELECT results_eq($$ SELECT kid, algorithm, status, signs, imported, due_at - status_at, sealed
	FROM jerry.list_keys() ORDER BY created_at $$,
	format($$ VALUES (%L, 'HS256', 'active', 'access, refresh', true, NULL::interval, false),
		(%L, 'ES256', 'next', NULL, false, '1 day', false) $$, :'shared', :'next'),
	'a key that waits says for how long');
SELECT jerry.rotate_key(true) \g /dev/null
SET LOCAL jerry.key_rotation_interval = '90d';
SELECT set_eq('SELECT algorithm, status, signs, imported, due_at - status_at FROM jerry.list_keys()',
	$$ VALUES ('HS256', 'retired', NULL, true, NULL::interval), ('ES256', 'active', 'access', false, '90 days'),
		('HS256', 'active', 'refresh', false, '90 days') $$,
	'one that signs says what, and when it will be replaced');
SET LOCAL jerry.key_grace = '1h';
SELECT jerry.rotate_key() \g /dev/null
SELECT is((SELECT due_at - status_at FROM jerry.list_keys() WHERE status = 'verifying'), '7 days 01:00:30',
	'one that verifies says when it will be retired');
UPDATE jerry.signing_key SET status = 'retired' WHERE status = 'verifying';
SELECT is((SELECT count(*)::int FROM jerry.list_keys() WHERE status = 'retired' AND due_at = status_at), 1,
	'one that was retired by hand has a secret that is still to be wiped');
SELECT ok(NOT EXISTS (SELECT FROM jerry.signing_key AS k, jerry.list_keys() AS l
	WHERE l::text LIKE '%' || encode(k.secret, 'hex') || '%'), 'nothing shows a secret');

SELECT * FROM finish();
ROLLBACK;
