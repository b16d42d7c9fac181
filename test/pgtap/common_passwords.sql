-- jerry.common_passwords: where the passwords are from that nobody may choose
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('common_passwords()', roles => 'jerry_admin', volatility => 's', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.common_passwords()', reason => 'it reads tables');

SELECT is_empty('SELECT FROM jerry.common_passwords()', 'where nothing was loaded there is nothing');
SELECT current_setting('data_directory') || '/PG_VERSION' AS path \gset
SELECT jerry.load_common_passwords(:'path') \g /dev/null
SELECT set_eq('SELECT * FROM jerry.common_passwords()', format(
	'SELECT %L AS a, ''words'' AS b, 1 AS c, 1::bigint AS d, 0::bigint AS e, loaded_at, CURRENT_USER::text AS f, '
	'true AS g FROM jerry.common_password_source',
	:'path'), 'a file, what it was, what it had, when and by whom it was loaded');
SELECT ok(abs(extract(epoch FROM clock_timestamp() - loaded_at)) < 60, 'the time is the time of day')
FROM jerry.common_passwords();
SELECT jerry.load_common_passwords(:'path', min_count => 3) \g /dev/null
SELECT results_eq('SELECT passwords, min_count FROM jerry.common_passwords()', 'VALUES (1::bigint, 3)',
	'loaded again it is one source, with what it has added in all');

-- as after a restore
DELETE FROM jerry.common_password;
SELECT is((SELECT is_loaded FROM jerry.common_passwords()), false, 'passwords that are not there are told');
SELECT is((SELECT finding FROM jerry.doctor() WHERE problem = 'common passwords'),
	format('the 1 common passwords of %s are not in this database', :'path'), 'by the doctor too');
SELECT matches((SELECT hint FROM jerry.doctor() WHERE problem = 'common passwords'),
	'SELECT jerry.load_common_passwords\(.*, ''words'', 3\);$', 'who knows how to load them');
SELECT jerry.load_common_passwords(:'path') \g /dev/null
SELECT results_eq('SELECT passwords, is_loaded FROM jerry.common_passwords()', 'VALUES (1::bigint, true)',
	'loaded again they are there, and counted once');
SELECT is_empty($$ SELECT FROM jerry.doctor() WHERE problem = 'common passwords' $$, 'and the doctor is content');

SELECT * FROM finish();
ROLLBACK;
