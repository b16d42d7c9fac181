-- jerry.hash_password: bcrypt
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('hash_password(text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.hash_password(''x'')', reason => 'each call makes a new salt');

SELECT matches(jerry.hash_password('Secret-123'), '^\$2a\$04\$[./A-Za-z0-9]{53}$',
	'the hash is bcrypt of the cost that is set');
SELECT isnt(jerry.hash_password('Secret-123'), jerry.hash_password('Secret-123'), 'each hash has its own salt');
SELECT is((SELECT count(DISTINCT substr(jerry.hash_password('x'), 8, 22))::int FROM generate_series(1, 50)), 50,
	'no salt comes twice');
SELECT is((SELECT count(DISTINCT substr(jerry.hash_password('x'), 8, 1))::int > 8 FROM generate_series(1, 50)), true,
	'a salt differs from its first letter on');
SELECT is((SELECT count(DISTINCT substr(jerry.hash_password('x'), 29, 1))::int FROM generate_series(1, 50)), 4,
	'the last letter of a salt holds two bits');

-- pgcrypto's own function is the oracle
SELECT is(h.hash, crypt(password, h.hash), 'crypt() makes the same hash of ' || name)
FROM (VALUES
	('', 'an empty password'),
	('Secret-123', 'an ASCII password'),
	(' ', 'a space'),
	(U&'P\00E4ssw\00F6rd-1', 'letters with diaeresis'),
	(U&'\+01F600\+01F600', 'emoji'),
	(E'\x01\x7f\n', 'control characters'),
	(repeat('x', 72), '72 bytes'),
	(repeat(U&'\00E9', 36), '36 letters of two bytes')
) AS t (password, name), LATERAL (SELECT jerry.hash_password(password)) AS h (hash);

SELECT throws_ok(format('SELECT jerry.hash_password(%L)', password), 'JR004', 'password is longer than 72 bytes', name)
FROM (VALUES
	(repeat('x', 73), '73 bytes are refused'),
	(repeat(U&'\00E9', 36) || 'x', '73 bytes in 37 characters are refused'),
	(repeat('x', 1000000), 'a megabyte is refused')
) AS t (password, name);

SELECT is(jerry.hash_password(NULL), NULL, 'no password has no hash');

SET LOCAL jerry.bcrypt_cost = 5;
SELECT is(left(jerry.hash_password('x'), 7), '$2a$05$', 'jerry.bcrypt_cost is the cost');
SET LOCAL jerry.bcrypt_cost TO DEFAULT;
SELECT is(left(jerry.hash_password('x'), 7), '$2a$12$', 'which is 12 by default');

SELECT * FROM finish();
ROLLBACK;
