-- jerry.refresh with jerry.rotate_refresh_tokens: each row of the table in src/ext/domain/rotation.h
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS login \gset
SELECT (:'login'::json)->>'refresh_token' AS first, (:'login'::json)->>'access_token' AS first_access \gset
SELECT pg_temp.claims(:'first')->>'sid' AS sid \gset

-- the session: its generation, whether its refresh token is this one and the one before it that one, and what is noted
CREATE FUNCTION pg_temp.state(current text, previous text DEFAULT NULL) RETURNS text
	RETURN (SELECT concat_ws(' ', generation, refresh_jti::text = pg_temp.claims(current)->>'jti',
			previous_jti IS NOT DISTINCT FROM (pg_temp.claims(previous)->>'jti')::uuid,
			CASE WHEN confirmed THEN 'confirmed' END, CASE WHEN suspect THEN 'suspect' END,
			CASE WHEN previous_suspect THEN 'previous_suspect' END, revoked_for)
		FROM jerry.session);
-- the next refresh token for this one, or the code of a refusal
CREATE FUNCTION pg_temp.next(token text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(answer->'data'->>'refresh_token', answer->'error'->>'code')
	FROM (SELECT jerry.refresh(token)) AS t (answer)
$$;
-- is it the token that this one gets, whenever it says that it was made?
CREATE FUNCTION pg_temp.leads(token text, successor text) RETURNS boolean
	RETURN pg_temp.claims(pg_temp.next(token))->>'jti' = pg_temp.claims(successor)->>'jti';
-- seconds pass since the last rotation
CREATE FUNCTION pg_temp.later(seconds integer) RETURNS text LANGUAGE sql AS $$
	UPDATE jerry.session SET rotated_at = rotated_at - make_interval(secs => seconds);
	SELECT NULL::text;
$$;
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT coalesce(string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id), '')
		FROM jerry.event WHERE id > since);
SELECT max(id) AS before FROM jerry.event \gset

SELECT is(pg_temp.state(:'first'), '0 t t', 'a login is generation 0');
SAVEPOINT login;
SET LOCAL jerry.rotate_refresh_tokens = on;
SAVEPOINT live;

-- ---------- the current token: ROTATED ----------

SELECT jerry.refresh(:'first', ROW('192.0.2.7', NULL, NULL, NULL)) AS answer \gset
SELECT (:'answer'::json)->'data'->>'access_token' AS access, (:'answer'::json)->'data'->>'refresh_token' AS second \gset
SELECT is(pg_temp.without_time(:'answer'),
	format('{"success":true,"data":{"access_token":"%s","refresh_token":"%s","token_type":"bearer","expires_in":86400},'
		'"timestamp":"T"}', :'access', :'second'),
	'the answer has a refresh token, too');
SELECT is(pg_temp.keys(pg_temp.claims(:'second')), 'sub,user_id,sid,gen,type,iat,exp,jti',
	'which has the claims of one, and its generation');
SELECT is(pg_temp.keys(pg_temp.claims(:'access')), 'sub,user_id,email,sid,gen,aal,amr,auth_time,type,iat,exp,jti',
	'so has the access token');
SELECT is(concat_ws('/', c->>'sub', c->>'sid', c->>'gen', c->>'type'), concat_ws('/', :'user_id', :'sid', 1, 'refresh'),
	'it is for the same user and session') FROM pg_temp.claims(:'second') AS c;
SELECT is(c->>'exp', pg_temp.claims(:'first')->>'exp', 'it ends when the session does')
	FROM pg_temp.claims(:'second') AS c;
SELECT is(pg_temp.state(:'second', :'first'), '1 t t', 'the row says so');
SELECT is(concat_ws(' ', rotated_at BETWEEN now() AND clock_timestamp(), last_used_at = rotated_at, host(last_used_ip)),
	't t 192.0.2.7', 'when, and from where') FROM jerry.session;
SELECT is(pg_temp.verdict(jerry.validate_token(token)), 'OK', 'access tokens of both generations are valid')
	FROM unnest(ARRAY[:'first_access', :'access']) AS token;
SELECT is(pg_temp.told(:before), '', 'a rotation is no event');
SELECT pg_temp.next(:'second') AS third \gset
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'and so on');
ROLLBACK TO SAVEPOINT live;

