-- jerry.forbidden: may the user of this token do that?
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT jerry.create_role('editor'), jerry.create_permission('notes:write'), jerry.create_permission('notes:read'),
	jerry.grant_permission('editor', 'notes:write'), jerry.grant_role(:'user_id', 'editor') \g /dev/null
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset

SELECT pg_temp.declared('forbidden(text,text)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 's',
	strict => false, call => 'SELECT jerry.forbidden(''x'', ''x'')',
	reason => 'it reads in the snapshot of its query, and a missing token is told');

SELECT is(jerry.forbidden(:'access', 'notes:write')::text, NULL, 'who has the permission is told nothing');
SELECT is(pg_temp.without_time(jerry.forbidden(:'access', 'notes:read')),
	'{"success":false,"error":{"code":"FORBIDDEN","message":"Permission is missing","details":{}},"timestamp":"T"}',
	'who has not is told FORBIDDEN');
SELECT is(pg_temp.complaint(jerry.forbidden(token, permission)), expected, name)
FROM (VALUES
	(:'access', 'editor', 'FORBIDDEN', 'a role is no permission'),
	(:'access', '', 'FORBIDDEN', 'nothing is none'),
	(:'access', 'notes:unheard-of', 'FORBIDDEN', 'one that does not exist is none'),
	(:'access', NULL, 'VALIDATION_ERROR/permission/Field is required', 'NULL is a mistake'),
	(NULL, 'notes:write', 'VALIDATION_ERROR/access_token/Field is required', 'a missing token is told'),
	('x', 'notes:write', 'INVALID_TOKEN', 'a token that is not valid may nothing'),
	(:'refresh', 'notes:write', 'INVALID_TOKEN', 'a refresh token is no access token'),
	(jerry.create_access_token(format('{"sub":"%s","permissions":["notes:write"]}', :'user_id')::json, '-1 second'),
		'notes:write', 'EXPIRED_TOKEN', 'a token of yesterday may nothing any more')
) AS t (token, permission, expected, name);
SELECT is(pg_temp.outcome(format('SELECT jerry.unwrap(jerry.forbidden(%L, ''notes:read''))', :'access')), 'JR015',
	'unwrap raises it');

SELECT jerry.revoke_permission('editor', 'notes:write'), jerry.grant_permission('editor', 'notes:read') \g /dev/null
SELECT is(jerry.forbidden(:'access', 'notes:write')::text, NULL, 'the token goes on saying what it says');
SELECT is(pg_temp.verdict(jerry.forbidden(:'access', 'notes:read')), 'FORBIDDEN', 'and no more');
SET LOCAL jerry.live_roles = on;
SELECT is(pg_temp.verdict(jerry.forbidden(:'access', 'notes:write')), 'FORBIDDEN',
	'with jerry.live_roles a permission that was revoked is gone');
SELECT is(jerry.forbidden(:'access', 'notes:read')::text, NULL, 'and one that was granted is there');
SET LOCAL jerry.live_roles = off;

SELECT pg_temp.share_key() AS kid \gset
SELECT is(jerry.forbidden(jerry.create_access_token(format('{"sub":"%s","roles":["editor"]}', :'user_id')::json),
	'notes:read')::text, NULL, 'what a token leaves out is looked up');
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.verdict(jerry.forbidden(:'access', 'notes:write')), 'INVALID_TOKEN', 'the session is asked, too');

SELECT * FROM finish();
ROLLBACK;
