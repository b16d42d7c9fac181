-- jerry.change_password: who knows the current password sets another one, and is logged in nowhere else
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in() AS elsewhere,
	pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid \gset
CREATE TEMPORARY TABLE device AS SELECT * FROM (VALUES ('here', :'here'::json), ('there', :'there'), ('elsewhere',
	:'elsewhere'), ('other', :'other')) AS d (name, login);
-- which sessions live, by their access and refresh tokens
CREATE FUNCTION pg_temp.live() RETURNS text
	RETURN (SELECT string_agg(name, ' ' ORDER BY name) FROM device
			WHERE pg_temp.verdict(jerry.validate_token(login->>'access_token')) = 'OK'
				AND pg_temp.verdict(jerry.refresh(login->>'refresh_token')) = 'OK');
-- what has happened since an event: the type, whose session, and why
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(concat_ws('/', event_type, d.name, payload->'data'->>'reason'),
		' ' ORDER BY event_type COLLATE "C", d.name COLLATE "C"), '')
			FROM jerry.event LEFT JOIN device AS d
			ON pg_temp.claims(d.login->>'access_token')->>'sid' = payload->'data'->>'session_id' WHERE id > since);
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('change_password(text,text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.change_password(''x'', ''x'', ''x'', ''x'')', reason => 'it writes');
SELECT is(pg_temp.live(), 'elsewhere here other there', 'all sessions live before');

-- ---------- what is missing or wrong, in the order in which it is told ----------

SELECT is(pg_temp.complaint(jerry.change_password(token, current, new, confirmation)), expected, name)
FROM (VALUES
	(NULL, NULL, NULL, NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	('x', NULL, 'a', 'b', 'VALIDATION_ERROR/current_password/Field is required', 'so is the current password'),
	('x', 'a', NULL, 'b', 'VALIDATION_ERROR/new_password/Field is required', 'and a new one'),
	('x', 'a', 'b', NULL, 'VALIDATION_ERROR/new_password_confirmation/Field is required', 'twice'),
	('x', 'a', 'b', 'c', 'INVALID_TOKEN', 'a word is no token'),
	(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute'), 'a', 'b', 'c', 'EXPIRED_TOKEN',
		'nor is one that has expired'),
	((:'here'::json)->>'refresh_token', 'a', 'b', 'c', 'INVALID_TOKEN', 'nor a refresh token'),
	(jerry.create_access_token(json_build_object('sub', :'user_id')), 'a', 'b', 'c', 'INVALID_TOKEN',
		'nor one without a session'),
	(:'access', 'wrong', 'New-Secret-1', 'New-Secret-2',
		'PASSWORD_MISMATCH/new_password_confirmation/Passwords do not match', 'the new passwords must be one'),
	(:'access', 'wrong', 'new', 'new', 'WEAK_PASSWORD/new_password/Password must be at least 8 characters long',
		'by the rules of a registration'),
	(:'access', 'wrong', 'Aa-1' || repeat('x', 69), 'Aa-1' || repeat('x', 69),
		'WEAK_PASSWORD/new_password/Password must be at most 72 bytes long', 'all of them'),
	(:'access', 'wrong', 'User@example.com-1', 'User@example.com-1',
		'WEAK_PASSWORD/new_password/Password must not contain a part of the email address',
		'those about the address, too'),
	(:'access', 'Secret-123', 'Secret-123', 'Secret-123',
		'WEAK_PASSWORD/new_password/Password must differ from the current one', 'and not the current one'),
	(:'access', 'wrong', 'New-Secret-1', 'New-Secret-1', 'WRONG_PASSWORD/current_password/Password is not correct',
		'the current password must be right'),
	(:'access', '', 'New-Secret-1', 'New-Secret-1', 'WRONG_PASSWORD/current_password/Password is not correct',
		'which an empty one is not'),
	(:'access', 'secret-123', 'New-Secret-1', 'New-Secret-1',
		'WRONG_PASSWORD/current_password/Password is not correct', 'nor one in another case')
) AS t (token, current, new, confirmation, expected, name);
SELECT is(jerry.change_password(:'access', 'wrong', 'New-Secret-1', 'New-Secret-1')->'error'->>'message',
	'Current password is not correct', 'a wrong one has its message');
SELECT is(pg_temp.live(), 'elsewhere here other there', 'none of that ends a session');
SELECT is(pg_temp.told(:before), '', 'or tells anything');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'or changes the password');
UPDATE jerry.session SET revoked_at = now()
WHERE id NOT IN (SELECT (pg_temp.claims(login->>'access_token')->>'sid')::uuid FROM device);
SELECT max(id) AS before FROM jerry.event \gset
SAVEPOINT unchanged;

-- ---------- success ----------

UPDATE jerry."user" SET updated_at = now() - interval '1 day';
SELECT jerry.change_password(:'access', 'Secret-123', 'New-Secret-1', 'New-Secret-1',
	ROW('192.0.2.9', 'curl', NULL, NULL))
	AS answer \gset
SELECT is(pg_temp.without_time(:'answer'),
	'{"success":true,"data":{"message":"Password changed successfully"},"timestamp":"T"}',
	'the answer is the compact envelope');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'INVALID_CREDENTIALS',
	'the old password lets nobody in');