-- ---------- its predecessor, within the grace: SAME ----------

SELECT pg_temp.next(:'first') AS second \gset
SELECT jerry.refresh(:'first')->'data' AS data \gset
SELECT is((:'data'::json)->>'refresh_token', :'second', 'the predecessor gets the same successor, byte by byte');
SELECT is(pg_temp.verdict(jerry.validate_token((:'data'::json)->>'access_token')), 'OK', 'with a good access token');
SELECT isnt(jerry.refresh(:'first')->'data'->>'access_token', (:'data'::json)->>'access_token',
	'a fresh one each time');
SELECT is(count(DISTINCT pg_temp.next(:'first')), 1::bigint, 'as often as it comes') FROM generate_series(1, 20);
SELECT is(pg_temp.state(:'second', :'first'), '1 t t', 'which changes nothing');
SELECT pg_temp.later(58) \g /dev/null
SELECT is(pg_temp.verdict(jerry.refresh(:'first')), 'OK', 'it is good for 60 seconds');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t', 'without a trace');
SELECT pg_temp.next(:'second') AS third \gset
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'the successor is good, too');
SELECT is(pg_temp.next(:'second'), :'third', 'and then a predecessor itself');
ROLLBACK TO SAVEPOINT live;

SET LOCAL jerry.refresh_grace = '10min';
SELECT pg_temp.next(:'first') AS second \gset
SELECT pg_temp.later(590) \g /dev/null
SELECT is(pg_temp.next(:'first') IS NOT NULL AND pg_temp.state(:'second', :'first') = '1 t t', true,
	'the grace is jerry.refresh_grace');
ROLLBACK TO SAVEPOINT live;
SET LOCAL jerry.refresh_grace = 0;
SELECT pg_temp.next(:'first') AS second \gset
SELECT is(pg_temp.next(:'first'), :'second', 'without any, it is late at once');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t suspect', 'and noted');
ROLLBACK TO SAVEPOINT live;

-- ---------- later, while the successor is not confirmed: SAME, once ----------

SELECT pg_temp.next(:'first') AS second \gset
SELECT pg_temp.later(61) \g /dev/null
SELECT ok(pg_temp.leads(:'first', :'second'), 'later it gets its successor, too');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t suspect', 'which is noted');
SELECT is(pg_temp.told(:before), 'session.suspected', 'and told');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","session_id":"%s"}', :'user_id', :'sid'), 'session.suspected has the documented bytes');
SELECT pg_temp.later(100000) \g /dev/null
SELECT ok(pg_temp.leads(:'first', :'second'), 'the answer may be lost again');
SELECT pg_temp.next(:'second') AS third \gset
SELECT is(pg_temp.state(:'third', :'second'), '2 t t previous_suspect', 'the next generation knows');
SELECT is(pg_temp.next(:'second'), :'third', 'and has its grace as every one');
SAVEPOINT twice;

-- ---------- not twice running: REUSE ----------

SELECT max(id) AS here FROM jerry.event \gset
SELECT pg_temp.later(61) \g /dev/null
SELECT is(pg_temp.complaint(jerry.refresh(:'second', ROW('192.0.2.9', NULL, NULL, NULL))), 'INVALID_TOKEN',
	'late in two generations running is reuse');
SELECT is(pg_temp.state(:'third', :'second'), '2 t t previous_suspect reuse', 'the session has ended');
SELECT is(pg_temp.told(:here), 'session.revoked/reuse session.reuse_detected', 'which is told');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","session_id":"%s","ip_address":"192.0.2.9"}', :'user_id',
		:'sid'),
	'session.reuse_detected has the documented bytes');
SELECT is(pg_temp.complaint(jerry.refresh(token)), 'INVALID_TOKEN', 'no refresh token is good any more')
	FROM unnest(ARRAY[:'first', :'second', :'third']) AS token;
SELECT is(pg_temp.complaint(jerry.validate_token(:'first_access')), 'INVALID_TOKEN', 'nor an access token');
SELECT is(pg_temp.told(:here), 'session.revoked/reuse session.reuse_detected', 'that is told once');
ROLLBACK TO SAVEPOINT twice;

