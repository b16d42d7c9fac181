-- jerry.doctor: keys that can be guessed, and keys that are not rotated as configured
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

-- ---------- rotation ----------

CREATE FUNCTION pg_temp.rotation() RETURNS text RETURN (
	SELECT string_agg(finding, '; ' ORDER BY finding COLLATE "C")
	FROM (SELECT regexp_replace(finding, 'signing key \S+|since .*', '', 'g') FROM jerry.doctor()
		WHERE problem = 'key rotation') AS d (finding));
CREATE FUNCTION pg_temp.age(by interval) RETURNS void LANGUAGE sql AS
	'UPDATE jerry.signing_key SET status_at = status_at - by';

DELETE FROM jerry.signing_key;
SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT is(pg_temp.rotation(), NULL, 'without a key, any algorithm will be that of the first');
SET LOCAL jerry.signing_algorithm = 'HS256';
SELECT jerry.create_access_token('{}') \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'with a key, nothing has to be rotated');
SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT is(pg_temp.rotation(), 'access tokens are signed with HS256, and jerry.signing_algorithm is ES256',
	'another algorithm waits for a rotation');
SELECT jerry.rotate_key() \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'which is under way then');
SET LOCAL jerry.signing_algorithm = 'EdDSA';
SELECT is(pg_temp.rotation(), 'access tokens are signed with HS256, and jerry.signing_algorithm is EdDSA',
	'unless it is to another one');
SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT pg_temp.age('1 day 59 minutes') \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'jerry.maintain() may be late');
SELECT pg_temp.age('2 minutes') \g /dev/null
SELECT is(pg_temp.rotation(), ' should be active ', 'but not by an hour');
SELECT jerry.maintain() \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'until it comes');
SET LOCAL jerry.key_rotation_interval = '90d';
SELECT pg_temp.age('90 days 2 hours') \g /dev/null
SELECT is(pg_temp.rotation(), ' should be replaced ;  should be replaced ', 'keys that are too old');
SELECT jerry.maintain(), jerry.maintain() \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'are replaced by the next call');
SELECT pg_temp.age('10 days') \g /dev/null
SELECT is(pg_temp.rotation(), ' should be active ;  should be retired ', 'one that should be retired');
SELECT jerry.maintain() \g /dev/null
SELECT is(pg_temp.rotation(), NULL, 'is retired by it, too');

SET LOCAL jerry.key_publish_time = '19min';
SELECT is(pg_temp.rotation(), 'a new key signs after 1140 seconds, and services may keep the old key set for 1200',
	'a key must not sign before everybody has it');
SET LOCAL jerry.key_publish_time = '20min';
SELECT is(pg_temp.rotation(), NULL, 'afterwards it may');
DELETE FROM jerry.signing_key;
SET LOCAL jerry.signing_algorithm = 'HS256';
SET LOCAL jerry.key_publish_time = 0;
SELECT is(pg_temp.rotation(), NULL, 'and of HS256 nobody has to have it');
SELECT jerry.import_key('a secret that another service knows') \g /dev/null
SELECT is(pg_temp.rotation(), ' was imported: jerry.key_rotation_interval does not replace it',
	'a key that others know is not replaced by time');

SELECT * FROM finish();
ROLLBACK;