SELECT is(pg_temp.live(), 'here other', 'the session of the token lives, with its tokens; the others have ended');
SELECT is((SELECT string_agg(DISTINCT revoked_for, ' ') FROM jerry.session WHERE user_id = :'user_id'
	AND revoked_for IS NOT NULL), 'password', 'their rows say why');
SELECT is(pg_temp.told(:before),
	'session.revoked/elsewhere/password session.revoked/there/password user.password_changed', 'so do the events');
SELECT is((SELECT payload->>'data' FROM jerry.event WHERE event_type = 'session.revoked' ORDER BY id DESC LIMIT 1)
	::json->>'reason', 'password', 'with reason password');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","ip_address":"192.0.2.9","locale":null}', :'user_id'),
	'user.password_changed has the documented bytes');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'New-Secret-1')), 'OK', 'the new password does');
SELECT is(pg_temp.verdict(jerry.login('other@example.com', 'Secret-123')), 'OK', 'another user''s is as it was');
SELECT is((SELECT updated_at > now() - interval '1 minute' FROM jerry."user" WHERE id = :'user_id'), true,
	'the row says when it was changed');
SELECT matches((SELECT password_hash::text FROM jerry."user" WHERE id = :'user_id'), '^\$2a\$04\$',
	'the hash is one of a registration');
SELECT is(pg_temp.complaint(jerry.change_password(:'second', 'New-Secret-1', 'Newer-Secret-1', 'Newer-Secret-1')),
	'INVALID_TOKEN', 'a session that was ended changes nothing any more');
ROLLBACK TO SAVEPOINT unchanged;

-- ---------- which password ----------

SELECT is(pg_temp.verdict(jerry.change_password(:'access', 'Secret-123', U&'Secret-12\00E9', U&'Secret-12e\0301')),
	'OK', 'a confirmation that composes a letter in another way is the same password');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', U&'Secret-12e\0301')), 'OK', 'and so it is at the login');
SELECT is(pg_temp.complaint(jerry.change_password(:'access', U&'Secret-12\00E9', U&'Secret-12e\0301',
	U&'Secret-12e\0301')), 'WEAK_PASSWORD/new_password/Password must differ from the current one',
	'it is not another password either');
UPDATE jerry."user" SET password_hash = '$2b$' || substr(crypt('Elsewhere-1', gen_salt('bf', 4)), 5)
	WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.change_password(:'access', 'Elsewhere-1', 'Secret-123', 'Secret-123')), 'OK',
	'a hash that was made elsewhere is replaced, too');
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.change_password(:'access', 'Secret-123', 'New-Secret-1', 'New-Secret-1')),
	'WRONG_PASSWORD', 'who is banned changes nothing');
ROLLBACK TO SAVEPOINT unchanged;

-- ---------- guesses with somebody else's token ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT is((SELECT string_agg(pg_temp.verdict(jerry.change_password(:'access', 'wrong', 'New-Secret-1', 'New-Secret-1',
	ROW('192.0.2.1', NULL, NULL, ''))), ' ') FROM generate_series(1, 6)),
	repeat('WRONG_PASSWORD ', 5) || 'RATE_LIMITED',
	'are limited as at the login');
SELECT is(jerry.change_password(:'access', 'Secret-123', 'New-Secret-1', 'New-Secret-1',
	ROW('192.0.2.1', NULL, NULL, ''))
	->'error'->'details'->>'retry_after', '90', 'the right one has to wait as long');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123',
	ROW('192.0.2.1', NULL, NULL, ''))), 'RATE_LIMITED',
	'so do the logins there');
SELECT is(pg_temp.verdict(jerry.change_password(:'access', 'Secret-123', 'New-Secret-1', 'New-Secret-1',
	ROW('192.0.2.2', NULL, NULL, ''))), 'OK', 'and nobody elsewhere');
ROLLBACK TO SAVEPOINT unchanged;

-- ---------- whose session ----------

SELECT pg_temp.share_key() \g /dev/null
SELECT is(pg_temp.verdict(jerry.change_password(jerry.create_access_token(json_build_object('sub', :'user_id')),
	'Secret-123', 'New-Secret-1', 'New-Secret-1')), 'OK', 'a token of another service has no session');
SELECT is(pg_temp.live(), 'other', 'that could go on');
ROLLBACK TO SAVEPOINT unchanged;

SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT jerry.refresh((:'here'::json)->>'refresh_token')->'data'->>'access_token' AS rotated \gset
SELECT is((SELECT confirmed FROM jerry.session WHERE id = :'sid'), false, 'the answer of a refresh may have been lost');
SELECT is(pg_temp.verdict(jerry.change_password(:'rotated', 'Secret-123', 'New-Secret-1', 'New-Secret-1')), 'OK',
	'until its access token');
SELECT is((SELECT confirmed FROM jerry.session WHERE id = :'sid'), true, 'is used');
ROLLBACK TO SAVEPOINT unchanged;

DELETE FROM jerry."user" WHERE id = :'user_id';
SELECT is(pg_temp.complaint(jerry.change_password(:'access', 'Secret-123', 'New-Secret-1', 'New-Secret-1')),
	'INVALID_TOKEN', 'a user who was deleted has no password');

SELECT * FROM finish();
ROLLBACK;
