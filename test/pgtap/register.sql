-- jerry.register: a new account, its verification token and its event
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('register(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.register(''x'', ''x'', ''x'')', reason => 'it writes');

SELECT count(*) AS events FROM jerry.event \gset

-- ---------- success ----------

SELECT jerry.register('User@Example.com', 'SecurePassword123!', 'SecurePassword123!') AS answer \gset
SELECT (:'answer'::json)->'data'->>'user_id' AS user_id \gset
SELECT is(pg_temp.without_time(:'answer'), format('{"success":true,"data":{"user_id":"%s","email":"User@Example.com",'
	'"message":"Registration successful. Please verify your email."},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope in the documented order');
SELECT matches((:'answer'::json)->>'timestamp', '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$',
	'the time is ISO 8601 in UTC with seconds');
SELECT ok(abs(extract(epoch FROM clock_timestamp() - ((:'answer'::json)->>'timestamp')::timestamptz)) < 60,
	'the time is the time of day');

SELECT results_eq($$ SELECT email::text, is_email_verified, email_verified_at, created_at = updated_at,
	abs(extract(epoch FROM clock_timestamp() - created_at)) < 60
	FROM jerry."user" WHERE lower(email) = 'user@example.com' $$,
	$$ VALUES ('User@Example.com', false, NULL::timestamptz, true, true) $$,
	'the account keeps the address as it was typed and is not verified');
SELECT is((SELECT id::text FROM jerry."user" WHERE email = 'User@Example.com'), :'user_id',
	'the answer has the id of the account');
SELECT is((SELECT crypt('SecurePassword123!', password_hash) = password_hash FROM jerry."user"
	WHERE email = 'User@Example.com'), true,
	'the password is stored as its bcrypt hash');
SELECT matches((SELECT password_hash::text FROM jerry."user" WHERE email = 'User@Example.com'), '^\$2a\$04\$',
	'the hash has the cost that is set');

SELECT is((SELECT count(*)::int - :events FROM jerry.event), 1, 'one event is emitted');
SELECT pg_temp.verification_token(:'user_id') AS token \gset
SELECT matches(:'token'::text, '^[A-Za-z0-9_-]{43}$', 'the event carries a verification token of 256 bits');
SELECT results_eq(format($$ SELECT purpose, token_hash = digest(%L, 'sha256'), expires_at - created_at,
	abs(extract(epoch FROM clock_timestamp() - created_at)) < 60
	FROM jerry.one_time_token WHERE user_id = %L $$, :'token', :'user_id'),
	$$ VALUES ('verify_email', true, interval '24 hours', true) $$,
	'only the hash of the token is stored, valid for 24 hours');
SELECT is_empty(format($$ SELECT FROM jerry.one_time_token WHERE position(convert_to(%L, 'UTF8') in token_hash) > 0 $$,
	:'token'),
	'the token itself is not in its table');

SET LOCAL jerry.verification_ttl = '90min';
SELECT pg_temp.new_user('later@example.com') AS later \gset
SELECT is((SELECT expires_at - created_at FROM jerry.one_time_token WHERE user_id = :'later'), interval '90 minutes',
	'jerry.verification_ttl is the life of the token');

-- ---------- duplicates ----------

SELECT is(pg_temp.complaint(jerry.register(email, 'Secret-123', 'Secret-123')),
	'DUPLICATE_EMAIL/email/Email is already registered', email || ' is taken')
FROM unnest(ARRAY['User@Example.com', 'user@example.com', 'USER@EXAMPLE.COM']) AS email;
SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), 'OK', email || ' is another address')
FROM unnest(ARRAY['user+tag@example.com', 'us.er@example.com', 'user@mail.example.com']) AS email;

-- ---------- what is missing or wrong, in the order in which it is told ----------

SELECT count(*) AS events, (SELECT count(*) FROM jerry."user") AS users,
	(SELECT count(*) FROM jerry.one_time_token) AS tokens FROM jerry.event \gset