SELECT pg_temp.next(:'third') AS fourth \gset
SELECT is(pg_temp.state(:'fourth', :'third'), '3 t t', 'one generation in time, and the lapse is forgotten');
SELECT pg_temp.later(61) \g /dev/null
SELECT ok(pg_temp.leads(:'third', :'fourth'), 'the next one is forgiven again');
ROLLBACK TO SAVEPOINT live;

-- ---------- later, once the successor is confirmed: REUSE ----------

SELECT jerry.refresh(:'first')->'data' AS data \gset
SELECT (:'data'::json)->>'refresh_token' AS second, (:'data'::json)->>'access_token' AS access \gset
SAVEPOINT unconfirmed;
SELECT is(pg_temp.complaint(jerry.end_session(:'first_access', gen_random_uuid()::text)), 'SESSION_NOT_FOUND',
	'an access token of the generation before');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t', 'confirms nothing');
SELECT is(pg_temp.verdict(jerry.logout(refresh_token => :'second', scope => 'others')), 'OK',
	'nor does a refresh token');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t', 'which may be a thief''s');
SELECT is(pg_temp.complaint(jerry.end_session(:'access', gen_random_uuid()::text)), 'SESSION_NOT_FOUND',
	'one that came with the successor, used in a function that writes');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t confirmed', 'confirms it');
SELECT ok(pg_temp.leads(:'first', :'second'), 'the grace goes on');
SELECT pg_temp.later(61) \g /dev/null
SELECT is(pg_temp.complaint(jerry.refresh(:'first')), 'INVALID_TOKEN', 'after that the predecessor is reuse');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t confirmed reuse', 'and has ended the session');
SELECT is(pg_temp.told(:before), 'session.revoked/reuse session.reuse_detected', 'which is told');
ROLLBACK TO SAVEPOINT unconfirmed;
SELECT is(pg_temp.verdict(jerry.logout(:'access', 'others')), 'OK', 'to log out the others');
SELECT is(pg_temp.state(:'second', :'first'), '1 t t confirmed', 'confirms, too');
SELECT pg_temp.next(:'second') AS third \gset
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'one generation, not the next');
ROLLBACK TO SAVEPOINT live;

-- ---------- anything older: REUSE at once ----------

SELECT pg_temp.next(:'first') AS second \gset
SELECT pg_temp.next(:'second') AS third \gset
SAVEPOINT old;
SELECT is(pg_temp.complaint(jerry.refresh(:'first')), 'INVALID_TOKEN',
	'a token older than the predecessor, within the grace');
SELECT is(pg_temp.state(:'third', :'second'), '2 t t reuse', 'has ended the session');
SELECT is(pg_temp.told(:before), 'session.revoked/reuse session.reuse_detected', 'which is told');
ROLLBACK TO SAVEPOINT old;
SELECT is(pg_temp.complaint(jerry.refresh(left(:'first', -1) || 'x')), 'INVALID_TOKEN', 'a forged one');
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'ends nothing');

-- ---------- log out with what a client may have ----------

SELECT is(pg_temp.complaint(jerry.logout(refresh_token => :'first')), 'INVALID_TOKEN', 'an old token logs nobody out');
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'and ends nothing');
SAVEPOINT leaving;
SELECT is(pg_temp.verdict(jerry.logout(refresh_token => token)), 'OK', 'the newest token, and the one before it, do')
	FROM unnest(ARRAY[:'second', :'third']) AS token;
SELECT is(pg_temp.state(:'third', :'second'), '2 t t logout', 'so that a lost answer keeps nobody in');
ROLLBACK TO SAVEPOINT leaving;

-- ---------- sessions that are not good: nothing happens ----------

UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.complaint(jerry.refresh(:'first')), 'INVALID_TOKEN',
	'of a revoked session even an old token is only invalid');
ROLLBACK TO SAVEPOINT leaving;
UPDATE jerry.session SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(pg_temp.complaint(jerry.refresh(token)), expected, 'of one that has ended ' || name)
FROM (VALUES (:'third', 'EXPIRED_TOKEN', 'the newest'), (:'second', 'EXPIRED_TOKEN', 'and the one before are expired'),
	(:'first', 'INVALID_TOKEN', 'older ones invalid')) AS t (token, expected, name);
