-- hostile input: every function answers with a code, an error or NULL, and the session lives on
BEGIN;
\ir setup.psql
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null

SELECT pg_temp.new_user() AS user_id, pg_backend_pid() AS pid \gset
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT payload->'data'->>'password_reset_token' AS reset FROM jerry.event ORDER BY id DESC LIMIT 1 \gset

-- a column that is stored out of line as it is, and one that is stored compressed
CREATE TEMPORARY TABLE value (name text, v text);
ALTER TABLE value ALTER COLUMN v SET STORAGE EXTERNAL;
CREATE TEMPORARY TABLE compressed_value (name text, v text);
ALTER TABLE compressed_value ALTER COLUMN v SET STORAGE MAIN;
INSERT INTO compressed_value VALUES ('a compressed megabyte', repeat('x', 1000000)),
	('compressed dots', repeat('.', 9000));
INSERT INTO value VALUES
	('NULL', NULL), ('an empty string', ''), ('a space', ' '), ('a letter', 'x'), ('a letter beyond ASCII',
		U&'\00E9'),
	('an emoji', U&'\+01F600'),
	('the last code point', U&'\+10FFFF'), ('a byte order mark', U&'\FEFF'), ('a combining accent alone', U&'\0301'),
	('right-to-left override', U&'\202Ecba'),
	('a control character', E'\x01'), ('line breaks', E'\r\n'), ('a tab', E'\t'), ('delete', E'\x7f'),
	('quotes', '''"`'), ('a backslash', '\'),
	('a format', '%s%n%s%n'), ('dollars', '$$;$$'), ('SQL', ''' or 1=1 --'), ('a path', '../../etc/passwd'),
	('an escaped NUL', '\u0000'), ('JSON', '{"a":[1]}'),
	('dots', '...'), ('padding', '===='), ('a bcrypt prefix', '$2b$04$'), ('the word null', 'null'),
	('8192 bytes', repeat('x', 8192)), ('8193 bytes', repeat('x', 8193)), ('a megabyte', repeat('x', 1000000)),
	('a megabyte beyond ASCII', repeat(U&'\00E9', 500000)),
	('a megabyte of dots', repeat('.', 1000000)), ('a megabyte of quotes', repeat('"', 1000000));

CREATE TEMPORARY VIEW hostile AS SELECT * FROM value UNION ALL SELECT * FROM compressed_value;

-- what a call returns for NULL, for anything else, and for more than 8000 bytes where that differs
CREATE TEMPORARY TABLE call AS
	SELECT *, row_number() OVER () AS n FROM (VALUES
		('register, as address', 'pg_temp.verdict(jerry.register(v, ''Secret-123'', ''Secret-123''))',
			'VALIDATION_ERROR', 'INVALID_EMAIL', NULL),
		('register, as password', 'pg_temp.verdict(jerry.register(''new@example.com'', v, v))', 'VALIDATION_ERROR',
			'WEAK_PASSWORD', NULL),
		('register, as confirmation', 'pg_temp.verdict(jerry.register(''new@example.com'', ''Secret-123'', v))',
			'VALIDATION_ERROR', 'PASSWORD_MISMATCH', NULL),
		('resend_verification', 'pg_temp.verdict(jerry.resend_verification(v))', 'VALIDATION_ERROR', 'INVALID_EMAIL',
			NULL),
		('verify_email', 'pg_temp.verdict(jerry.verify_email(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('login, as address', 'pg_temp.verdict(jerry.login(v, ''Secret-123''))', 'VALIDATION_ERROR', 'INVALID_EMAIL',
			NULL),
		('login, as password', 'pg_temp.verdict(jerry.login(''user@example.com'', v))', 'VALIDATION_ERROR',
			'INVALID_CREDENTIALS', NULL),
		('login, as password of nobody', 'pg_temp.verdict(jerry.login(''nobody@example.com'', v))',
			'VALIDATION_ERROR',
			'INVALID_CREDENTIALS', NULL),
		('login, as user agent', 'pg_temp.verdict(jerry.login(''user@example.com'', ''Secret-123'', NULL, v))', 'OK',
			'OK', NULL),
		('login, as user agent of a client',
			'pg_temp.verdict(jerry.login(''user@example.com'', ''Secret-123'', ROW(NULL, v, NULL, NULL)))', 'OK', 'OK',
				NULL),
		('login, as request id of a client',
			'pg_temp.verdict(jerry.login(''user@example.com'', ''Secret-123'', ROW(NULL, NULL, v, v)))', 'OK', 'OK',
				NULL),
		('refresh', 'pg_temp.verdict(jerry.refresh(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('logout', 'pg_temp.verdict(jerry.logout(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('logout, as refresh token', 'pg_temp.verdict(jerry.logout(refresh_token => v))', 'VALIDATION_ERROR',
			'INVALID_TOKEN', NULL),
		('logout, as scope', 'pg_temp.verdict(jerry.logout(''x'', v))', 'INVALID_TOKEN', 'VALIDATION_ERROR', NULL),
		('list_sessions', 'pg_temp.verdict(jerry.list_sessions(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('list_activity', 'pg_temp.verdict(jerry.list_activity(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('end_session', 'pg_temp.verdict(jerry.end_session(v, ''x''))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('setup_totp', 'pg_temp.verdict(jerry.setup_totp(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('setup_totp, as password', format('replace(pg_temp.verdict(jerry.setup_totp(%L, v)), ''OK'', ''fresh'')',
			:'access'), 'fresh', 'WRONG_PASSWORD', NULL),
		('activate_totp', 'pg_temp.verdict(jerry.activate_totp(v, ''123456''))', 'VALIDATION_ERROR', 'INVALID_TOKEN',
			NULL),
		('activate_totp, as code', format('replace(pg_temp.verdict(jerry.activate_totp(%L, v)), ''FACTOR_NOT_FOUND'', '
			'''WRONG_CODE'')', :'access'), 'VALIDATION_ERROR', 'WRONG_CODE', NULL),
		('disable_second_factor', 'pg_temp.verdict(jerry.disable_second_factor(v, v))', 'VALIDATION_ERROR',
			'INVALID_TOKEN', NULL),
		('renew_recovery_codes', 'pg_temp.verdict(jerry.renew_recovery_codes(v, NULL, v, v))', 'VALIDATION_ERROR',
			'INVALID_TOKEN', NULL),
		('list_factors', 'pg_temp.verdict(jerry.list_factors(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('change_password', 'pg_temp.verdict(jerry.change_password(v, ''x'', ''x'', ''x''))', 'VALIDATION_ERROR',
			'INVALID_TOKEN', NULL),
		('change_password, as current password', format('pg_temp.verdict(jerry.change_password(%L, v, %L, %2$L))',
			:'access', 'New-Secret-1'), 'VALIDATION_ERROR', 'WRONG_PASSWORD', NULL),
		('change_password, as new password', format('pg_temp.verdict(jerry.change_password(%L, ''x'', v, v))',
			:'access'), 'VALIDATION_ERROR', 'WEAK_PASSWORD', NULL),
		('update_profile', 'pg_temp.verdict(jerry.update_profile(v, ''{}''))', 'VALIDATION_ERROR', 'INVALID_TOKEN',
			NULL),
		('update_profile, as name',
			format('(pg_temp.verdict(jerry.update_profile(%L, json_build_object(''name'', v))) ~ ''^(OK|VALID)'')',
				:'access'), 'true', 'true', NULL),
		('update_profile, as metadata',
			format('pg_temp.verdict(jerry.update_profile(%L, json_build_object(''metadata'', '
				'json_build_object(''x'', v))))', :'access'), 'OK', 'OK', 'VALIDATION_ERROR'),
		('request_password_reset', 'pg_temp.verdict(jerry.request_password_reset(v))', 'VALIDATION_ERROR',
			'INVALID_EMAIL', NULL),
		('reset_password', 'pg_temp.verdict(jerry.reset_password(v, ''New-Secret-1'', ''New-Secret-1''))',
			'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('reset_password, as new password', format('pg_temp.verdict(jerry.reset_password(%L, v, v))', :'reset'),
			'VALIDATION_ERROR', 'WEAK_PASSWORD', NULL),
		('reset_password, as confirmation',
			format('pg_temp.verdict(jerry.reset_password(%L, ''New-Secret-1'', v))', :'reset'), 'VALIDATION_ERROR',
			'PASSWORD_MISMATCH', NULL),
		('request_login_code', 'pg_temp.verdict(jerry.request_login_code(v))', 'VALIDATION_ERROR', 'INVALID_EMAIL',
			NULL),
		('confirm_login_code', 'pg_temp.verdict(jerry.confirm_login_code(v, v))', 'VALIDATION_ERROR', 'INVALID_TOKEN',
			NULL),
		('confirm_login_code, as token', 'pg_temp.verdict(jerry.confirm_login_code(token => v))', 'VALIDATION_ERROR',
			'INVALID_TOKEN', NULL),
		('request_email_change', 'pg_temp.verdict(jerry.request_email_change(v, ''new@example.com'', ''x''))',
			'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('request_email_change, as address', format('pg_temp.verdict(jerry.request_email_change(%L, v, ''x''))',
			:'access'), 'VALIDATION_ERROR', 'INVALID_EMAIL', NULL),
		('request_email_change, as password',
			format('pg_temp.verdict(jerry.request_email_change(%L, ''new@example.com'', v))', :'access'),
			'VALIDATION_ERROR', 'WRONG_PASSWORD', NULL),
		('confirm_email_change', 'pg_temp.verdict(jerry.confirm_email_change(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN',
			NULL),
		('cancel_email_change', 'pg_temp.verdict(jerry.cancel_email_change(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN',
			NULL),
		('undo_email_change', 'pg_temp.verdict(jerry.undo_email_change(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('change_password, as confirmation',
			format('pg_temp.verdict(jerry.change_password(%L, ''x'', ''New-Secret-1'', v))', :'access'),
			'VALIDATION_ERROR', 'PASSWORD_MISMATCH', NULL),
		('validate_token', 'pg_temp.verdict(jerry.validate_token(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('refuse_token', 'pg_temp.verdict(jerry.refuse_token(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('verify_token', 'pg_temp.verdict(jerry.verify_token(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('decode_token', 'pg_temp.verdict(jerry.decode_token(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('decode_token, as type', 'pg_temp.verdict(jerry.decode_token(''x'', v))', 'VALIDATION_ERROR',
			'VALIDATION_ERROR', NULL),
		('me', 'pg_temp.verdict(jerry.me(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		('unwrap', 'jerry.unwrap(to_json(v))', NULL, '22023', NULL),
		('error_code', 'jerry.error_code(to_json(v))', NULL, '22023', NULL),
		('unwrap, as code',
			'jerry.unwrap(json_build_object(''success'', false, ''error'', json_build_object(''code'', v)))', '22023',
			'22023', NULL),
		('unwrap, as data',
			'(jerry.unwrap(json_build_object(''success'', true, ''data'', v)) #>> ''{}'' IS NOT DISTINCT FROM v)',
			'true', 'true', NULL),
		('health', '(jerry.health(v, v)->>''service'' IS NOT DISTINCT FROM v)', 'true', 'true', NULL),
		('hash_password', '(length(jerry.hash_password(v)))', NULL, '60', 'JR004'),
		('verify_password, as password',
			'jerry.verify_password(v, ''$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6'')', NULL,
				'false',
			NULL),
		('verify_password, as hash', 'jerry.verify_password(''x'', v)', NULL, 'false', NULL),
		('hash_passwords',
			'(SELECT count(*) FROM unnest(jerry.hash_passwords(ARRAY[v, ''x''])) AS h WHERE h IS NOT NULL)', '1', '2',
			'JR004'),
		('verify_passwords, as password', 'jerry.verify_passwords(ARRAY[v, ''x''],
			ARRAY[''$2a$04$reLhStKtXFSixVLjO/0Ce.X5RC/PP6BA5JQuERVNl0PDcAcLV9Hh6'', ''''])', '{NULL,f}', '{f,f}', NULL),
		('verify_passwords, as hash', 'jerry.verify_passwords(ARRAY[''x'', ''x''], ARRAY['''', v])', '{f,NULL}',
			'{f,f}', NULL),
		('hash_ahead, as kind', '(jerry.hash_ahead(ARRAY[v], ''{x}'', ''{x}'', ''{NULL}'') IS NOT NULL)', 'true',
			'22023', NULL),
		('hash_ahead, as address', '(jerry.hash_ahead(''{login}'', ARRAY[v], ''{x}'', ''{NULL}'') IS NOT NULL)',
			'true', 'true', NULL),
		('hash_ahead, as password',
			'(jerry.hash_ahead(''{login}'', ''{user@example.com}'', ARRAY[v], ''{NULL}'') IS NOT NULL)',
			'true', 'true', NULL),
		('hash_ahead, as password of a registration',
			'(jerry.hash_ahead(''{register}'', ''{new@example.com}'', ARRAY[v], ''{NULL}'') IS NOT NULL)', 'true',
			'true', NULL),
		('create_access_token, as claim',
			'(pg_temp.claims(jerry.create_access_token(json_build_object(''a'', v)))->>''a'' IS NOT DISTINCT FROM v)',
			'true', 'true', '54000'),
		('create_access_token, as claims', 'jerry.create_access_token(to_json(v))', '22023', '22023', NULL),
		('create_refresh_token, as claim',
			'(pg_temp.claims(jerry.create_refresh_token(json_build_object(''a'', v)))->>''a'' IS NOT DISTINCT FROM v)',
			'true', 'true', '54000'),
		('create_refresh_token, as claims', 'jerry.create_refresh_token(to_json(v))', '22023', '22023', NULL),
		('import_key', 'jerry.import_key(v)', NULL, '22023', NULL),
		('authenticate', 'pg_temp.verdict(jerry.authenticate(v))', 'VALIDATION_ERROR', 'INVALID_TOKEN', NULL),
		-- some of the values are names, with an exclamation mark none is
		('claim_events', '(SELECT count(*) FROM jerry.claim_events(v || ''!''))', '0', '22023', NULL),
		('ack_events', 'jerry.ack_events(v || ''!'', ''{1}'')', NULL, '22023', NULL),
		('retry_events', 'jerry.retry_events(v || ''!'', ''{1}'', ''1s'', v)', NULL, '22023', NULL),
		('retry_events, as reason', 'jerry.retry_events(''x'', ''{-1}'', ''1s'', v)', NULL, '0', NULL),
		('release_events', 'jerry.release_events(v || ''!'', ''{1}'')', NULL, '22023', NULL),
		('reject_events', 'jerry.reject_events(v || ''!'', ''{1}'', v)', NULL, '22023', NULL),
		('reject_events, as reason', 'jerry.reject_events(''x'', ''{-1}'', v)', NULL, '0', NULL),
		('requeue_events', 'jerry.requeue_events(v || ''!'', ''{1}'')', NULL, '22023', NULL),
		('dead_letters', '(SELECT count(*) FROM jerry.dead_letters(v || ''!''))', '0', '22023', NULL),
		('next_event_at', 'jerry.next_event_at(v || ''!'')', NULL, '22023', NULL),
		('replay_events', 'jerry.replay_events(v || ''!'', now())', NULL, '22023', NULL),
		('remove_consumer', 'jerry.remove_consumer(v || ''!'')', NULL, '22023', NULL),
		('assign_consumer', 'jerry.assign_consumer(v || ''!'', ''jerry_events'')', NULL, '22023', NULL),
		('assign_consumer, as role', 'jerry.assign_consumer(''x'', v::name)', NULL, '42704', NULL)
	) AS t (name, expression, when_null, expected, when_long);

SELECT is((SELECT pg_column_size(v) FROM value WHERE name = 'a megabyte'), 1000000,
	'a megabyte is stored out of line as it is');
SELECT ok((SELECT pg_column_size(v) < 100000 FROM compressed_value WHERE name = 'a compressed megabyte'),
	'another is stored compressed');

SELECT is(pg_temp.outcome(format('SELECT %s FROM %s WHERE name = %L', c.expression,
	CASE WHEN h.name LIKE '%compressed%' THEN 'compressed_value' ELSE 'value' END, h.name)),
	CASE WHEN h.v IS NULL THEN c.when_null WHEN length(h.v) > 8000 AND c.when_long IS NOT NULL THEN c.when_long
	ELSE c.expected END,
	format('%s given to %s', h.name, c.name))
FROM call AS c, hostile AS h
ORDER BY c.n;

SELECT is_empty($$ SELECT FROM jerry."user" WHERE email <> 'user@example.com' $$, 'no user came of all that');
SELECT is_empty('SELECT FROM jerry.session WHERE length(user_agent) > 512', 'no session has a long user agent');
SELECT is((SELECT count(*)::int FROM jerry.signing_key), 1, 'no key came of it');
SELECT is_empty('SELECT FROM jerry.consumer', 'no consumer came of it');
SELECT is(jerry.uid(), NULL, 'no identity came of it');

-- ---------- JSON of every shape ----------

SELECT is(pg_temp.outcome(format('SELECT jerry.%s(%L)', function, answer)), '22023',
	format('%s for %s', function, left(answer, 50)))
FROM unnest(ARRAY['unwrap', 'error_code']) AS function,
	unnest(ARRAY['[{"success":true,"data":{}}]', '{"success":"false","error":[{"code":"INVALID_TOKEN"}]}',
		'{"success":{"a":true},"data":1}', '{"data":{}}', '1e400', '""',
		'{"success":false,"error":{"code":["INVALID_TOKEN"]}}', '{"success":false,"error":"INVALID_TOKEN"}',
		repeat('[', 1000) || repeat(']', 1000), repeat('{"a":', 1000) || '1' || repeat('}', 1000)]) AS answer;
SELECT is(pg_temp.outcome(format('SELECT jerry.%s(%L)', function, repeat('[', 100000) || repeat(']', 100000))),
	'54001',
	function || ' for 100,000 brackets')
FROM unnest(ARRAY['unwrap', 'error_code', 'create_access_token', 'create_refresh_token']) AS function;
SELECT is(pg_temp.outcome(format('SELECT jerry.%s(%L)', function, '{"a":"\u0000"}')), '22P05',
	function || ' for an escaped NUL')
FROM unnest(ARRAY['create_access_token', 'create_refresh_token']) AS function;

-- ---------- what the types refuse ----------

SELECT is(pg_temp.outcome(query), expected, query)
FROM (VALUES
	('SELECT jerry.login(''user@example.com'', ''Secret-123'', ''not an address'')', '22P02'),
	('SELECT jerry.login(''user@example.com'', ''Secret-123'', ''1.2.3.4.5'')', '22P02'),
	('SELECT jerry.login(''user@example.com'', ''Secret-123'', ROW(''not an address'', NULL, NULL, NULL))', '22P02'),
	('SELECT jerry.login(''user@example.com'', ''Secret-123'', ROW(NULL, NULL))', '42846'),
	('SELECT jerry.login(1, 2)', '42883'),
	('SELECT jerry.validate_token(''\x00''::bytea)', '42883'),
	('SELECT jerry.unwrap(''{"success":true''::json)', '22P02'),
	('SELECT jerry.create_access_token(''{}'', ''soon'')', '22007'),
	('SELECT jerry.create_access_token(''{}'', ''400000 years'')', '22008'),
	('SELECT jerry.create_access_token(''{}'', ''-400000 years'')', '22008'),
	('SELECT jerry.validate_token(convert_from(''\xff'', ''UTF8''))', '22021'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 2147483648)', '42883'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 1, ''soon'')', '22007'),
	('SELECT jerry.ack_events(''x'', ''{a}'')', '22P02'),
	('SELECT jerry.ack_events(''x'', ''{9223372036854775808}'')', '22003'),
	('SELECT jerry.replay_events(''x'', ''yesterdays'')', '22007')
) AS t (query, expected);

-- ---------- numbers, times and arrays at their ends ----------

SELECT is(pg_temp.outcome(query), expected, query)
FROM (VALUES
	('SELECT count(*) FROM jerry.claim_events(''x'', 2147483647)', '22023'),
	('SELECT count(*) FROM jerry.claim_events(''x'', -2147483648)', '22023'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 1, ''-178000000 years'')', '22008'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 1, ''178000000 years'')', '22008'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 1, ''290000 years'')', '22023'),
	('SELECT count(*) FROM jerry.claim_events(''x'', 2, ''1 microsecond'')', '2'),
	('SELECT jerry.replay_events(''x'', ''-infinity'') > 0', 'true'),
	('SELECT jerry.replay_events(''x'', ''infinity'')', '0'),
	('SELECT jerry.replay_events(''x'', ''4713-01-01 BC'') > 0', 'true'),
	('SELECT jerry.replay_events(''x'', ''294276-12-31'')', '0'),
	('SELECT jerry.ack_events(''x'', ''{NULL,-1,9223372036854775807,-9223372036854775808}'')', '0'),
	('SELECT jerry.ack_events(''x'', ''{{0,-1},{-2,-3}}'')', '0'),
	('SELECT jerry.ack_events(''x'', array_agg(-n)) FROM generate_series(1::bigint, 100000) AS n', '0'),
	('SELECT jerry.retry_events(''x'', ''{-1}'', ''178000000 years'', '''')', '22008'),
	('SELECT jerry.release_events(''x'', ''{-1}'', ''-178000000 years'')', '22008'),
	('SELECT jerry.release_events(''x'', ''{NULL,-1,9223372036854775807}'', ''30 days'')', '0'),
	('SELECT count(*) FROM jerry.dead_letters(''x'', 9223372036854775807, 10000)', '0'),
	('SELECT count(*) FROM jerry.dead_letters(''x'', -9223372036854775808, 2147483647)', '22023'),
	('SELECT jerry.maintain(2147483647)', '22023'),
	('SELECT jerry.maintain(-2147483648)', '22023'),
	('SELECT jerry.maintain(100000)->>''success''', 'true')
) AS t (query, expected);

-- ---------- good values in unusual storage ----------

SELECT jerry.create_access_token(format('{"sub":"%s","sid":"%s","a":"%s"}', :'user_id',
	pg_temp.claims(:'access')->>'sid', repeat('x', 5500))::json) AS long_token \gset
INSERT INTO value VALUES ('a good token, stored out of line', :'long_token'), ('a short good token', :'access'),
('a good address', 'user@example.com');
INSERT INTO compressed_value VALUES ('a good token, stored compressed', :'long_token');
SELECT ok((SELECT pg_column_size(v) < length(v) FROM compressed_value WHERE name = 'a good token, stored compressed'),
	'a token can be stored compressed');
SELECT is(pg_temp.verdict(jerry.validate_token(v)), 'OK', name) FROM hostile WHERE name LIKE '%good token%';
SELECT is(pg_temp.verdict(jerry.me(v)), 'OK', name || ' has a user') FROM hostile WHERE name LIKE '%good token%';
SELECT is(pg_temp.verdict(jerry.decode_token(v)), 'OK', name || ' has claims') FROM hostile
	WHERE name LIKE '%good token%';
SELECT is(pg_temp.verdict(jerry.login(v, 'Secret-123')), 'OK', name || ' logs in') FROM value
	WHERE name = 'a good address';

-- ---------- passwords ----------

CREATE FUNCTION pg_temp.issue(password text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer json := jerry.register(format('u%s@example.com', md5(password)), password, password);
BEGIN
	IF pg_temp.verdict(answer) = 'OK'
		AND pg_temp.verdict(jerry.login(format('u%s@example.com', md5(password)), password)) <> 'OK' THEN
		RETURN 'registered, but cannot log in';
	END IF;
	RETURN coalesce(answer->'error'->'details'->>'issue', 'good');
END
$$;
SELECT is(pg_temp.issue(password), expected, name)
FROM (VALUES
	('Abc-1234', 'good', 'eight characters are enough'),
	(U&'A1-\00E9\00E9\00E9\00E9\00E9', 'good', 'eight characters of two bytes are enough'),
	(U&'A1-\00E9\00E9\00E9', 'Password must be at least 8 characters long',
		'nine bytes in six characters are not: characters count'),
	(U&'A1-\+01F600', 'Password must be at least 8 characters long', 'seven bytes in four characters are not'),
	(U&'A1\+01F600\+01F601\+01F602\+01F603\+01F604\+01F605', 'good', 'an emoji is a character, and a special one'),
	(U&'Ae\0301e\0301e\03011', 'Password must be at least 8 characters long',
		'a letter with an accent is one character, however it is composed'),
	(U&'Abcdefgx\03011', 'good', 'an accent that no letter has with it is a special character'),
	(U&'\00C9tranger1!', 'good', 'an upper-case letter may be beyond ASCII'),
	(U&'\0416\0438\0432\0430\0433\043E-1', 'good', 'or Cyrillic'),
	(U&'\00E9tranger1!', 'Password must contain at least one uppercase letter',
		'a lower-case letter beyond ASCII is none'),
	(U&'Secret-\0661\0662\0663', 'Password must contain at least one digit', 'a digit is an ASCII digit'),
	('Secret 123', 'good', 'a space is a special character'),
	(E'Secret\n123', 'good', 'so is a line break'),
	(U&'Secret\00A0123', 'good', 'so is a no-break space'),
	(U&'Secret\00E9123', 'Password must contain at least one special character', 'a letter beyond ASCII is none'),
	('Aa-1' || repeat('x', 67), 'good', '71 bytes are good'),
	('Aa-1' || repeat('x', 68), 'good', '72 bytes are good'),
	('Aa-1' || repeat('x', 69), 'Password must be at most 72 bytes long', '73 bytes are too many'),
	('Aa-1' || repeat(U&'\00E9', 34), 'good', '72 bytes in 38 characters are good'),
	('Aa-1x' || repeat(U&'\00E9', 34), 'Password must be at most 72 bytes long',
		'73 bytes in 39 characters are too many'),
	('Aa-1' || repeat(U&'\+01F600', 17), 'good', '72 bytes in 21 characters are good'),
	('Aa-1' || repeat(U&'\+01F600', 18), 'Password must be at most 72 bytes long',
		'76 bytes in 22 characters are too many'),
	(repeat('x', 73), 'Password must be at most 72 bytes long', 'that it is too long is told first')
) AS t (password, expected, name);

-- ---------- addresses ----------

SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), expected,
	format('%s bytes, of them %s before the @: %s', length(email), position('@' in email) - 1, expected))
FROM (VALUES
	('a@b.co', 'OK'),
	(repeat('a', 64) || '@example.com', 'OK'),
	(repeat('a', 65) || '@example.com', 'INVALID_EMAIL'),
	(repeat('a', 64) || '@' || repeat(repeat('b', 61) || '.', 3) || 'com', 'OK'),
	(repeat('a', 64) || '@' || repeat(repeat('b', 61) || '.', 3) || 'coms', 'INVALID_EMAIL'),
	('a@' || repeat('b', 63) || '.com', 'OK'),
	('a@' || repeat('b', 64) || '.com', 'INVALID_EMAIL')
) AS t (email, expected);

SELECT is(pg_backend_pid(), :pid, 'the session has lived through it');

SELECT * FROM finish();
ROLLBACK;
