-- jerry.logout: ends this session, the others, or all
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in() AS elsewhere,
	pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'here'::json)->>'refresh_token' AS refresh,
	pg_temp.claims((:'here'::json)->>'access_token')->>'sid' AS sid \gset
SELECT secret, format('{"alg":"HS256","typ":"JWT","kid":"%s"}', kid) AS header FROM jerry.signing_key
	WHERE status = 'active' \gset

-- which of the four sessions live, by their access and refresh tokens
CREATE TEMPORARY TABLE device AS SELECT * FROM (VALUES ('here', :'here'::json), ('there', :'there'), ('elsewhere',
	:'elsewhere'), ('other', :'other')) AS d (name, login);
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
CREATE FUNCTION pg_temp.reasons() RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', d.name, revoked_for), ' ' ORDER BY d.name)
		FROM jerry.session AS s JOIN device AS d
			ON pg_temp.claims(d.login->>'access_token')->>'sid' = s.id::text WHERE revoked_at IS NOT NULL);
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('logout(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.logout(''x'')', reason => 'it writes');
SELECT is(pg_temp.live(), 'elsewhere here other there', 'all live before');
SAVEPOINT live;

-- ---------- local ----------

SELECT jerry.logout(:'access', client => ROW('192.0.2.9', 'curl', NULL, NULL)) AS answer \gset
SELECT is(pg_temp.without_time(:'answer'),
	'{"success":true,"data":{"message":"Logged out successfully"},"timestamp":"T"}',
		'the answer is the compact envelope');
SELECT is(pg_temp.live(), 'elsewhere other there', 'only this session has ended, with both of its tokens');
SELECT is(pg_temp.reasons(), 'here/logout', 'the row says why');
SELECT is(revoked_at BETWEEN now() AND clock_timestamp(), true, 'and when') FROM jerry.session WHERE id = :'sid';
SELECT is(pg_temp.complaint(jerry.me(:'access')), 'INVALID_TOKEN', 'the next statement refuses the access token');
SELECT is(pg_temp.complaint(jerry.authenticate(:'access')), 'INVALID_TOKEN', 'everywhere');
SELECT is(pg_temp.told(:before), 'session.revoked/here/logout user.logged_out/here', 'both events are emitted');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","session_id":"%s","ip_address":"192.0.2.9"}', (SELECT id
		FROM account), :'sid'),
	'user.logged_out has the documented bytes');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC OFFSET 1 LIMIT 1),
	format('{"user_id":"%s","session_id":"%s","reason":"logout"}', (SELECT id FROM account), :'sid'),
		'session.revoked, too');

SELECT max(id) AS after_logout, (SELECT max(revoked_at) FROM jerry.session) AS ended_at FROM jerry.event \gset
SELECT is(pg_temp.without_time(jerry.logout(:'access')), pg_temp.without_time(:'answer'),
	'to log out again gets the same answer');
SELECT is(pg_temp.without_time(jerry.logout(refresh_token => :'refresh')), pg_temp.without_time(:'answer'),
	'by the refresh token, too');
SELECT is(pg_temp.told(:after_logout), '', 'and tells nothing');
SELECT is((SELECT revoked_at FROM jerry.session WHERE id = :'sid'), :'ended_at'::timestamptz,
	'the session keeps the time of its end');
SELECT is(pg_temp.without_time(jerry.logout(:'access', 'all')), pg_temp.without_time(:'answer'),
	'with scope all, too');
SELECT is(pg_temp.live(), 'elsewhere other there', 'but a session that has ended ends no other');
SELECT is(pg_temp.without_time(jerry.logout(:'access', 'others')), pg_temp.without_time(:'answer'),
	'with scope others, too');
SELECT is(pg_temp.live(), 'elsewhere other there', 'neither');
DELETE FROM jerry.session WHERE id = :'sid';
SELECT is(pg_temp.without_time(jerry.logout(:'access', 'all')), pg_temp.without_time(:'answer'),
	'a session that is gone is answered in the same way');
SELECT is(pg_temp.live(), 'elsewhere other there', 'and ends nothing');
DELETE FROM jerry."user" WHERE email = 'user@example.com';
SELECT is(pg_temp.without_time(jerry.logout(:'access', 'all')), pg_temp.without_time(:'answer'),
	'so is a user who is gone');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.live(), 'elsewhere here other there', 'a log-out that is rolled back did not happen');

-- ---------- others, all ----------

SELECT is(pg_temp.verdict(jerry.logout(:'access', 'others')), 'OK', 'scope others');
SELECT is(pg_temp.live(), 'here other', 'ends the other sessions of the user, and nobody else''s');
SELECT is(pg_temp.reasons(), 'elsewhere/others there/others', 'the rows say why');
SELECT is(pg_temp.told(:before), 'session.revoked/elsewhere/others session.revoked/there/others',
	'each of them is told');
