-- jerry.hash_passwords: the hashes of many passwords
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('hash_passwords(text[])', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.hash_passwords(''{x}'')', reason => 'each call makes new salts');

-- 1 to 9 of them: fewer than go together, as many, more, and what is left over
SELECT is(hashes = ARRAY(SELECT crypt(p, h) FROM unnest(passwords, hashes) AS t (p, h)) AND cardinality(hashes) = n,
	true, format('pgcrypto makes the same hashes of %s passwords, in their order', n))
FROM generate_series(1, 9) AS n, LATERAL (SELECT ARRAY(SELECT 'Secret-' || i FROM generate_series(1, n) AS i))
	AS p (passwords), LATERAL (SELECT jerry.hash_passwords(passwords)) AS h (hashes);
SELECT is((SELECT count(DISTINCT substr(h, 8, 22))::int
	FROM unnest(jerry.hash_passwords(array_fill('x'::text, ARRAY[50]))) AS h), 50, 'each has its own salt');
SELECT is((SELECT count(*)::int FROM unnest(jerry.hash_passwords(array_fill('x'::text, ARRAY[1000]))) AS h
	WHERE h ~ '^\$2a\$04\$[./A-Za-z0-9]{53}$'), 1000, 'there may be a thousand');

SELECT is(h.hash, crypt(password, h.hash), 'crypt() makes the same hash of ' || name)
FROM (VALUES
	('', 'an empty password'), (U&'P\00E4ssw\00F6rd-1', 'letters with diaeresis'), (repeat('x', 72), '72 bytes'),
	(repeat(U&'\00E9', 36), '36 letters of two bytes')
) AS t (password, name), LATERAL (SELECT (jerry.hash_passwords(ARRAY['x', password, 'y']))[2]) AS h (hash);
SELECT is(jerry.verify_password(U&'P\00E4ssword-1', (jerry.hash_passwords(ARRAY[U&'Pa\0308ssword-1']))[1]), true,
	'what is hashed is the normal form');

SELECT is(ARRAY(SELECT h IS NULL FROM unnest(jerry.hash_passwords('{a,NULL,b,NULL}')) AS h), '{f,t,f,t}',
	'no password has no hash, and the others keep their places');
SELECT is(jerry.hash_passwords('{NULL}'), '{NULL}', 'also alone');
SELECT is(jerry.hash_passwords('{}'), '{}', 'of no passwords there are no hashes');
SELECT is(jerry.hash_passwords(NULL), NULL, 'of no array there is none');
SELECT is(array_lower(jerry.hash_passwords('[5:6]={a,b}'), 1), 1, 'the answer begins with 1 wherever the array does');

SELECT throws_ok($$ SELECT jerry.hash_passwords(ARRAY['x', repeat('x', 73)]) $$, 'JR004',
	'password 2 is longer than 72 bytes', '73 bytes are refused, and which they are is said');
SELECT throws_ok($$ SELECT jerry.hash_passwords(array_fill('x'::text, ARRAY[1001])) $$, '22023',
	'array must have at most 1000 elements', '1001 are too many');
SELECT throws_ok($$ SELECT jerry.hash_passwords('{{a},{b}}') $$, '22023', 'array must have one dimension',
	'two dimensions are too many');

SET LOCAL jerry.bcrypt_cost = 5;
SELECT is(ARRAY(SELECT left(h, 7) FROM unnest(jerry.hash_passwords('{a,b,c}')) AS h), '{$2a$05$,$2a$05$,$2a$05$}',
	'jerry.bcrypt_cost is the cost');

SELECT * FROM finish();
ROLLBACK;
