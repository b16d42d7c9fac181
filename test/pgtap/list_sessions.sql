-- jerry.list_sessions: where somebody is logged in
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in('other@example.com')->>'access_token' AS other \gset
CREATE FUNCTION pg_temp.log_in_with(agent text) RETURNS text
	RETURN jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.1', agent, NULL,
		NULL)::jerry.client)->'data'->>'access_token';
SELECT pg_temp.log_in_with('curl/8.5') AS access \gset
SELECT pg_temp.log_in_with(NULL) AS second \gset
SELECT pg_temp.claims(:'access')->>'sid' AS sid, pg_temp.claims(:'second')->>'sid' AS second_sid \gset
-- the ids of a list, in its order
CREATE FUNCTION pg_temp.ids(token text) RETURNS text[]
	RETURN ARRAY(SELECT s->>'id'
		FROM json_array_elements(jerry.list_sessions(token)->'data'->'sessions') WITH ORDINALITY AS l (s,
			n) ORDER BY n);

SELECT pg_temp.declared('list_sessions(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 's',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.list_sessions(''x'')', reason => 'it reads, with SQL');

-- ---------- what is shown ----------

SELECT is(pg_temp.without_time(jerry.list_sessions(:'access')), format('{"success":true,"data":{"sessions":['
	'{"id":"%s","created_at":"%s","last_used_at":"%2$s","expires_at":"%s","ip":"192.0.2.1",'
	'"user_agent":"curl/8.5","label":"curl","current":true},'
	'{"id":"%s","created_at":"%s","last_used_at":"%5$s","expires_at":"%s","ip":"192.0.2.1",'
	'"user_agent":null,"label":"unknown","current":false}'
	']},"timestamp":"T"}', a.id, to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(a.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.id,
		to_char(b.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(b.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
		'the answer is the compact envelope in the documented order')
FROM jerry.session AS a, jerry.session AS b WHERE a.id = :'sid' AND b.id = :'second_sid';
SELECT is(pg_temp.ids(:'second'), ARRAY[:'second_sid', :'sid'], 'the token''s own session is first');
UPDATE jerry.session SET last_used_at = created_at + interval '5 minutes', last_used_ip = '2001:db8::7/64'
	WHERE id = :'second_sid';
SELECT is(concat_ws(' ', s->>'ip', (s->>'last_used_at')::timestamptz - (s->>'created_at')::timestamptz),
	'2001:db8::7 00:05:00', 'the last use is shown, and from where')
FROM json_array_elements(jerry.list_sessions(:'access')->'data'->'sessions') AS s WHERE s->>'id' = :'second_sid';

SELECT pg_temp.log_in_with('third') AS third \gset
SELECT pg_temp.claims(:'third')->>'sid' AS third_sid \gset
SELECT is(pg_temp.ids(:'access'), ARRAY[:'sid', :'second_sid', :'third_sid'], 'the others follow by their last use');
SAVEPOINT three;
UPDATE jerry.session SET revoked_at = now() WHERE id = :'second_sid';
SELECT is(pg_temp.ids(:'access'), ARRAY[:'sid', :'third_sid'], 'one that was revoked is left out');
ROLLBACK TO SAVEPOINT three;
UPDATE jerry.session SET expires_at = clock_timestamp();
SELECT is(pg_temp.ids(:'access'), ARRAY[:'sid'], 'so is one that is over, but not one''s own');
ROLLBACK TO SAVEPOINT three;
SET LOCAL jerry.session_idle_timeout = '1h';
UPDATE jerry.session SET created_at = now() - interval '61 minutes', last_used_at = NULL;
UPDATE jerry.session SET last_used_at = now() - interval '59 minutes' WHERE id = :'third_sid';
SELECT is(pg_temp.ids(:'access'), ARRAY[:'sid', :'third_sid'],
	'so is one that was idle too long, but not one''s own, or one that was used');
ROLLBACK TO SAVEPOINT three;
SELECT is(json_array_length(jerry.list_sessions(:'other')->'data'->'sessions'), 1, 'everybody sees their own');

INSERT INTO jerry.session (id, user_id, refresh_jti, created_at, expires_at)
	SELECT gen_random_uuid(), :'user_id', gen_random_uuid(), now() + n * interval '1 second',
		now() + interval '1 day' FROM generate_series(1, 200) AS n;
SELECT is(cardinality(pg_temp.ids(:'access')), 100, 'of more than 200 sessions 100 are shown');
SELECT is((pg_temp.ids(:'access'))[1], :'sid', 'one''s own is among them');
ROLLBACK TO SAVEPOINT three;

-- ---------- labels ----------

-- a login is seen by the statements that come after it
CREATE TEMPORARY TABLE device AS
	SELECT agent, label, NULL::text AS token FROM (VALUES
		('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'),
		('Mozilla/5.0 (Windows NT 10.0; Win64; x64) {blink} Chrome/140.0.0.0 Safari/537.36', 'Chrome on Windows'),
		('Mozilla/5.0 (Windows NT 10.0; Win64; x64) {blink} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
			'Edge on Windows'),
		('Mozilla/5.0 (X11; Linux x86_64) {blink} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0', 'Opera on Linux'),
		('Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {blink} Chrome/140.0.0.0 Safari/537.36', 'Chrome on ChromeOS'),
		('Mozilla/5.0 (Linux; Android 10; K) {blink} Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome on Android'),
		('Mozilla/5.0 (Linux; Android 13) {blink} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
			'Samsung Internet on Android'),
		('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/18.5 Safari/605.1.15', 'Safari on macOS'),
		('Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {webkit} Version/18.5 Mobile/15E148 Safari/604.1',
			'Safari on iOS'),
		('Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {webkit} CriOS/140.0 Mobile/15E148 Safari/604.1',
			'Chrome on iOS'),
		('Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) {webkit} FxiOS/140.0 Mobile/15E148 Safari/605.1.15',
			'Firefox on iPadOS'),
		('curl/8.5', 'curl'), ('Wget/1.21.3', 'Wget'), ('python-requests/2.28.1', 'Python'),
		('okhttp/4.12.0', 'OkHttp'),
		('Go-http-client/1.1', 'Go'), ('node', 'Node'), ('MyApp/1.0 (Android 14)', 'Android'), ('MyApp/1.0', 'unknown'),
		('', 'unknown'), (NULL, 'unknown'), ('%s%n', 'unknown'), (repeat('x', 100000), 'unknown'),
		('"<b>\' || E'\x01\u00e9', 'unknown')
	) AS d (agent, label);
UPDATE device SET agent = replace(replace(agent, '{blink}', 'AppleWebKit/537.36 (KHTML, like Gecko)'),
	'{webkit}', 'AppleWebKit/605.1.15 (KHTML, like Gecko)');
UPDATE device SET token = pg_temp.log_in_with(agent);
SELECT is(s->>'label', d.label, coalesce(left(agent, 100), 'nothing') || ' is ' || d.label)
FROM device AS d, json_array_elements(jerry.list_sessions(token)->'data'->'sessions') AS s WHERE s->>'current' = 'true';
SELECT is_empty($$ SELECT agent, s->>'user_agent' FROM device,
		json_array_elements(jerry.list_sessions(token)->'data'->'sessions') AS s
	WHERE s->>'current' = 'true' AND s->>'user_agent' IS DISTINCT FROM left(agent, 512) $$,
	'a user agent comes as it was typed, 512 bytes of it');
ROLLBACK TO SAVEPOINT three;

-- ---------- a token without a session, and none that is good ----------

SELECT pg_temp.share_key() \g /dev/null
SELECT is(string_agg(s->>'current', ' '), 'false false false',
	'the user of a token without a session sees all, none of them is current')
FROM json_array_elements(jerry.list_sessions(jerry.create_access_token(format('{"sub":"%s"}',
	:'user_id')::json))->'data'->'sessions') AS s;
SELECT is(pg_temp.complaint(jerry.list_sessions(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a missing token is told'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	(jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute'), 'EXPIRED_TOKEN',
		'a token of yesterday has expired')
) AS t (token, expected, name);
UPDATE jerry.session SET revoked_at = now() WHERE id = :'sid';
SELECT is(pg_temp.complaint(jerry.list_sessions(:'access')), 'INVALID_TOKEN',
	'the token of a revoked session is invalid');

SELECT * FROM finish();
ROLLBACK;
