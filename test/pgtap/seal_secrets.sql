-- jerry.seal_secrets and what doctor asks, without a key file; test/data/test_sealing.py has servers with one
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('seal_secrets(integer)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.seal_secrets()', reason => 'it writes');
SELECT pg_temp.declared('key_files()', roles => '', volatility => 'v', parallel => 'u', strict => true,
	call => 'SELECT jerry.key_files()', reason => 'it reads files');
SELECT pg_temp.declared('sealed_secret(text,text,bytea)', roles => '', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.sealed_secret(''x'', ''x'', ''x'')', reason => 'it reads files');

DELETE FROM jerry.signing_key;
SELECT is(jerry.seal_secrets(), 0, 'without a key there is nothing to do');
SELECT jerry.create_access_token('{}') \g /dev/null
SELECT jerry.import_key('a secret that another service knows') \g /dev/null
SELECT is(jerry.seal_secrets(), 0, 'nor with keys as they should be');
SELECT throws_ok(format('SELECT jerry.seal_secrets(%s)', batch), '22023', 'batch must be between 1 and 100000',
	batch || ' is no batch')
FROM (VALUES (0), (-1), (100001)) AS b (batch);
SELECT is_empty('SELECT * FROM jerry.key_files()', 'a setting that is empty names no file');

-- ---------- a secret that is sealed ----------

SELECT is(jerry.sealed_secret('signing_key', 'kid', sealed)::text, wanted, name)
FROM (VALUES
	(NULL, NULL, 'what is not there is not sealed'),
	('', '(,"It is damaged, or was moved from another row.",)', 'nothing is damaged'),
	(repeat('00', 69), '(,"It is damaged, or was moved from another row.",)', 'there is no version 0'),
	('01' || repeat('ab', 35), '(,"It is damaged, or was moved from another row.",)', '36 bytes are too few'),
	('01' || repeat('ab', 36), '(abababababababab,"It is sealed with the key file named abababababababab; '
		'jerry.key_file is not set.",)', 'what was sealed names its file'),
	('02' || repeat('ab', 68), '(,"It was sealed by a newer version of Jerry.",)',
		'a later version may have another form')
) AS t (digits, wanted, name) CROSS JOIN LATERAL decode(digits, 'hex') AS sealed;

DELETE FROM jerry.signing_key;
INSERT INTO jerry.signing_key (kid, algorithm, sealed_secret, status, imported, created_at)
	VALUES ('sealed', 'HS256', decode('01' || repeat('ab', 68), 'hex'), 'active', true, now());
SELECT throws_ok(statement, state, message, name)
FROM (VALUES
	('SELECT jerry.create_access_token(''{}'')', 'F0000', 'signing key "sealed" cannot be opened',
		'what cannot be opened cannot sign'),
	('SELECT jerry.create_refresh_token(''{}'')', 'F0000', 'signing key "sealed" cannot be opened',
		'refresh tokens neither'),
	('SELECT jerry.seal_secrets()', 'F0000', 'signing key "sealed" cannot be opened', 'nor be converted'),
	('SELECT jerry.import_key(''a secret that another service knows'')', 'F0000', 'secret would not be sealed',
		'beside it no secret is stored open')
) AS t (statement, state, message, name);
-- {"alg":"HS256","typ":"JWT","kid":"sealed"} and {"alg":"HS256","typ":"JWT"}
SELECT throws_ok(format('SELECT jerry.verify_token(%L)', header || '.e30.' || repeat('A', 43)), 'F0000',
	'signing key "sealed" cannot be opened', 'nor can it say that a token is invalid: ' || header)
FROM (VALUES ('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InNlYWxlZCJ9'), ('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9'))
	AS t (header);
SELECT is(pg_temp.verdict(jerry.verify_token('eyJhbGciOiJub25lIn0.e30.')), 'INVALID_TOKEN',
	'others are as invalid as ever');
SELECT is((SELECT count(*)::int FROM jerry.signing_key), 1, 'no key was made instead');
SELECT results_eq($$ SELECT finding FROM jerry.doctor() WHERE problem = 'sealing' $$,
	ARRAY['signing key sealed cannot be opened: it is sealed with the key file named abababababababab; jerry.key_file '
	'is not set'], 'doctor tells of it');
UPDATE jerry.signing_key SET status = 'retired', sealed_secret = NULL;
SELECT is_empty($$ SELECT finding FROM jerry.doctor() WHERE problem = 'sealing' $$, 'until it is given up');
SELECT lives_ok($$ SELECT jerry.create_access_token('{}') $$, 'and then there is another');

SELECT * FROM finish();
ROLLBACK;