SELECT is(pg_temp.complaint(jerry.register(email, password, confirmation)), expected, name)
FROM (VALUES
	(NULL, NULL, NULL, 'VALIDATION_ERROR/email/Field is required', 'a missing address is told first'),
	(NULL, 'Secret-123', 'Secret-123', 'VALIDATION_ERROR/email/Field is required', 'a missing address is told'),
	('x', NULL, NULL, 'VALIDATION_ERROR/password/Field is required',
		'a missing password comes before a malformed address'),
	('new@example.com', 'Secret-123', NULL, 'VALIDATION_ERROR/password_confirmation/Field is required',
		'a missing confirmation is told'),
	('', '', '', 'INVALID_EMAIL/email/Email address is not valid', 'an empty address is malformed, not missing'),
	('x', 'short', 'other', 'INVALID_EMAIL/email/Email address is not valid',
		'a malformed address comes before passwords that differ'),
	('new@example.com', 'short', 'other', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'passwords that differ come before a weak one'),
	('new@example.com', 'Secret-123', 'Secret-1234', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'a confirmation that is longer differs'),
	('new@example.com', 'Secret-123', 'secret-123', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'a confirmation in another case differs'),
	('new@example.com', 'Secret-123', '', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'an empty confirmation differs'),
	('new@example.com', U&'Secret-12\00E9', U&'Secret-12\00E8',
		'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'passwords that differ in an accent differ'),
	('new@example.com', '', '', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'an empty password is too short'),
	('user@example.com', 'short', 'short', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'a weak password comes before a taken address'),
	('new@example.com', 'Abc-123', 'Abc-123', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'seven characters are too short'),
	('new@example.com', 'secret-123', 'secret-123',
		'WEAK_PASSWORD/password/Password must contain at least one uppercase letter', 'an upper-case letter is needed'),
	('new@example.com', 'Secret-abc', 'Secret-abc', 'WEAK_PASSWORD/password/Password must contain at least one digit',
		'a digit is needed'),
	('new@example.com', 'Secret1234', 'Secret1234',
		'WEAK_PASSWORD/password/Password must contain at least one special character',
		'a special character is needed'),
	('new@example.com', 'abcdefgh', 'abcdefgh',
		'WEAK_PASSWORD/password/Password must contain at least one uppercase letter',
		'the first rule that is broken is told'),
	('new@example.com', 'Aa-1' || repeat('x', 69), 'Aa-1' || repeat('x', 69),
		'WEAK_PASSWORD/password/Password must be at most 72 bytes long',
		'73 bytes are too long')
) AS t (email, password, confirmation, expected, name);

SELECT is(jerry.register('new@example.com', 'short', 'short')->'error'->>'message',
	'Password does not meet requirements', 'a weak password has its message');
SELECT is(jerry.register('new@example.com', 'a', 'b')->'error'->>'message', 'Password confirmation does not match',
	'passwords that differ have their message');
SELECT is(jerry.register('x', 'a', 'b')->'error'->>'message', 'Invalid email format',
	'a malformed address has its message');
SELECT is(jerry.register('user@example.com', 'Secret-123', 'Secret-123')->'error'->>'message',
	'Email already registered', 'a taken address has its message');
SELECT is(jerry.register(NULL, 'a', 'b')->'error'->>'message', 'Input validation failed',
	'a missing value has its message');
SELECT is(pg_temp.without_time(jerry.register('new@example.com', 'Secret-123', 'x')),
	'{"success":false,"error":{"code":"PASSWORD_MISMATCH","message":"Password confirmation does not match",'
	'"details":{"field":"password_confirmation","issue":"Passwords do not match"}},"timestamp":"T"}',
	'a negative answer is the compact envelope in the documented order');

SELECT is((SELECT count(*)::int FROM jerry."user"), :users, 'a negative answer leaves no user');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), :tokens, 'a negative answer leaves no token');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'a negative answer leaves no event');

-- ---------- passwords in normal form ----------

SELECT is(pg_temp.verdict(jerry.register('nfc@example.com', U&'Secret-12\00E9', U&'Secret-12e\0301')), 'OK',
	'a confirmation that composes a letter in another way is the same password');
SELECT ok(jerry.verify_password(U&'Secret-12\00E9', password_hash) AND jerry.verify_password(U&'Secret-12e\0301',
	password_hash),
	'and the hash is that of the normal form, however it is typed')
FROM jerry."user" WHERE email = 'nfc@example.com';
SELECT is(password_hash::text, crypt(U&'Secret-12\00E9', password_hash), 'which is NFC') FROM jerry."user"
	WHERE email = 'nfc@example.com';
SELECT is(pg_temp.complaint(jerry.register('new@example.com', password, password)), expected, name)
FROM (VALUES
	(U&'Ab-1e\0301e\0301', 'WEAK_PASSWORD/password/Password must be at least 8 characters long',
		'eight code points that are six letters are too short'),
	(U&'Secret12e\0301', 'WEAK_PASSWORD/password/Password must contain at least one special character',
		'a combining accent is no special character'),
	('Aa-1' || repeat(U&'\00E9', 35), 'WEAK_PASSWORD/password/Password must be at most 72 bytes long',
		'in two-byte letters 72 bytes are 36')
) AS t (password, expected, name);
SELECT is(pg_temp.verdict(jerry.register('long' || n || '@example.com', password, password)), 'OK', name)
FROM (VALUES
	(1, 'Aa-1' || repeat(U&'e\0301', 34), '106 bytes are 72 in normal form'),
	(3, U&'secret-12E\0301', 'an upper-case letter may be composed'),
	(2, 'Aa-1' || repeat(U&'\00E9', 34), 'and 72 bytes are enough')
) AS t (n, password, name);

