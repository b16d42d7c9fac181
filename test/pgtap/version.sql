-- jerry.version: which library serves this session
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('version()', roles => 'jerry_admin, jerry_api, jerry_events, jerry_hooks', volatility => 's',
	parallel => 's', strict => true,
	call => 'SELECT jerry.version()', reason => 'an update of the library changes it');

SELECT matches(jerry.version(), '^\d+\.\d+\.\d+$', 'the version has three numbers');
SELECT is(jerry.version(), (SELECT extversion FROM pg_extension WHERE extname = 'jerry'),
	'the library is of the version of the extension');
SELECT is(jerry.version(), (SELECT default_version FROM pg_available_extensions WHERE name = 'jerry'),
	'the library is of the version that is installed');

SELECT * FROM finish();
ROLLBACK;
