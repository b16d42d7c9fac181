-- jerry.clear_common_passwords: everything that was loaded is gone
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('clear_common_passwords()', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.clear_common_passwords()', reason => 'it writes');

SELECT is(jerry.clear_common_passwords(), 0::bigint, 'where there is nothing, nothing is removed');
INSERT INTO jerry.common_password VALUES (1, decode(repeat('00', 12), 'hex')), (2, decode(repeat('ff', 6), 'hex'));
INSERT INTO jerry.common_password_source VALUES ('/x', 'words', 1, 3, 0, now(), 'x');
SELECT is(jerry.clear_common_passwords(), 3::bigint, 'it returns how many passwords there were');
SELECT is_empty('TABLE jerry.common_password', 'which are gone');
SELECT is_empty('SELECT FROM jerry.common_passwords()', 'with their sources');

SELECT * FROM finish();
ROLLBACK;
