-- jerry.load_common_passwords: passwords that nobody may choose
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('load_common_passwords(text,text,integer,boolean)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.load_common_passwords(NULL)', reason => 'it writes');

CREATE ROLE jerry_test_operator;
GRANT jerry_admin TO jerry_test_operator;
CREATE ROLE jerry_test_reader;
GRANT jerry_admin, pg_read_server_files TO jerry_test_reader;
CREATE ROLE jerry_test_stranger_who_reads;
GRANT pg_read_server_files, jerry_api TO jerry_test_stranger_who_reads;

SELECT current_setting('data_directory') || '/jerry_test_list' AS path \gset
CREATE FUNCTION pg_temp.path() RETURNS text RETURN current_setting('data_directory') || '/jerry_test_list';
-- writes a list and loads it
CREATE FUNCTION pg_temp.load(content bytea, form text DEFAULT NULL, min_count integer DEFAULT 1,
	replace boolean DEFAULT false) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	list oid := lo_from_bytea(0, content);
BEGIN
	PERFORM lo_export(list, pg_temp.path());
	RETURN jerry.load_common_passwords(pg_temp.path(), form, min_count, replace);
END
$$;
CREATE FUNCTION pg_temp.refusal(content bytea, form text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN pg_temp.load(content, form);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(': ', SQLSTATE, replace(SQLERRM, pg_temp.path(), 'LIST'), nullif(detail, ''));
END
$$;
CREATE FUNCTION pg_temp.issue(password text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text := pg_temp.complaint(jerry.register('ada@example.org', password, password));
BEGIN
	DELETE FROM jerry."user";
	RETURN result;
END
$$;
CREATE FUNCTION pg_temp.sha1(password text) RETURNS text
	RETURN upper(encode(digest(convert_to(password, 'UTF8'), 'sha1'), 'hex'));
\set common 'WEAK_PASSWORD/password/Password is in a list of common passwords'

SELECT is(pg_temp.issue('Secret-123'), 'OK', 'without a list nothing is common');

-- ---------- words ----------

SELECT is(pg_temp.load(convert_to(E'secret-123\nTr0ub4dor&3\nSecret-123\n', 'UTF8')), 2::bigint,
	'words are loaded, and counted once in whatever case');
SELECT is(pg_temp.issue(password), :'common', password || ' is common')
FROM unnest(ARRAY['Secret-123', 'SECRET-123', 'tr0ub4DOR&3']) AS password;
SELECT is(pg_temp.issue(password), 'OK', password || ' is not')
FROM unnest(ARRAY['Secret-1234', ' Secret-123', 'xSecret-123']) AS password;
SELECT is(pg_temp.complaint(jerry.register('ada@secret.org', 'Secret-123', 'Secret-123')),
	'WEAK_PASSWORD/password/Password must not contain a part of the email address', 'the address is told first');
SELECT is(pg_temp.load(convert_to(E'secret-123\nhorse-Battery-1', 'UTF8')), 1::bigint,
	'another list adds what is not there yet, its last line without an end too');
SELECT is(pg_temp.issue('Horse-battery-1'), :'common', 'which counts');
SELECT is(pg_temp.issue('Secret-123'), :'common', 'and what was there goes on to');
SELECT is(pg_temp.load(convert_to(E'horse-battery-1', 'UTF8'), replace => true), 1::bigint,
	'a list can take the place of all others');
SELECT is(pg_temp.issue('Secret-123'), 'OK', 'which do not count any more');

SELECT is(pg_temp.load('\xefbbbf' || convert_to(E'Marked-123\r\n\r\n Spaced-123 \r\n', 'UTF8'), replace => true),
	2::bigint,
	'a byte order mark, the line ends of Windows and empty lines are no part of a password');
SELECT is(pg_temp.issue('Marked-123'), :'common', 'behind a mark');
SELECT is(pg_temp.issue(' Spaced-123 '), :'common', 'white space is a part');
SELECT is(pg_temp.issue('Spaced-123'), 'OK', 'of it');
SELECT is(pg_temp.load(convert_to(U&'Stra\00DFe-123' || E'\n' || U&'Cafe\0301-123', 'UTF8'), replace => true),
	2::bigint,
	'words of any script');
SELECT is(pg_temp.issue(password), :'common', to_json(password) || ' is in the same form')
FROM unnest(ARRAY[U&'CAF\00C9-123', U&'CAFE\0301-123']) AS password;
SELECT is(pg_temp.load('\xff2d4c6174696e0a' || convert_to(repeat('x', 1025) || E'\nGood-pass-1', 'UTF8'),
	replace => true), 1::bigint,
	'lines that are not UTF-8 or too long are left out');
SELECT results_eq('SELECT passwords, skipped, form FROM jerry.common_passwords()',
	$$ VALUES (1::bigint, 2::bigint, 'words') $$, 'and counted');
SELECT is(pg_temp.load(convert_to(repeat('x', 1024) || E'\r\n' || repeat('y', 1023) || 'z', 'UTF8'), replace => true),
	1::bigint, 'a line of 1024 bytes is one, and its end counts');

-- ---------- hashes ----------

SELECT is(pg_temp.load(convert_to(format(E'%s:3\n%s:1\r\n%s:0\n%s', pg_temp.sha1('Secret-123'),
	lower(pg_temp.sha1('Once-1234')), pg_temp.sha1('Padding-1'), pg_temp.sha1('secret-456')), 'UTF8'),
	replace => true), 3::bigint,
	'hashes are loaded, with counts and without, in any order and case; a count of 0 is padding');
SELECT is(pg_temp.issue(password), expected, password)
FROM (VALUES ('Secret-123', :'common'), ('Once-1234', :'common'), ('Padding-1', 'OK'), ('SECRET-123', 'OK'),
	('Secret-456', :'common')) AS t (password, expected);
SELECT is((SELECT form FROM jerry.common_passwords()), 'sha1', 'the form follows from the first line');
SELECT is(pg_temp.load(convert_to(format(E'%s:3\n%s:2', pg_temp.sha1('Secret-123'), pg_temp.sha1('Once-1234')),
	'UTF8'), min_count => 3, replace => true), 1::bigint,
	'those that were seen less often than min_count are left out');
SELECT is(pg_temp.load(convert_to(pg_temp.sha1('x'), 'UTF8'), 'words', replace => true), 1::bigint,
	'a hash can be a word, when it is said to be');
SELECT is(pg_temp.issue('X' || substr(lower(pg_temp.sha1('x')), 2)), 'WEAK_PASSWORD/password/Password must contain at '
	'least one special character', 'rules about characters are told first');
SELECT is(pg_temp.load(convert_to(repeat(pg_temp.sha1('Secret-123') || E':99999999999999999999\n', 3), 'UTF8'),
	replace => true), 1::bigint, 'a count of any size');

-- ---------- what is refused ----------

SELECT is(pg_temp.refusal(content, form), expected, expected)
FROM (VALUES
	(''::bytea, NULL, '22P04: file "LIST" is not a list of passwords: There is no password in it.'),
	('\x610a6200', NULL, '22P04: file "LIST" is not a list of passwords: Line 2 has a byte 0: this is not UTF-8 text.'),
	('\xfffe61000a00', NULL,
		'22P04: file "LIST" is not a list of passwords: Line 1 has a byte 0: this is not UTF-8 text.'),
	(convert_to(pg_temp.sha1('x') || E':1\n' || pg_temp.sha1('x') || ':', 'UTF8'), NULL,
		'22P04: file "LIST" is not a list of passwords: Line 2 is neither HASH nor HASH:COUNT with a SHA-1 of 40 '
		'digits.'),
	(convert_to(pg_temp.sha1('x') || E':1\n' || left(pg_temp.sha1('x'), 30), 'UTF8'), NULL,
		'22P04: file "LIST" is not a list of passwords: Line 2 is neither HASH nor HASH:COUNT with a SHA-1 of 40 '
		'digits.'),
	(convert_to(left(pg_temp.sha1('x'), 32) || ':5', 'UTF8'), NULL,
		'22P04: file "LIST" is not a list of passwords: Line 1 is neither HASH nor HASH:COUNT with a SHA-1 of 40 '
		'digits.'),
	(convert_to(pg_temp.sha1('x') || ':1' || repeat('1', 2000), 'UTF8'), NULL,
		'22P04: file "LIST" is not a list of passwords: Line 1 is neither HASH nor HASH:COUNT with a SHA-1 of 40 '
		'digits.'),
	('secret', 'sha1',
		'22P04: file "LIST" is not a list of passwords: Line 1 is neither HASH nor HASH:COUNT with a SHA-1 of 40 '
		'digits.'),
	('secret', 'ranges', '42809: "LIST" is not a folder'),
	('secret', 'md5', '22023: form must be words, sha1 or ranges')
) AS t (content, form, expected);
SELECT is((SELECT sum(passwords)::int FROM jerry.common_passwords()), 1, 'what is refused changes nothing');
SELECT throws_ok(format('SELECT jerry.load_common_passwords(%L)', path), code, NULL,
	coalesce(path, 'NULL') || ' is none')
FROM (VALUES (NULL, '22004'), ('jerry_test_list', '42602'), ('', '42602'), ('/dev/zero', '42809'),
	('/nowhere', '58P01'), (current_setting('data_directory') || '/global', '22P04')) AS t (path, code);
SELECT throws_ok($$ SELECT jerry.load_common_passwords('/x', NULL, NULL) $$, '22004', NULL, 'min_count is not NULL');
SELECT throws_ok($$ SELECT jerry.load_common_passwords('/x', NULL, 1, NULL) $$, '22004', NULL, 'replace is not NULL');
-- one hash in a row of the table would do for a million of them
SELECT is(pg_temp.load(convert_to((SELECT string_agg('ABCD' || lpad(to_hex(n), 12, '0') || repeat('0', 24), E'\n')
	FROM generate_series(1, 5000) AS n), 'UTF8'), replace => true), 5000::bigint, 'hashes that are all of one row');
SELECT is((SELECT count(*)::int FROM jerry.common_password), 1, 'are in it');

-- ---------- who may ----------

SELECT is(pg_temp.outcome(format('SELECT jerry.load_common_passwords(%L)', :'path'), role), expected, role)
FROM (VALUES ('jerry_test_operator', '42501'), ('jerry_test_stranger_who_reads', '42501'), ('jerry_api', '42501'),
	('jerry_test_reader', '0')) AS t (role, expected);
SELECT is((SELECT loaded_by FROM jerry.common_passwords()), 'jerry_test_reader', 'who has loaded is on record');

COPY (SELECT) TO PROGRAM 'cat >/dev/null && rm jerry_test_list';
SELECT * FROM finish();
ROLLBACK;
