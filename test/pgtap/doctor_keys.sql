-- jerry.doctor: keys that can be guessed
BEGIN;
\ir setup.psql

CREATE FUNCTION pg_temp.weak_keys() RETURNS text
	RETURN (SELECT string_agg(finding, '; ' ORDER BY finding) FROM jerry.doctor() WHERE problem = 'weak key');


DELETE FROM jerry.signing_key;
SELECT is(pg_temp.weak_keys(), NULL, 'without a key there is none to guess');
SELECT jerry.create_access_token('{}') \g /dev/null
SELECT is(pg_temp.weak_keys(), NULL, 'a key that Jerry makes is good');
SELECT jerry.import_key('a secret that another service knows') \g /dev/null
SELECT is(pg_temp.weak_keys(), NULL, 'so is one of reasonable letters');
SELECT jerry.import_key(repeat('x', 32), true) AS kid \gset
SELECT is(pg_temp.weak_keys(), format('signing key %s can be guessed: it has hardly any distinct bytes', :'kid'),
	'one that can be guessed is found, and named');
SELECT jerry.import_key('a secret that another service knows') \g /dev/null
SELECT isnt(pg_temp.weak_keys(), NULL, 'as long as it verifies tokens');
UPDATE jerry.signing_key SET status = 'retired' WHERE kid = :'kid';
SELECT is(pg_temp.weak_keys(), NULL, 'and no longer');

SELECT * FROM finish();
ROLLBACK;
