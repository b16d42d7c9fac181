-- jerry.hash_ahead: the hashes of logins and registrations that follow
BEGIN;
\ir setup.psql
DELETE FROM jerry.rate_bucket;
SET LOCAL jerry.bcrypt_provider = own;

SELECT pg_temp.declared('hash_ahead(text[],text[],text[],jerry.client[])', roles => 'jerry_api', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.hash_ahead(''{}'', ''{}'', ''{}'', ''{}'')', reason => 'the session keeps what it makes');

CREATE FUNCTION pg_temp.ahead(kinds text[], emails text[], passwords text[]) RETURNS boolean
	RETURN jerry.hash_ahead(kinds, emails, passwords, array_fill(NULL::jerry.client, ARRAY[cardinality(kinds)]));
-- Does a call take the time of a hash? On a busy machine anything may; then it is tried again, with what comes before.
CREATE TEMPORARY TABLE pace (hash interval);
CREATE FUNCTION pg_temp.takes_a_hash(call text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
BEGIN
	EXECUTE call;
	RETURN clock_timestamp() - started > hash / 2 FROM pace;
END
$$;
CREATE FUNCTION pg_temp.find_their_hashes(before text, calls text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..10 LOOP
		EXECUTE before;
		IF NOT true = ANY (ARRAY(SELECT pg_temp.takes_a_hash(call) FROM unnest(calls) AS t (call))) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

-- ---------- the calls find their hashes ----------

SELECT pg_temp.new_user('one@example.com'), pg_temp.new_user('two@example.com') \g /dev/null
SET LOCAL jerry.bcrypt_cost = 10;
UPDATE jerry."user" SET password_hash = jerry.hash_password('Secret-123');
INSERT INTO pace SELECT min(b - a) FROM (SELECT clock_timestamp() AS a, jerry.hash_password('x'), clock_timestamp() AS b
	FROM generate_series(1, 5)) AS t;

SELECT is(pg_temp.ahead('{login,login,login,register}',
	'{one@example.com,two@example.com,nobody@example.com,new@example.com}',
	'{Secret-123,wrong,Secret-123,Secret-123}'), true, 'hashes are made ahead');
SELECT is(pg_temp.find_their_hashes(
	$$ SELECT pg_temp.ahead('{login,login,login,register}',
		'{one@example.com,two@example.com,nobody@example.com,new@example.com}',
		'{Secret-123,wrong,Secret-123,Secret-123}') $$,
	ARRAY['SELECT jerry.login(''one@example.com'', ''Secret-123'')',
		'SELECT jerry.login(''two@example.com'', ''wrong'')',
		'SELECT jerry.login(''nobody@example.com'', ''Secret-123'')',
		'SELECT jerry.register(''new@example.com'', ''Secret-123'', ''Secret-123'')']), true,
	'logins with a right password, a wrong one and an unknown address, and a registration find them');
SELECT is(pg_temp.find_their_hashes(
	format($$ SELECT pg_temp.ahead('{login,login}', '{one@example.com,two@example.com}', '{%s,%1$s}') $$,
		repeat('x', 73)),
	ARRAY[format('SELECT jerry.login(''one@example.com'', %L)', repeat('x', 73)),
		format('SELECT jerry.login(''two@example.com'', %L)', repeat('x', 73))]), true, 'passwords of 73 bytes too');
SET LOCAL jerry.hide_accounts = on;
SET LOCAL jerry.require_verified_email = on;
SELECT is(pg_temp.find_their_hashes(
	$$ SELECT pg_temp.ahead('{login,login}', '{one@example.com,two@example.com}', '{Secret-123,wrong}') $$,
	ARRAY['SELECT jerry.login(''one@example.com'', ''Secret-123'')',
		'SELECT jerry.login(''two@example.com'', ''wrong'')']), true, 'so do those of accounts that are hidden');
RESET jerry.hide_accounts;
RESET jerry.require_verified_email;
SELECT pg_temp.ahead('{login}', '{one@example.com}', '{Secret-123}') \g /dev/null
SELECT jerry.login('one@example.com', 'Secret-123') \g /dev/null
SELECT is(pg_temp.takes_a_hash('SELECT jerry.login(''one@example.com'', ''Secret-123'')'), true, 'each serves once');
SELECT is(pg_temp.verdict(jerry.login('new@example.com', 'Secret-123')), 'OK',
	'a password that was hashed ahead is good');

SELECT pg_temp.ahead('{login}', '{one@example.com}', '{Secret-123}') \g /dev/null
SELECT pg_temp.ahead('{login}', '{two@example.com}', '{Secret-123}') \g /dev/null
SELECT is(pg_temp.takes_a_hash('SELECT jerry.login(''one@example.com'', ''Secret-123'')'), true,
	'the next call forgets what was made before');

-- the same password, typed otherwise, and an account whose hash is of a lower cost
UPDATE jerry."user" SET password_hash = crypt('Secret-123', gen_salt('bf', 8)) WHERE email = 'two@example.com';
SELECT is(pg_temp.find_their_hashes(
	format($$ SELECT pg_temp.ahead('{login,login,login}', '{one@example.com,nobody@example.com,two@example.com}',
		'{%s,%1$s,%1$s}') $$, U&'Pa\0308sz'),
	ARRAY[format('SELECT jerry.login(''one@example.com'', %L)', U&'Pa\0308sz'),
		format('SELECT jerry.login(''nobody@example.com'', %L)', U&'Pa\0308sz'),
		format('SELECT jerry.login(''two@example.com'', %L)', U&'Pa\0308sz')]), true,
	'a refusal finds all hashes that it is made of, whatever the account has');

-- ---------- and mean the same ----------

-- what each call answers behind the hashes of these four
CREATE FUNCTION pg_temp.verdicts(emails text[], passwords text[], meanwhile text DEFAULT 'SELECT') RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.ahead(array_fill('login'::text, ARRAY[cardinality(emails)]), emails, passwords);
	EXECUTE meanwhile;
	RETURN ARRAY(SELECT pg_temp.verdict(jerry.login(e, p)) FROM unnest(emails, passwords) AS t (e, p));
END
$$;
SET LOCAL jerry.bcrypt_cost = 4;
UPDATE jerry."user" SET password_hash = jerry.hash_password('Secret-123');
SELECT is(pg_temp.verdicts('{one@example.com,ONE@example.com,one@example.com,nobody@example.com}',
	'{Secret-123,Secret-123,Secret-12,Secret-123}'), '{OK,OK,INVALID_CREDENTIALS,INVALID_CREDENTIALS}',
	'right, wrong and unknown');
SELECT is(pg_temp.verdicts('{one@example.com,one@example.com}', '{Secret-123,Secret-123}',
	$$ UPDATE jerry."user" SET password_hash = jerry.hash_password('Another-1') $$),
	'{INVALID_CREDENTIALS,INVALID_CREDENTIALS}', 'a password that was changed meanwhile');
SELECT is(pg_temp.verdicts('{one@example.com}', '{Another-1}',
	$$ UPDATE jerry."user" SET password_hash = replace(password_hash, '$2a$', '$2b$') $$), '{OK}',
	'a hash that was changed meanwhile');
SELECT is(pg_temp.verdicts('{one@example.com,one@example.com}', '{Another-1,x}', 'SET LOCAL jerry.bcrypt_cost = 6'),
	'{OK,INVALID_CREDENTIALS}', 'a cost that was changed meanwhile');
SELECT is(pg_temp.verdicts('{one@example.com,one@example.com,two@example.com}', '{Another-1,x,Another-1}',
	'SET LOCAL jerry.bcrypt_cost = 8'), '{OK,INVALID_CREDENTIALS,OK}',
	'hashes of other costs than the one that is wanted');
SELECT is((SELECT string_agg(DISTINCT left(password_hash, 7), ' ') FROM jerry."user" WHERE email <> 'new@example.com'),
	'$2a$08$', 'are brought to that');
UPDATE jerry."user" SET password_hash = crypt(repeat('x', 72), gen_salt('bf', 4));
SELECT is(pg_temp.verdicts('{one@example.com,one@example.com,nobody@example.com}',
	ARRAY[repeat('x', 72), repeat('x', 73), repeat('x', 73)]), '{OK,INVALID_CREDENTIALS,INVALID_CREDENTIALS}',
	'72 bytes and 73');
UPDATE jerry."user" SET password_hash = regexp_replace(crypt(repeat('x', 72), gen_salt('bf', 4)), '^\$2a', '$2b');
SELECT is(pg_temp.verdicts('{one@example.com}', ARRAY[repeat('x', 73)]), '{OK}', '73 bytes where 72 counted');
UPDATE jerry."user" SET password_hash = crypt(U&'Pa\0308ss', gen_salt('bf', 4));
SELECT is(pg_temp.verdicts('{one@example.com,one@example.com}', ARRAY[U&'Pa\0308ss', U&'P\00E4sz']),
	'{OK,INVALID_CREDENTIALS}', 'a hash of the form as typed');
UPDATE jerry."user" SET password_hash = '*' WHERE email = 'two@example.com';
SELECT is(pg_temp.verdicts('{two@example.com,x,two@example.com}', '{*,x,""}'),
	'{INVALID_CREDENTIALS,INVALID_EMAIL,INVALID_CREDENTIALS}', 'no hash, no address, no password');

-- ---------- registrations ----------

SELECT is(pg_temp.ahead('{register,register,register,register}',
	'{a@example.com,b@example.com,c@example.com,x}', '{Secret-123,Secret-123,weak,Secret-123}'), true,
	'registrations that will be refused do no harm');
SELECT is(pg_temp.complaint(jerry.register(email, password, password)), expected, email)
FROM (VALUES ('a@example.com', 'Secret-123', 'OK'), ('b@example.com', 'Secret-123', 'OK'),
	('c@example.com', 'weak', 'WEAK_PASSWORD/password/Password must be at least 8 characters long'),
	('x', 'Secret-123', 'INVALID_EMAIL/email/Email address is not valid')) AS t (email, password, expected);
SELECT is((SELECT count(DISTINCT password_hash)::int FROM jerry."user" WHERE email ~ '^[ab]@'
	AND password_hash = crypt('Secret-123', password_hash)), 2, 'one password of two has two salts');
SELECT pg_temp.ahead('{register}', '{d@example.com}', '{Secret-123}') \g /dev/null
SET LOCAL jerry.bcrypt_cost = 5;
SELECT jerry.register('d@example.com', 'Secret-123', 'Secret-123') \g /dev/null
SELECT is((SELECT left(password_hash, 7) FROM jerry."user" WHERE email = 'd@example.com'), '$2a$05$',
	'the cost that is wanted when the account is made is the one that counts');

-- ---------- another provider ----------

SET LOCAL jerry.bcrypt_provider = pgcrypto;
SELECT is(pg_temp.ahead('{login}', '{a@example.com}', '{Secret-123}'), false, 'pgcrypto makes no hashes ahead');
SET LOCAL jerry.bcrypt_provider = own;
SELECT is(pg_temp.verdicts('{a@example.com,a@example.com}', '{Secret-123,x}',
	'SET LOCAL jerry.bcrypt_provider = pgcrypto'), '{OK,INVALID_CREDENTIALS}', 'a provider that was changed meanwhile');
SET LOCAL jerry.bcrypt_provider = own;

-- ---------- arguments ----------

SELECT is(jerry.hash_ahead('{}', '{}', '{}', '{}'), true, 'there may be nothing to hash');
SELECT is(pg_temp.ahead('{NULL,login,login,register}', '{a@example.com,NULL,a@example.com,NULL}',
	'{x,x,NULL,Secret-123}'), true, 'NULL is a place that is not used');
SELECT is(jerry.hash_ahead(NULL, '{}', '{}', '{}'), NULL, 'no array is no call');
SELECT throws_ok(call, '22023', message, message || ': ' || call)
FROM (VALUES
	($$ SELECT pg_temp.ahead('{logout}', '{a@example.com}', '{x}') $$, 'kind must be login or register'),
	($$ SELECT pg_temp.ahead('{login,login}', '{a@example.com}', '{x,x}') $$,
		'arrays must have the same number of elements'),
	($$ SELECT pg_temp.ahead('{login,login}', '{a@example.com,b@example.com}', '{x}') $$,
		'arrays must have the same number of elements'),
	($$ SELECT jerry.hash_ahead('{login}', '{a@example.com}', '{x}', '{}') $$,
		'arrays must have the same number of elements'),
	($$ SELECT pg_temp.ahead('{login,login,login,login,login}', '{a,b,c,d,e}', '{a,b,c,d,e}') $$,
		'array must have at most 4 elements'),
	($$ SELECT pg_temp.ahead('{{login}}', '{a@example.com}', '{x}') $$, 'array must have one dimension')
) AS t (call, message);

-- ---------- who is refused gets no hash ----------

SET LOCAL jerry.hide_accounts = off;
SET LOCAL jerry.require_verified_email = off;
SET LOCAL jerry.bcrypt_provider = own;
SET LOCAL jerry.bcrypt_cost = 10;
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('login_account_network', 1, 3600, 1),
	jerry.login('limited@example.com', 'wrong', '192.0.2.1') \g /dev/null
CREATE FUNCTION pg_temp.ahead_from(ip text) RETURNS text
	RETURN format($$ SELECT jerry.hash_ahead('{login}', '{limited@example.com}', '{wrong}',
		ARRAY[json_populate_record(NULL::jerry.client, '{"ip": "%s"}')]) $$, ip);
SELECT is(pg_temp.find_their_hashes('SELECT 1', ARRAY[pg_temp.ahead_from('192.0.2.1')]), true,
	'nothing is hashed for who is limited');
SELECT is(pg_temp.takes_a_hash(pg_temp.ahead_from('192.0.2.2')), true, 'for who is not it is');
SELECT is((SELECT count(*)::int FROM jerry.rate_bucket), 3, 'and nothing is charged');

SELECT * FROM finish();
ROLLBACK;