-- ---------- addresses ----------

SELECT is(pg_temp.complaint(jerry.register(email, 'Secret-123', 'Secret-123')),
	'INVALID_EMAIL/email/Email address is not valid', to_json(email) || ' is no address')
FROM unnest(ARRAY['user', '@example.com', 'user@', 'a@b@example.com', 'user@localhost', '.user@example.com',
	'us..er@example.com',
	'user@-example.com', 'user@example..com', 'user@example.com.', '"user"@example.com', 'user@[127.0.0.1]',
	'us er@example.com',
	E'user\r\n@example.com', E'user@example.com\nBcc: x@example.com', '-user@example.com', U&'-\00E9@example.com',
	U&'us\200Ber@example.com',
	U&'us;er@example.com', U&'us\037Eer@example.com', U&'\0301user@example.com', U&'us\00A0er@example.com',
	U&'\FEFFuser@example.com', U&'\202Euser@example.com',
	U&'user@ex\+01F600mple.com', U&'user@ex_\00E1mple.com', U&'user@\05D0a.com', 'user@xn--a.com', 'user@xn--ls8h.la',
	repeat('a', 65) || '@example.com', repeat(U&'\4E2D', 65) || '@example.com', repeat('a', 2000000) || '@example.com',
	repeat(U&'\0301', 500000) || '@example.com', U&'user@' || repeat(U&'\00E9', 2000) || '.com']) AS email;
SELECT is(pg_temp.complaint(jerry.register(email, 'Secret-123', 'Secret-123')),
	'INVALID_EMAIL/email/The domain is reserved (like .test, .invalid and .local) and never has mail',
	email || ' is told why')
FROM unnest(ARRAY['user@mail.test', 'user@a.b.TEST', 'user@example.invalid', 'user@printer.local', 'user@x.localhost',
	'user@x.onion', 'user@home.arpa',
	U&'user@ex\00E1mple.test']) AS email;

-- what is stored, shown and compared
CREATE TEMPORARY TABLE kept AS SELECT given, stored, jerry.register(given, 'Secret-123', 'Secret-123')->'data' AS data
FROM (VALUES
	('  White@Example.com ', 'White@Example.com'),
	(E'\t\r\nlines@example.com\r\n', 'lines@example.com'),
	(U&'J\00F6rg@example.com', U&'J\00F6rg@example.com'),
	(U&'Jo\0308el@example.com', U&'J\00F6el@example.com'),
	(U&'\7528\6237@example.com', U&'\7528\6237@example.com'),
	(U&'Ada@B\00DCCHER.example', 'Ada@xn--bcher-kva.example'),
	(U&'\212Aelvin@example.com', 'Kelvin@example.com'),
	(U&'Ada@\FF45xample\3002com', 'Ada@example.com'),
	('Ada@XN--MNCHEN-3YA.example', 'Ada@XN--MNCHEN-3YA.example'),
	(U&'ada@\4F8B\3048.\30C6\30B9\30C8', 'ada@xn--r8jz45g.xn--zckzah')
) AS t (given, stored);
SELECT is(data->>'email', stored, to_json(given) || ' is shown in its stored form') FROM kept;
SELECT is(u.email::text, stored, to_json(given) || ' is stored so') FROM kept
	JOIN jerry."user" AS u ON u.id::text = data->>'user_id';
SELECT is(payload->'data'->>'email', stored, to_json(given) || ' is so in the event') FROM kept
	JOIN jerry.event ON payload->'data'->>'user_id' = data->>'user_id';
SELECT is(pg_temp.verdict(jerry.login(given, 'Secret-123')), 'OK', to_json(given) || ' logs in as typed') FROM kept;
SELECT is(pg_temp.verdict(jerry.login(stored, 'Secret-123')), 'OK', to_json(given) || ' logs in as stored') FROM kept;
SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL',
	to_json(email) || ' is taken')
FROM unnest(ARRAY['white@example.COM', U&'j\00F6RG@example.com', U&'Jo\0308rg@EXAMPLE.com', 'ada@xn--BCHER-kva.example',
	U&'ada@b\00FCcher.example',
	U&'ada@bu\0308cher.example', U&'ada@m\00FCnchen.example', 'kelvin@example.com',
	U&'ADA@\4F8B\3048.\30C6\30B9\30C8']) AS email;
SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), 'OK',
	to_json(email) || ' only looks the same')
FROM unnest(ARRAY[U&'J\00D6RG@example.com', U&'\0430da@xn--bcher-kva.example', U&'ada@b\00FC\0441her.example',
	U&'us\0131r@example.com']) AS email;

SELECT * FROM finish();
ROLLBACK;
