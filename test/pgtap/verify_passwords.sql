-- jerry.verify_passwords: do many passwords belong to their hashes
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('verify_passwords(text[],text[])', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.verify_passwords(''{x}'', ''{x}'')', reason => 'the planner must not call it');

-- what jerry.verify_password has an answer for, of every kind and cost
CREATE TEMPORARY TABLE pair AS
SELECT row_number() OVER () AS n, password, hash, jerry.verify_password(password, hash) AS is_right
FROM (VALUES
	('Secret-123', '$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6'),
	('Secret-123', '$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq'),
	('Secret-123', '$2y$04$ehBOUQ/kPRCEfWx8kpyrheK0snu.je6iOEYOf8UWfa0BQ7/Lk7xKa'),
	('secret-123', '$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq'),
	('Secret-12', '$2b$04$nwnd4iyRPAePjF9dgLvr.u9JI7xKHC/tHDwY/4S/eEHTn7cDLSoJq'),
	(repeat('x', 72), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy'),
	(repeat('x', 73), '$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy'),
	(repeat('x', 73), overlay('$2b$04$X./wRC1LSdes9rAAuwcp7uFny8N.m6eiVWd7jBoKvWTZtdx8rdsdy' placing 'a' from 3)),
	(repeat('x', 1000000), jerry.hash_password('x')), ('x', repeat('x', 1000000)), ('x', ''),
	('', jerry.hash_password('')), ('Secret-123', crypt('Secret-123', gen_salt('bf', 6))),
	('wrong', crypt('Secret-123', gen_salt('bf', 5))), ('Secret-123', crypt('Secret-123', gen_salt('bf', 7))),
	(U&'Pa\0308ssword-1', crypt(U&'Pa\0308ssword-1', gen_salt('bf', 4))),
	(U&'Pa\0308ssword-1', jerry.hash_password(U&'P\00E4ssword-1')),
	(U&'P\00E4ssword-1', crypt(U&'Pa\0308ssword-1', gen_salt('bf', 4))),
	('Secret-123', '$2a$16$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6'),
	('Secret-123', '$2x$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6'),
	('Secret-123', crypt('Secret-123', 'ab')), (NULL, jerry.hash_password('x')), ('x', NULL), (NULL, NULL)
) AS t (password, hash);
CREATE FUNCTION pg_temp.verified(first bigint, count bigint) RETURNS boolean[]
	RETURN (SELECT jerry.verify_passwords(array_agg(password ORDER BY n), array_agg(hash ORDER BY n)) FROM pair
		WHERE n >= first AND n < first + count);

SELECT set_eq('SELECT DISTINCT is_right FROM pair', ARRAY[true, false, NULL], 'there are pairs of all three answers');
SELECT is(pg_temp.verified(1, 100), (SELECT array_agg(is_right ORDER BY n) FROM pair),
	'each has the answer of jerry.verify_password, in its place');
SELECT is((SELECT array_agg(v ORDER BY first, i) FROM generate_series(1, (SELECT count(*) FROM pair), count) AS first,
	unnest(pg_temp.verified(first, count)) WITH ORDINALITY AS u (v, i)),
	(SELECT array_agg(is_right ORDER BY n) FROM pair), format('%s at a time as well', count))
FROM generate_series(1, 7) AS count;

SELECT is(jerry.verify_passwords('{}', '{}'), '{}', 'no passwords have no answers');
SELECT is(jerry.verify_passwords(NULL, '{}'), NULL, 'no array of passwords has no answer');
SELECT is(jerry.verify_passwords('{}', NULL), NULL, 'no array of hashes has none');
SELECT is(array_lower(jerry.verify_passwords('[5:6]={a,b}', '[7:8]={a,b}'), 1), 1,
	'the answer begins with 1 wherever the arrays do');
SELECT is((SELECT count(*) FILTER (WHERE v)::int FROM unnest(jerry.verify_passwords(array_fill('x'::text, ARRAY[1000]),
	array_fill(jerry.hash_password('x'), ARRAY[1000]))) AS v), 1000, 'there may be a thousand');

SELECT throws_ok($$ SELECT jerry.verify_passwords('{a,b}', '{a}') $$, '22023',
	'arrays must have the same number of elements', 'a password without a hash is refused');
SELECT throws_ok($$ SELECT jerry.verify_passwords('{a}', '{a,b}') $$, '22023',
	'arrays must have the same number of elements', 'a hash without a password is refused');
SELECT throws_ok($$ SELECT jerry.verify_passwords(array_fill('x'::text, ARRAY[1001]), '{a}') $$, '22023',
	'array must have at most 1000 elements', '1001 passwords are too many');
SELECT throws_ok($$ SELECT jerry.verify_passwords('{a}', array_fill('x'::text, ARRAY[1001])) $$, '22023',
	'array must have at most 1000 elements', '1001 hashes are too many');
SELECT throws_ok($$ SELECT jerry.verify_passwords('{{a},{b}}', '{a,b}') $$, '22023', 'array must have one dimension',
	'two dimensions are too many');

SELECT * FROM finish();
ROLLBACK;
