-- jerry.register: a new account, its verification token and its event
BEGIN;
\ir setup.psql
SELECT plan(66);

SELECT count(*) AS events FROM jerry.event \gset

-- ---------- success ----------

SELECT jerry.register('User@Example.com', 'SecurePassword123!', 'SecurePassword123!') AS answer \gset
SELECT (:'answer'::json)->'data'->>'user_id' AS user_id \gset
SELECT is(pg_temp.without_time(:'answer'), format('{"success":true,"data":{"user_id":"%s","email":"User@Example.com",'
	'"message":"Registration successful. Please verify your email."},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope in the documented order');
SELECT matches((:'answer'::json)->>'timestamp', '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$', 'the time is ISO 8601 in UTC with seconds');
SELECT ok(abs(extract(epoch FROM clock_timestamp() - ((:'answer'::json)->>'timestamp')::timestamptz)) < 60, 'the time is the time of day');

SELECT results_eq($$ SELECT email::text, is_email_verified, email_verified_at, created_at = updated_at, abs(extract(epoch FROM clock_timestamp() - created_at)) < 60
	FROM jerry."user" WHERE lower(email) = 'user@example.com' $$,
	$$ VALUES ('User@Example.com', false, NULL::timestamptz, true, true) $$, 'the account keeps the address as it was typed and is not verified');
SELECT is((SELECT id::text FROM jerry."user" WHERE email = 'User@Example.com'), :'user_id', 'the answer has the id of the account');
SELECT is((SELECT crypt('SecurePassword123!', password_hash) = password_hash FROM jerry."user" WHERE email = 'User@Example.com'), true,
	'the password is stored as its bcrypt hash');
SELECT matches((SELECT password_hash::text FROM jerry."user" WHERE email = 'User@Example.com'), '^\$2a\$04\$', 'the hash has the cost that is set');

SELECT is((SELECT count(*)::int - :events FROM jerry.event), 1, 'one event is emitted');
SELECT pg_temp.verification_token(:'user_id') AS token \gset
SELECT matches(:'token'::text, '^[A-Za-z0-9_-]{43}$', 'the event carries a verification token of 256 bits');
SELECT results_eq(format($$ SELECT purpose, token_hash = digest(%L, 'sha256'), expires_at - created_at, abs(extract(epoch FROM clock_timestamp() - created_at)) < 60
	FROM jerry.one_time_token WHERE user_id = %L $$, :'token', :'user_id'),
	$$ VALUES ('verify_email', true, interval '24 hours', true) $$, 'only the hash of the token is stored, valid for 24 hours');
SELECT is_empty(format($$ SELECT FROM jerry.one_time_token WHERE position(convert_to(%L, 'UTF8') in token_hash) > 0 $$, :'token'),
	'the token itself is not in its table');

SET LOCAL jerry.verification_ttl = '90min';
SELECT pg_temp.new_user('later@example.com') AS later \gset
SELECT is((SELECT expires_at - created_at FROM jerry.one_time_token WHERE user_id = :'later'), interval '90 minutes',
	'jerry.verification_ttl is the life of the token');

-- ---------- duplicates ----------

SELECT is(pg_temp.complaint(jerry.register(email, 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL/email/Email is already registered', email || ' is taken')
FROM unnest(ARRAY['User@Example.com', 'user@example.com', 'USER@EXAMPLE.COM']) AS email;
SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), 'OK', email || ' is another address')
FROM unnest(ARRAY['user+tag@example.com', 'us.er@example.com', 'user@mail.example.com']) AS email;

-- ---------- what is missing or wrong, in the order in which it is told ----------

SELECT count(*) AS events, (SELECT count(*) FROM jerry."user") AS users, (SELECT count(*) FROM jerry.one_time_token) AS tokens FROM jerry.event \gset

SELECT is(pg_temp.complaint(jerry.register(email, password, confirmation)), expected, name)
FROM (VALUES
	(NULL, NULL, NULL, 'VALIDATION_ERROR/email/Field is required', 'a missing address is told first'),
	(NULL, 'Secret-123', 'Secret-123', 'VALIDATION_ERROR/email/Field is required', 'a missing address is told'),
	('x', NULL, NULL, 'VALIDATION_ERROR/password/Field is required', 'a missing password comes before a malformed address'),
	('new@example.com', 'Secret-123', NULL, 'VALIDATION_ERROR/password_confirmation/Field is required', 'a missing confirmation is told'),
	('', '', '', 'INVALID_EMAIL/email/Email address is not valid', 'an empty address is malformed, not missing'),
	('x', 'short', 'other', 'INVALID_EMAIL/email/Email address is not valid', 'a malformed address comes before passwords that differ'),
	('new@example.com', 'short', 'other', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match', 'passwords that differ come before a weak one'),
	('new@example.com', 'Secret-123', 'Secret-1234', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match', 'a confirmation that is longer differs'),
	('new@example.com', 'Secret-123', 'secret-123', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match', 'a confirmation in another case differs'),
	('new@example.com', 'Secret-123', '', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match', 'an empty confirmation differs'),
	('new@example.com', U&'Secret-12\00E9', U&'Secret-12e\0301', 'PASSWORD_MISMATCH/password_confirmation/Passwords do not match',
		'passwords are compared by their bytes'),
	('new@example.com', '', '', 'WEAK_PASSWORD/password/Password must be at least 8 characters long', 'an empty password is too short'),
	('user@example.com', 'short', 'short', 'WEAK_PASSWORD/password/Password must be at least 8 characters long', 'a weak password comes before a taken address'),
	('new@example.com', 'Abc-123', 'Abc-123', 'WEAK_PASSWORD/password/Password must be at least 8 characters long', 'seven characters are too short'),
	('new@example.com', 'secret-123', 'secret-123', 'WEAK_PASSWORD/password/Password must contain at least one uppercase letter', 'an upper-case letter is needed'),
	('new@example.com', 'Secret-abc', 'Secret-abc', 'WEAK_PASSWORD/password/Password must contain at least one digit', 'a digit is needed'),
	('new@example.com', 'Secret1234', 'Secret1234', 'WEAK_PASSWORD/password/Password must contain at least one special character',
		'a special character is needed'),
	('new@example.com', 'abcdefgh', 'abcdefgh', 'WEAK_PASSWORD/password/Password must contain at least one uppercase letter', 'the first rule that is broken is told'),
	('new@example.com', 'Aa-1' || repeat('x', 69), 'Aa-1' || repeat('x', 69), 'WEAK_PASSWORD/password/Password must be at most 72 bytes long',
		'73 bytes are too long')
) AS t (email, password, confirmation, expected, name);

SELECT is(jerry.register('new@example.com', 'short', 'short')->'error'->>'message', 'Password does not meet requirements', 'a weak password has its message');
SELECT is(jerry.register('new@example.com', 'a', 'b')->'error'->>'message', 'Password confirmation does not match', 'passwords that differ have their message');
SELECT is(jerry.register('x', 'a', 'b')->'error'->>'message', 'Invalid email format', 'a malformed address has its message');
SELECT is(jerry.register('user@example.com', 'Secret-123', 'Secret-123')->'error'->>'message', 'Email already registered', 'a taken address has its message');
SELECT is(jerry.register(NULL, 'a', 'b')->'error'->>'message', 'Input validation failed', 'a missing value has its message');
SELECT is(pg_temp.without_time(jerry.register('new@example.com', 'Secret-123', 'x')),
	'{"success":false,"error":{"code":"PASSWORD_MISMATCH","message":"Password confirmation does not match",'
	'"details":{"field":"password_confirmation","issue":"Passwords do not match"}},"timestamp":"T"}',
	'a negative answer is the compact envelope in the documented order');

SELECT is((SELECT count(*)::int FROM jerry."user"), :users, 'a negative answer leaves no user');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token), :tokens, 'a negative answer leaves no token');
SELECT is((SELECT count(*)::int FROM jerry.event), :events, 'a negative answer leaves no event');

-- ---------- addresses ----------

SELECT is(pg_temp.verdict(jerry.register(email, 'Secret-123', 'Secret-123')), 'INVALID_EMAIL', to_json(email) || ' is no address')
FROM unnest(ARRAY['user', '@example.com', 'user@', 'a@b@example.com', 'user@localhost', 'user@mail.test', '.user@example.com', 'us..er@example.com',
	'user@-example.com', 'user@example..com', 'user@example.com.', '"user"@example.com', 'user@[127.0.0.1]', ' user@example.com', 'user@example.com ',
	E'user@example.com\n', E'user\r\n@example.com', U&'us\00E9r@example.com', U&'user@ex\00E1mple.com', U&'us\0131r@example.com']) AS email;

SELECT * FROM finish();
ROLLBACK;