SELECT is(pg_temp.verdict(jerry.logout(:'access', 'others')), 'OK', 'again');
SELECT is(pg_temp.told(:before), 'session.revoked/elsewhere/others session.revoked/there/others', 'tells nothing');
ROLLBACK TO SAVEPOINT live;

SELECT is(pg_temp.verdict(jerry.logout(:'access', 'all')), 'OK', 'scope all');
SELECT is(pg_temp.live(), 'other', 'ends all sessions of the user');
SELECT is(pg_temp.reasons(), 'elsewhere/others here/logout there/others', 'the rows say why');
SELECT is(pg_temp.told(:before),
	'session.revoked/elsewhere/others session.revoked/here/logout session.revoked/there/others user.logged_out/here',
		'all is told');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'the user can log in again');
ROLLBACK TO SAVEPOINT live;

-- ---------- the other token ----------

SELECT is(pg_temp.verdict(jerry.logout(refresh_token => :'refresh')), 'OK', 'the refresh token alone is enough');
SELECT is(pg_temp.live(), 'elsewhere other there', 'for its session');
ROLLBACK TO SAVEPOINT live;
SELECT jerry.create_access_token(pg_temp.claims(:'access'), '-1 minute') AS expired \gset
SELECT is(pg_temp.complaint(jerry.logout(:'expired')), 'EXPIRED_TOKEN', 'an access token that has expired is not');
SELECT is(pg_temp.verdict(jerry.logout(:'expired', 'all', :'refresh')), 'OK', 'the refresh token beside it counts');
SELECT is(pg_temp.live(), 'other', 'with every scope');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.logout(:'access', NULL, (:'there'::json)->>'refresh_token')), 'OK',
	'of two that are good');
SELECT is(pg_temp.live(), 'elsewhere other there', 'the access token counts; and NULL is local');
ROLLBACK TO SAVEPOINT live;

SET LOCAL jerry.session_idle_timeout = '1h';
UPDATE jerry.session SET created_at = now() - interval '1 hour' WHERE id = :'sid';
SELECT is(pg_temp.verdict(jerry.logout(refresh_token => :'refresh', scope => 'all')), 'OK',
	'the refresh token of a session that was not used for too long');
SELECT is(pg_temp.live(), 'elsewhere other there', 'ends no other session');
SELECT is(pg_temp.reasons(), 'here/logout', 'but its own, which no longer timeout brings back');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.logout(:'expired', 'all', (:'other'::json)->>'refresh_token')), 'OK',
	'the refresh token of another user');
SELECT is(pg_temp.live(), 'elsewhere here there', 'ends the sessions of that user, not those of the expired token');
ROLLBACK TO SAVEPOINT live;

-- ---------- refusals ----------

SELECT is(pg_temp.complaint(jerry.logout(access, scope, refresh)), expected, name)
FROM (VALUES
	(NULL, 'local', NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	(:'access', 'global', NULL, 'VALIDATION_ERROR/scope/Scope must be local, others or all',
		'a scope that there is not is told'),
	(:'access', 'ALL', NULL, 'VALIDATION_ERROR/scope/Scope must be local, others or all', 'scopes are in lower case'),
	(:'refresh', 'local', NULL, 'INVALID_TOKEN', 'a refresh token is no access token'),
	(NULL, 'local', :'access', 'INVALID_TOKEN', 'an access token is no refresh token'),
	(:'refresh', 'all', :'access', 'INVALID_TOKEN', 'nor are both when they are swapped'),
	(:'expired', 'all', :'access', 'INVALID_TOKEN', 'an access token does not stand in for another one'),
	(NULL, 'all', jerry.create_refresh_token(format('{"sub":"%s","sid":"%s","jti":"%s"}', (SELECT id FROM account),
		:'sid', pg_temp.claims((:'there'::json)->>'refresh_token')->>'jti')::json), 'INVALID_TOKEN',
		'a refresh token of another session of the user is not this one''s'),
	(left(:'access', -1), 'local', NULL, 'INVALID_TOKEN', 'a token that was cut is invalid'),
	(jerry.create_access_token(format('{"sub":"%s"}', (SELECT id FROM account))::json), 'all', NULL, 'INVALID_TOKEN',
		'a token without a session has none to end'),
	(jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', :'other_id', :'sid')::json), 'all', NULL,
		'INVALID_TOKEN', 'the session must be that of the user'),
	(NULL, 'all', jerry.create_refresh_token(format('{"sub":"%s","sid":"%s"}', (SELECT id FROM account),
		:'sid')::json), 'INVALID_TOKEN',
		'a refresh token must be the session''s own')
) AS t (access, scope, refresh, expected, name);
SELECT is(pg_temp.live(), 'elsewhere here other there', 'none of them ended anything');
SELECT is(pg_temp.told(:before), '', 'or told anything');

SELECT * FROM finish();
ROLLBACK;
