-- jerry.health: proof that the database answers, in the shape of GET /health
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('health(text,text)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 's',
	strict => false,
	call => 'SELECT jerry.health()', reason => 'it reads the clock');

SELECT is(regexp_replace(jerry.health()::text, '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', 'T'),
	format('{"status":"healthy","service":"auth-service","version":"%s","database":"connected","timestamp":"T"}',
		jerry.version()),
	'the answer is flat, compact and in the documented order');
SELECT ok(abs(extract(epoch FROM clock_timestamp() - (jerry.health()->>'timestamp')::timestamptz)) < 60,
	'the time is the time of day, in UTC');
SELECT is(jerry.health('billing')->>'service', 'billing', 'the service can have another name');
SELECT is(jerry.health('billing')->>'version', jerry.version(),
	'the version is that of Jerry unless the service has its own');
SELECT is(jerry.health('billing', '7.1')->>'version', '7.1', 'the service can have its own version');
SELECT is(jerry.health(E'a"b\\c\n\u00e9')->>'service', E'a"b\\c\n\u00e9',
	'a name that needs escapes comes back as it was');
SELECT is(jerry.health(NULL, NULL)->>'service', NULL, 'a service without a name is null');
SELECT is(jerry.health(NULL, NULL)->>'version', NULL, 'a version that is not there is null');

SELECT * FROM finish();
ROLLBACK;
