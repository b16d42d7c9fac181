-- roles in access tokens, and in what jerry.validate_token says of them
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS plain \gset

-- what a token, or an answer, says of roles
CREATE FUNCTION pg_temp.said(object json) RETURNS text
	RETURN concat_ws(' ', object->'roles', object->'permissions');
CREATE FUNCTION pg_temp.refreshed(refresh_token text) RETURNS json
	RETURN pg_temp.claims(jerry.refresh(refresh_token)->'data'->>'access_token');
CREATE FUNCTION pg_temp.validated(token text) RETURNS json
	RETURN jerry.validate_token(token)->'data';

SELECT is(pg_temp.keys(pg_temp.claims((:'plain'::json)->>'access_token')),
	'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti',
	'the token of a user without roles says nothing of them');
SELECT is(pg_temp.keys(pg_temp.validated((:'plain'::json)->>'access_token')),
	'is_valid,user_id,email,expires_at,aal,amr,auth_time',
	'nor does validate_token');

SELECT jerry.create_role('editor'), jerry.create_role('admin'), jerry.create_permission('notes:write'),
	jerry.create_permission('notes:read'), jerry.grant_permission('editor', 'notes:write'),
	jerry.grant_permission('editor', 'notes:read'), jerry.grant_permission('admin', 'notes:read'),
	jerry.grant_role(:'user_id', 'editor') \g /dev/null
SELECT is(pg_temp.said(pg_temp.claims((:'plain'::json)->>'access_token')), '', 'a token that is there does not change');
SELECT is(pg_temp.keys(pg_temp.refreshed((:'plain'::json)->>'refresh_token')),
	'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti,roles,permissions',
	'roles come with the next refresh, behind the rest');
SELECT is(pg_temp.said(pg_temp.refreshed((:'plain'::json)->>'refresh_token')),
	'["editor"] ["notes:read","notes:write"]', 'with what they allow');
SELECT jerry.grant_role(:'user_id', 'admin') \g /dev/null
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT is(pg_temp.said(pg_temp.claims(:'access')), '["admin","editor"] ["notes:read","notes:write"]',
	'and with a login: in order, each once');
SELECT is(pg_temp.keys(pg_temp.claims(:'refresh')), 'sub,user_id,sid,type,iat,exp,jti', 'a refresh token says none');
SELECT is(pg_temp.said(jerry.verify_token(:'access')->'data'), '["admin","editor"] ["notes:read","notes:write"]',
	'verify_token shows them with the other claims');
SELECT is(pg_temp.said(pg_temp.validated(:'access')), '["admin","editor"] ["notes:read","notes:write"]',
	'validate_token says what the token says');
SELECT is(pg_temp.keys(pg_temp.validated(:'access')),
	'is_valid,user_id,email,expires_at,aal,amr,auth_time,roles,permissions',
	'behind what it says of everybody');
SELECT is(pg_temp.keys(jerry.me(:'access')->'data'), 'user_id,email,is_email_verified,created_at,name,phone,locale,'
	'metadata,app_metadata', 'me says none');

-- ---------- what has changed ----------

SELECT jerry.revoke_role(:'user_id', 'editor') \g /dev/null
SELECT is(pg_temp.said(pg_temp.validated(:'access')), '["admin","editor"] ["notes:read","notes:write"]',
	'a role that was revoked stays in the token');
SELECT is(pg_temp.said(pg_temp.refreshed(:'refresh')), '["admin"] ["notes:read"]', 'until the next refresh');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT is(pg_temp.said(pg_temp.refreshed(:'refresh')), '["admin"] ["notes:read"]', 'with a new refresh token, too');
SET LOCAL jerry.rotate_refresh_tokens = off;
SET LOCAL jerry.live_roles = on;
SELECT is(pg_temp.said(pg_temp.validated(:'access')), '["admin"] ["notes:read"]',
	'with jerry.live_roles validate_token knows at once');
