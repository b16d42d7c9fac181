-- jerry.update_profile: users say who they are, and keep some JSON of their own
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in('other@example.com')->>'access_token' AS other \gset
SELECT (:'here'::json)->>'access_token' AS access \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid \gset
SELECT set_config('test.access', :'access', true) \g /dev/null
CREATE FUNCTION pg_temp.change(changes json) RETURNS json
	RETURN jerry.update_profile(current_setting('test.access'), changes);
-- name, phone, locale and metadata of the answer
CREATE FUNCTION pg_temp.profile(answer json) RETURNS text
	RETURN CASE WHEN pg_temp.verdict(answer) = 'OK' THEN concat_ws(' ', coalesce(answer->'data'->>'name', '-'),
		coalesce(answer->'data'->>'phone', '-'), coalesce(answer->'data'->>'locale', '-'), answer->'data'->>'metadata')
		ELSE pg_temp.complaint(answer) END;
-- what changed, by the events since then
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(payload->'data'->>'fields', ' ' ORDER BY id), '') FROM jerry.event
			WHERE id > since AND event_type = 'user.profile_updated');
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('update_profile(text,json,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.update_profile(''x'', ''{}'')', reason => 'it writes');

-- ---------- what is missing or wrong ----------

SELECT is(pg_temp.complaint(jerry.update_profile(token, changes::json)), expected, name)
FROM (VALUES
	(NULL, '{}', 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	('x', NULL, 'VALIDATION_ERROR/changes/Field is required', 'so are changes'),
	('x', '[]', 'INVALID_TOKEN', 'a word is no token'),
	(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute'), '[]', 'EXPIRED_TOKEN',
		'nor is one that has expired'),
	((:'here'::json)->>'refresh_token', '[]', 'INVALID_TOKEN', 'nor a refresh token'),
	(jerry.create_access_token(json_build_object('sub', :'user_id')), '[]', 'INVALID_TOKEN',
		'nor one without a session'),
	(:'access', '[]', 'VALIDATION_ERROR/Changes must be a JSON object', 'a list is no object'),
	(:'access', 'null', 'VALIDATION_ERROR/Changes must be a JSON object', 'nor is null'),
	(:'access', '"{}"', 'VALIDATION_ERROR/Changes must be a JSON object', 'nor a text'),
	(:'access', '7', 'VALIDATION_ERROR/Changes must be a JSON object', 'nor a number'),
	(:'access', '{"email":"x@example.com"}', 'VALIDATION_ERROR/Only name, phone, locale and metadata can be changed',
		'an address is changed in another way'),
	(:'access', '{"app_metadata":{"admin":true}}',
		'VALIDATION_ERROR/Only name, phone, locale and metadata can be changed',
		'and what the application keeps is not'),
	(:'access', '{"name":"Ada","Name":"Ada"}',
		'VALIDATION_ERROR/Only name, phone, locale and metadata can be changed', 'a name is spelled as it is'),
	(:'access', '{"name":"A","name":"B"}', 'VALIDATION_ERROR/A field appears more than once', 'two names are none'),
	(:'access', '{"name":"A","n\u0061me":"A"}', 'VALIDATION_ERROR/A field appears more than once',
		'however they are spelled'),
	(:'access', '{"metadata":{"a":[{"b":1,"b":1}]}}', 'VALIDATION_ERROR/A field appears more than once',
		'that holds for all objects in it'),
	(:'access', '{"metadata":{"a":"\u0000"}}', 'VALIDATION_ERROR/Text contains a null character',
		'a null character is in no text'),
	(:'access', '{"metadata":{"\u0000":1}}', 'VALIDATION_ERROR/Text contains a null character', 'nor in a name'),
	(:'access', '{"name":"\ud800"}', 'VALIDATION_ERROR/Text has half of a surrogate pair',
		'half a character is none'),
	(:'access', '{"metadata":{"a":[1,1e400]}}', 'VALIDATION_ERROR/Number is out of range', 'a number is a double'),
	(:'access', '{"metadata":{"a":-1e999999999}}', 'VALIDATION_ERROR/Number is out of range', 'a great one'),
	(:'access', '{"metadata":{"a":0e-17000}}', 'VALIDATION_ERROR/Number is out of range',
		'nor is a zero with any exponent'),
	(:'access', '{"metadata":{"a":1.' || repeat('0', 5000) || '}}', 'VALIDATION_ERROR/Number is out of range',
		'or of any length'),
	(:'access', '{"metadata":{"a":1e-400}}', 'VALIDATION_ERROR/Number is out of range', 'and a small one'),
	(:'access', '{"metadata":' || repeat('[', 32) || repeat(']', 32) || '}',
		'VALIDATION_ERROR/Values are nested too deeply', 'more than 32 levels are too many'),
	(:'access', '{"metadata":' || repeat('{"a":', 32) || '1' || repeat('}', 32) || '}',
		'VALIDATION_ERROR/Values are nested too deeply', 'of objects, too'),
	(:'access', '{"metadata":{"a":"' || repeat('x', 16384 - 20) || '"}}',
		'VALIDATION_ERROR/Changes must be at most 16384 bytes long', 'more is not read'),
	(:'access', '{"metadata":{"a":"' || repeat('x', 16384 - 21) || '"}}',
		'VALIDATION_ERROR/metadata/Field must be at most 8192 bytes long', 'than could be kept'),
	(:'access', '{"metadata":"x"}', 'VALIDATION_ERROR/metadata/Field must be an object or null',
		'metadata is an object'),
	(:'access', '{"metadata":[]}', 'VALIDATION_ERROR/metadata/Field must be an object or null', 'and no list'),
	(:'access', '{"name":7}', 'VALIDATION_ERROR/name/Field must be a string or null', 'a name is a text'),
	(:'access', '{"phone":{}}', 'VALIDATION_ERROR/phone/Field must be a string or null', 'so is a phone number'),
	(:'access', '{"locale":true}', 'VALIDATION_ERROR/locale/Field must be a string or null', 'and a locale'),
	(:'access', '{"metadata":{"a":1},"name":"Ada","locale":"?"}',
		'VALIDATION_ERROR/locale/Locale must be a language tag, such as de or en-GB', 'all is changed or nothing')
) AS t (token, changes, expected, name);
SELECT is(pg_temp.profile(pg_temp.change('{}')), '- - - {}', 'nothing of that has changed anything');
SELECT is(pg_temp.told(:before), '', 'or told anything');

-- ---------- which texts ----------

SELECT is(pg_temp.complaint(pg_temp.change(json_build_object(field, value))), concat_ws('/', verdict, CASE
	WHEN verdict <> 'OK' THEN field END, issue), format('%s: %s', field, left(name, 40)))
FROM (
	SELECT 'name', value, coalesce('VALIDATION_ERROR', 'OK'), 'Name must not be blank', name
	FROM (VALUES ('', 'nothing'), (' ', 'a space'), (U&'\00a0\2003\200b', 'spaces of other kinds'),
		(U&'\0301', 'an accent alone')) AS b (value, name)
	UNION ALL SELECT 'name', value, 'VALIDATION_ERROR', 'Name must not contain control characters', name
	FROM (VALUES (E'A\nB', 'a line feed'), (E'\x7f' || 'A', 'delete'), (U&'A\0085', 'next line'),
		(U&'A\2028B', 'a line separator'), (U&'A\2029', 'a paragraph separator'), (U&'\202eA', 'an override'),
		(U&'A\2066', 'an isolate'),
		(E'A\x1b[2J', 'escape')) AS b (value, name)
	UNION ALL SELECT 'name', repeat(U&'\00e9', 201), 'VALIDATION_ERROR', 'Name must be at most 200 characters long',
		'201 letters'
	UNION ALL SELECT 'name', value, 'OK', NULL, name
	FROM (VALUES (repeat(U&'\+01f600', 200), '200 faces'), ('O''Neil', 'an apostrophe'), 
		(U&'\05d0\05d1\200f', 'another direction'), (U&'\+01f469\200d\+01f4bb', 'a face of several'),
		('<b>x</b>', 'a tag'))
		AS b (value, name)
	UNION ALL SELECT 'phone', value, 'VALIDATION_ERROR',
		'Phone number must be in the form of E.164: + and 7 to 15 digits', value
	FROM (VALUES (''), ('+'), ('+123456'), ('+1234567890123456'), ('0301234567'), ('+0301234567'), ('+49 301234567'),
		('+49-30-1234'), (E'+4930123456\n'), (U&'+493012345\0661'), ('++4930123456')) AS b (value)
	UNION ALL SELECT 'phone', value, 'OK', NULL, value FROM (VALUES ('+1234567'), ('+123456789012345')) AS b (value)
	UNION ALL SELECT 'locale', value, 'VALIDATION_ERROR',
		'Locale must be a language tag, such as de or en-GB', value
	FROM (VALUES (''), ('-'), ('d'), ('de-'), ('-de'), ('de--DE'), ('de_DE'), ('d3'), ('abcdefghi'),
		('de-abcdefghi'), (' de'),
		(E'de\n'), (U&'d\00e9'), ('*'), ('de-' || repeat('abcdefg-', 4) || 'a')) AS b (value)
	UNION ALL SELECT 'locale', value, 'OK', NULL, value
	FROM (VALUES ('de'), ('en-GB'), ('zh-Hant-TW'), ('de-CH-1996'), ('sl-rozaj-biske-1994'), ('de-u-co-phonebk'),
		('de-' || repeat('abcdefg-', 3) || 'abcdefgh')) AS b (value)
) AS t (field, value, verdict, issue, name);
SELECT is(pg_temp.verdict(pg_temp.change('{"name":null,"phone":null,"locale":null}')), 'OK', 'null takes them away');

-- ---------- success ----------

SELECT max(id) AS before FROM jerry.event \gset
UPDATE jerry."user" SET updated_at = now() - interval '1 day';
SELECT is(pg_temp.without_time(pg_temp.change('{"name":"Ada","phone":"+4930901820","locale":"de",'
	'"metadata":{"b":[1,null],"a":{}}}')),
	format('{"success":true,"data":{"user_id":"%s","email":"user@example.com","is_email_verified":false,'
	'"created_at":"%s","name":"Ada","phone":"+4930901820","locale":"de","metadata":{"a": {}, "b": [1, null]},'
	'"app_metadata":{}},"timestamp":"T"}',
	:'user_id', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
	'the answer is the compact envelope in the documented order') FROM jerry."user" WHERE id = :'user_id';
SELECT is(pg_temp.without_time(pg_temp.change('{}')), pg_temp.without_time(jerry.me(:'access')), 'as jerry.me has it');
SELECT is(pg_temp.told(:before), 'name,phone,locale,metadata', 'the event names what has changed');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","fields":"name,phone,locale,metadata"}', :'user_id'), 'and no value');
SELECT is((SELECT updated_at > now() - interval '1 minute' FROM jerry."user" WHERE id = :'user_id'), true,
	'the row says when it was changed');
SELECT is((SELECT (name, phone, locale, metadata, updated_at < now() - interval '1 hour')::text FROM jerry."user"
	WHERE id = :'other_id'), '(,,,{},t)', 'another user is as before');
SAVEPOINT filled;
UPDATE jerry."user" SET updated_at = now() - interval '1 day';
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.profile(pg_temp.change('{"name":"Ada","phone":"+4930901820","locale":"de",'
	'"metadata":{"b":[1.0,null]}}')), 'Ada +4930901820 de {"a": {}, "b": [1, null]}', 'the same again');
SELECT is(pg_temp.told(:before), '', 'is no change');
SELECT is((SELECT updated_at < now() - interval '1 hour' FROM jerry."user" WHERE id = :'user_id'), true,
	'and not written');
SELECT is(pg_temp.profile(pg_temp.change('{"phone":null}')), 'Ada - de {"a": {}, "b": [1, null]}',
	'what is not named stays');
SELECT is(pg_temp.told(:before), 'phone', 'one field is one word');
SELECT is(pg_temp.profile(pg_temp.change('{"metadata":null}')), 'Ada - de {}', 'metadata can be taken away, too');
SELECT is(pg_temp.profile(pg_temp.change('{"metadata":{}}')), 'Ada - de {}', 'and no change to nothing is nothing');
SELECT is(pg_temp.profile(jerry.me(:'other')), '- - - {}', 'another user has none of it');

-- ---------- metadata is merged ----------

CREATE FUNCTION pg_temp.merged(before jsonb, patch json) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	UPDATE jerry."user" SET metadata = jsonb_build_object('x', before) WHERE email = 'user@example.com';
	RETURN pg_temp.change(json_build_object('metadata', json_build_object('x', patch)))->'data'->'metadata'->'x';
END
$$;
SELECT is(pg_temp.merged(before, patch), after, format('%s and %s is %s', before, patch, after))
FROM (VALUES -- RFC 7396, appendix A
	('{"a":"b"}'::jsonb, '{"a":"c"}'::json, '{"a":"c"}'::jsonb),
	('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
	('{"a":"b"}', '{"a":null}', '{}'),
	('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
	('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
	('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
	('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
	('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
	('["a","b"]', '["c","d"]', '["c","d"]'),
	('{"a":"b"}', '["c"]', '["c"]'),
	('{"a":"foo"}', 'null', NULL),
	('{"a":"foo"}', '"bar"', '"bar"'),
	('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
	('[1,2]', '{"a":"b","c":null}', '{"a":"b"}'),
	('{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
	('{"a":{"b":{"c":1,"d":2}},"z":[]}', '{"a":{"b":{"c":null,"e":{"f":[null]}}}}',
		'{"a":{"b":{"d":2,"e":{"f":[null]}}},"z":[]}')
) AS t (before, patch, after);
SELECT is(pg_temp.merged((repeat('[', 1000) || repeat(']', 1000))::jsonb, '{"a":1}'), '{"a":1}',
	'deep values can be replaced');
UPDATE jerry."user" SET metadata = jsonb_build_object('deep', (repeat('[', 1000) || repeat(']', 1000))::jsonb);
SELECT is(pg_temp.profile(pg_temp.change('{"metadata":{"deep":null,"a":1}}')), 'Ada - de {"a": 1}', 'and taken away');
UPDATE jerry."user" SET metadata = '7', app_metadata = '[]' WHERE id = :'user_id';
SELECT is(pg_temp.profile(pg_temp.change('{"metadata":{"a":1}}')), 'Ada - de {"a": 1}',
	'what somebody else left is replaced');
ROLLBACK TO SAVEPOINT filled;

SELECT is(pg_temp.verdict(pg_temp.change(format('{"metadata":{"x":"%s"}}', repeat('x', 8192 - 34))::json)), 'OK',
	'8192 bytes can be kept');
SELECT is((SELECT octet_length(metadata::text) FROM jerry."user" WHERE id = :'user_id'), 8192, 'as text');
SELECT is(pg_temp.complaint(pg_temp.change('{"metadata":{"a":[1]}}')),
	'VALIDATION_ERROR/metadata/Field must be at most 8192 bytes long', 'all of them, not those of one change');
SELECT is(pg_temp.verdict(pg_temp.change('{"metadata":{"x":null,"a":[1]}}')), 'OK', 'unless something else goes');
SELECT is(pg_temp.complaint(pg_temp.change(format('{"metadata":{"x":[%s]}}',
	(SELECT string_agg('1e300', ',') FROM generate_series(1, 30)))::json)),
	'VALIDATION_ERROR/metadata/Field must be at most 8192 bytes long', 'a number counts as it is written out');
ROLLBACK TO SAVEPOINT filled;

-- ---------- how often ----------

SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('profile_account', 2, 3600, 2) \g /dev/null
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(string_agg(pg_temp.verdict(pg_temp.change(changes)), ' ' ORDER BY n), 'OK OK OK OK RATE_LIMITED',
	'a client that runs wild is stopped')
FROM (VALUES (1, '{"name":"B"}'::json), (2, '{"name":"B"}'), (3, '{}'), (4, '{"name":"C"}'), (5, '{"name":"D"}'))
	AS t (n, changes);
SELECT is((SELECT count(*)::int FROM jerry.event WHERE id > :before), 2, 'what changes nothing is not counted');
SELECT is(jerry.update_profile(:'access', '{"name":"D"}')->'error'->'details'->'policy'->>'name', 'profile_account',
	'the answer names the limit');
SELECT is(pg_temp.verdict(pg_temp.change('{"name":"C"}')), 'OK', 'and what changes nothing is answered');
ROLLBACK TO SAVEPOINT filled;

-- ---------- whose session ----------

SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT jerry.refresh((:'here'::json)->>'refresh_token')->'data'->>'access_token' AS rotated \gset
SELECT is((SELECT confirmed FROM jerry.session WHERE id = :'sid'), false, 'the answer of a refresh may have been lost');
SELECT is(pg_temp.verdict(jerry.update_profile(:'rotated', '{}')), 'OK', 'until its access token');
SELECT is((SELECT confirmed FROM jerry.session WHERE id = :'sid'), true, 'is used');
ROLLBACK TO SAVEPOINT filled;

SELECT pg_temp.share_key() \g /dev/null
SELECT is(pg_temp.profile(jerry.update_profile(jerry.create_access_token(json_build_object('sub', :'user_id')),
	'{"name":"B"}')), 'B +4930901820 de {"a": {}, "b": [1, null]}', 'a token of another service will do');
ROLLBACK TO SAVEPOINT filled;
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.complaint(pg_temp.change('{"name":"B"}')), 'INVALID_TOKEN',
	'one of a session that was ended will not');
ROLLBACK TO SAVEPOINT filled;
DELETE FROM jerry."user" WHERE id = :'user_id';
SELECT is(pg_temp.complaint(pg_temp.change('{"name":"B"}')), 'INVALID_TOKEN', 'nor one of a user who was deleted');

SELECT * FROM finish();
ROLLBACK;