SELECT is(pg_temp.told(:before), '', 'and nothing is told');
ROLLBACK TO SAVEPOINT leaving;
UPDATE jerry.session SET refresh_jti = gen_random_uuid(), previous_jti = NULL;
SELECT is(pg_temp.complaint(jerry.refresh(:'third')), 'INVALID_TOKEN', 'a session may forget its predecessor');
ROLLBACK TO SAVEPOINT live;
UPDATE jerry.session SET refresh_jti = gen_random_uuid();
SELECT is(pg_temp.complaint(jerry.refresh(:'first')), 'INVALID_TOKEN', 'a session that never rotated');
SELECT is(revoked_at, NULL::timestamptz, 'is not ended for a token that is not its own') FROM jerry.session;
ROLLBACK TO SAVEPOINT live;

-- ---------- a rotation that the database has lost ----------

SELECT pg_temp.next(:'first') AS second \gset
SELECT pg_temp.next(:'second') AS third \gset
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.state(:'first'), '0 t t', 'the database knows of no rotation');
SELECT pg_temp.claims(pg_temp.next(:'third'))->>'gen' AS generation \gset
SELECT is(:'generation'::text, '3', 'a token from after it is good all the same, and goes on from there');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.claims(pg_temp.next(:'first'))->>'jti', pg_temp.claims(:'second')->>'jti',
	'the same rotation, done again, makes the same token');
ROLLBACK TO SAVEPOINT live;

SELECT jerry.create_refresh_token(json_build_object('sub', :'user_id', 'sid', :'sid', 'gen', 1)) AS forged \gset
SELECT is(pg_temp.complaint(jerry.refresh(:'forged')), 'INVALID_TOKEN', 'but not one that does not follow');
SELECT is(pg_temp.complaint(jerry.logout(refresh_token => :'forged')), 'INVALID_TOKEN', 'even to log out');
SELECT is(pg_temp.complaint(jerry.refresh(jerry.create_refresh_token(
		json_build_object('sub', :'user_id', 'sid', :'sid', 'gen', 253402300799)))), 'INVALID_TOKEN',
	'however late it claims to be');
SELECT is(pg_temp.state(:'first'), '0 t t', 'which changes nothing');
ROLLBACK TO SAVEPOINT live;

-- ---------- who may write ----------

SELECT is(pg_temp.outcome(format('SELECT pg_temp.claims(jerry.refresh(%L)->''data''->>''refresh_token'')->>''gen''',
	:'first'), 'jerry_api', 'pg_temp, public'), '1', 'whoever may call it can rotate');
SELECT is(current_user::text, session_user::text, 'and stays who they are');
SELECT is(current_setting('search_path'), 'public, pg_temp', 'with their search_path');
ROLLBACK TO SAVEPOINT live;
SET LOCAL transaction_read_only = on;
SELECT throws_ok(format('SELECT jerry.refresh(%L)', :'first'), '25006', NULL, 'a transaction that only reads cannot');
ROLLBACK TO SAVEPOINT live;

-- ---------- switched off while sessions live ----------

SELECT pg_temp.next(:'first') AS second \gset
SELECT pg_temp.next(:'second') AS third \gset
SET LOCAL jerry.rotate_refresh_tokens = off;
SELECT is(pg_temp.keys(jerry.refresh(:'third')->'data'), 'access_token,token_type,expires_in',
	'switched off, the newest token stays');
SELECT is(pg_temp.next(:'second'), :'third', 'the one before it is told the newest');
SELECT pg_temp.later(61) \g /dev/null
SELECT ok(pg_temp.leads(:'second', :'third'), 'later, too');
SELECT is(pg_temp.complaint(jerry.refresh(:'first')), 'INVALID_TOKEN', 'an older one is invalid');
SELECT is(pg_temp.state(:'third', :'second'), '2 t t', 'and nothing changes, or ends');
SELECT is(pg_temp.told(:before), '', 'or is told');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT is(pg_temp.claims(pg_temp.next(:'third'))->>'gen', '3', 'switched on again, it goes on');

SELECT * FROM finish();
ROLLBACK;