SELECT jerry.drop_role('admin') \g /dev/null
SELECT is(pg_temp.said(pg_temp.validated(:'access')), '[] []', 'also that there are none left');
SELECT is(pg_temp.said(pg_temp.validated((:'plain'::json)->>'access_token')), '[] []', 'of every token');
SELECT is(pg_temp.said(pg_temp.claims(pg_temp.log_in()->>'access_token')), '', 'a new token says nothing again');
SELECT jerry.grant_role(:'user_id', 'editor') \g /dev/null
SELECT is(pg_temp.said(pg_temp.validated((:'plain'::json)->>'access_token')),
	'["editor"] ["notes:read","notes:write"]', 'a role that was granted counts at once');
SET LOCAL jerry.live_roles = off;
SELECT is(pg_temp.outcome(format('SELECT pg_temp.said(pg_temp.validated(%L))', (:'plain'::json)->>'access_token')), '',
	'without it not');

-- ---------- two kilobytes ----------

CREATE FUNCTION pg_temp.longest(prefix text, n bigint) RETURNS text RETURN rpad(prefix || n, 64, 'x');
SELECT pg_temp.new_user('many@example.com') AS many \gset
SELECT jerry.create_role('many'), jerry.grant_role(:'many', 'many') \g /dev/null
SELECT jerry.create_permission(pg_temp.longest('p', n)) FROM generate_series(1, 40) AS n \g /dev/null

-- tokens with ever more permissions: n is how many there are
CREATE TEMPORARY TABLE grown (n bigint, token text, roles json, permissions json);
CREATE FUNCTION pg_temp.grow(algorithm text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	token text;
BEGIN
	PERFORM set_config('jerry.signing_algorithm', algorithm, true), jerry.rotate_key(true);
	PERFORM jerry.revoke_permission('many', permission) FROM jerry.list_permissions();
	DELETE FROM grown;
	FOR i IN 1..40 LOOP
		PERFORM jerry.grant_permission('many', pg_temp.longest('p', i));
		token := pg_temp.log_in('many@example.com')->>'access_token';
		INSERT INTO grown SELECT i, token, c->'roles', c->'permissions' FROM pg_temp.claims(token) AS c;
	END LOOP;
END
$$;
CREATE FUNCTION pg_temp.growth(algorithm text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.grow(algorithm);
	RETURN NEXT ok((SELECT max(length(token)) BETWEEN 2048 - 91 AND 2048 FROM grown WHERE permissions IS NOT NULL),
		algorithm || ': a token with permissions is as long as 2 kB');
	RETURN NEXT ok((SELECT bool_and(roles::text = '["many"]') FROM grown), 'names the role at any length');
	RETURN NEXT ok((SELECT bool_and(json_array_length(permissions) = n) FROM grown WHERE permissions IS NOT NULL),
		'says all permissions or none');
	RETURN NEXT ok((SELECT max(g.n) FROM grown AS g WHERE permissions IS NOT NULL)
		= (SELECT min(g.n) - 1 FROM grown AS g WHERE permissions IS NULL), 'and none from a number of them on');
END
$$;
SELECT pg_temp.growth(algorithm) FROM unnest(ARRAY['HS256', 'ES256', 'EdDSA', 'RS256']) AS algorithm;
SELECT token AS long_token FROM grown WHERE n = 40 \gset
SELECT jerry.authenticate(:'long_token') \g /dev/null
SELECT is(jerry.has_permission(pg_temp.longest('p', 40)), true,
	'for row-level security nothing is missing: the permissions of the roles are looked up');
SELECT is(pg_temp.keys(pg_temp.validated(:'long_token')), 'is_valid,user_id,email,expires_at,aal,amr,auth_time,roles',
	'validate_token says what the token says');

-- the most roles that a user can have, with the longest names
SELECT jerry.create_role(pg_temp.longest('r', n)), jerry.grant_role(:'user_id', pg_temp.longest('r', n))
FROM generate_series(1, 63) AS n \g /dev/null
SELECT pg_temp.log_in()->>'access_token' AS longest \gset
SELECT is(json_array_length(pg_temp.claims(:'longest')->'roles'), 64, '64 roles are all in the token');
SELECT is(pg_temp.verdict(jerry.validate_token(:'longest')), 'OK', 'which is valid');
SELECT is(pg_temp.keys(pg_temp.validated(:'longest')),
	'is_valid,user_id,email,expires_at,aal,amr,auth_time,roles', 'and says them');

SELECT * FROM finish();
ROLLBACK;
