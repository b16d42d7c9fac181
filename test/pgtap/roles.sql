-- roles and permissions: who creates, gives, takes and lists them
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('ada@example.com') AS ada, pg_temp.new_user('bob@example.com') AS bob \gset

SELECT pg_temp.declared('create_role(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.create_role(''x'')', reason => 'a role needs no description');
SELECT pg_temp.declared('create_permission(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.create_permission(''x'')', reason => 'nor does a permission');
SELECT pg_temp.declared('drop_role(text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.drop_role(''x'')', reason => 'it writes');
SELECT pg_temp.declared('drop_permission(text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.drop_permission(''x'')', reason => 'it writes');
SELECT pg_temp.declared('grant_permission(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.grant_permission(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('revoke_permission(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.revoke_permission(''x'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('grant_role(uuid,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.grant_role(gen_random_uuid(), ''x'')', reason => 'it writes');
SELECT pg_temp.declared('revoke_role(uuid,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.revoke_role(gen_random_uuid(), ''x'')', reason => 'it writes');
SELECT pg_temp.declared('list_roles()', roles => 'jerry_admin', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.list_roles()', reason => 'it reads');
SELECT pg_temp.declared('list_permissions()', roles => 'jerry_admin', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.list_permissions()', reason => 'it reads');
SELECT pg_temp.declared('roles_of(uuid)', roles => 'jerry_admin', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.roles_of(gen_random_uuid())', reason => 'it reads');
SELECT pg_temp.declared('users_with_role(text,uuid,integer)', roles => 'jerry_admin', volatility => 's',
	parallel => 'u', strict => false, call => 'SELECT jerry.users_with_role(''x'')', reason => 'it reads');

-- what each role is like: name/description/permissions/users
CREATE FUNCTION pg_temp.roles() RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', role, description, permissions, users), ' ') FROM jerry.list_roles());
CREATE FUNCTION pg_temp.roles_of(who uuid) RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', role, permissions), ' ') FROM jerry.roles_of(who));
-- the events about a user, oldest first
CREATE FUNCTION pg_temp.changes_of(who uuid) RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', payload->'data'->>'change', payload->'data'->>'role'), ', ' ORDER BY id)
		FROM jerry.event
		WHERE event_type = 'user.roles_changed' AND payload->'data'->>'user_id' = who::text);

-- ---------- names ----------

SELECT is(pg_temp.roles(), NULL, 'there are no roles at first');
SELECT is(jerry.create_role('editor', 'writes notes'), true, 'a role is created');
SELECT is(jerry.create_role('editor'), false, 'once');
SELECT is(pg_temp.roles(), 'editor/writes notes/{}/0', 'and keeps its description when none is given');
SELECT is(jerry.create_role('editor', 'writes'), false, 'or gets another');
SELECT is(jerry.create_role('admin'), true, 'it needs none');
SELECT is(pg_temp.roles(), 'admin/{}/0 editor/writes/{}/0', 'roles are listed by their names');
SELECT is((SELECT bool_and(created_at BETWEEN now() AND clock_timestamp()) FROM jerry.list_roles()), true,
	'with the time');
SELECT is(jerry.create_permission(name, 'to ' || name), true, name || ' is created')
	FROM unnest(ARRAY['notes:read', 'notes:write', 'notes:delete']) AS name;
SELECT is(jerry.create_permission('notes:read'), false, 'a permission is created once');
SELECT results_eq('SELECT permission, description, roles FROM jerry.list_permissions()',
	$$ VALUES ('notes:delete', 'to notes:delete', '{}'::text[]), ('notes:read', 'to notes:read', '{}'),
		('notes:write', 'to notes:write', '{}') $$, 'permissions are listed by their names');
SELECT is(pg_temp.outcome(format('SELECT jerry.create_%s(%L)', what, name)), outcome,
	format('a %s %s be named %L', what, CASE outcome WHEN 'true' THEN 'can' ELSE 'cannot' END, left(name, 10)))
FROM unnest(ARRAY['role', 'permission']) AS what,
	(VALUES (repeat('a', 64), 'true'), ('A-z_0.9/x:y', 'true'), (repeat('a', 65), '22023'), ('', '22023'),
		('a b', '22023'), ('a"b', '22023'), (E'a\t', '22023'), (U&'\00E9', '22023'), ('*', '22023'), (NULL, '22023'))
	AS t (name, outcome);
SELECT is(jerry.drop_role(repeat('a', 64)), true, 'a role that nobody has is dropped');
SELECT is(jerry.drop_role(repeat('a', 64)), false, 'once');
SELECT is(jerry.drop_permission('A-z_0.9/x:y'), true, 'so is a permission');
SELECT is(jerry.drop_permission('A-z_0.9/x:y'), false, 'once');
SELECT is(jerry.drop_role('A-z_0.9/x:y'), true, 'they are not the same names');
SELECT is(jerry.drop_permission(repeat('a', 64)), true, 'whatever they are');

-- ---------- what roles allow ----------

SELECT is(jerry.grant_permission('editor', 'notes:write'), true, 'a role gets a permission');
SELECT is(jerry.grant_permission('editor', 'notes:write'), false, 'once');
SELECT is(jerry.grant_permission('editor', 'notes:read'), true, 'and another');
SELECT is(jerry.grant_permission('admin', 'notes:read'), true, 'which another role can have, too');
SELECT is(jerry.grant_permission('admin', 'notes:delete'), true, 'and one that only this one has');
SELECT is(pg_temp.outcome('SELECT jerry.grant_permission(''nobody'', ''notes:read'')'), '42704',
	'a role that does not exist gets none');
SELECT is(pg_temp.outcome('SELECT jerry.grant_permission(''editor'', ''notes:burn'')'), '42704',
	'nor is one given that does not exist');
SELECT is(pg_temp.roles(), 'admin/{notes:delete,notes:read}/0 editor/writes/{notes:read,notes:write}/0',
	'the list of roles says it');
SELECT is((SELECT roles FROM jerry.list_permissions() WHERE permission = 'notes:read')::text, '{admin,editor}',
	'and so does that of permissions');
SELECT is(jerry.revoke_permission('admin', 'notes:write'), false, 'what a role has not cannot be taken from it');
SELECT is(jerry.revoke_permission('admin', 'notes:delete'), true, 'what it has can');
SELECT is(jerry.drop_permission('notes:write'), true, 'a permission that is dropped');
SELECT is(pg_temp.roles(), 'admin/{notes:read}/0 editor/writes/{notes:read}/0', 'is gone from all roles');

-- ---------- who has them ----------

SELECT is(jerry.grant_role(:'ada', 'editor'), true, 'a user is given a role');
SELECT is(jerry.grant_role(:'ada', 'editor'), false, 'once');
SELECT is(jerry.grant_role(:'ada', 'admin'), true, 'and another');
SELECT is(jerry.grant_role(:'bob', 'editor'), true, 'as somebody else is');
SELECT is(pg_temp.roles_of(:'ada'), 'admin/{notes:read} editor/{notes:read}', 'roles_of says what a user has');
SELECT is(pg_temp.roles_of(:'bob'), 'editor/{notes:read}', 'of each');
SELECT is(pg_temp.roles_of(gen_random_uuid()), NULL, 'nobody has none');
SELECT is(pg_temp.roles(), 'admin/{notes:read}/1 editor/writes/{notes:read}/2', 'users are counted');
SELECT set_eq('SELECT email FROM jerry.users_with_role(''editor'')', ARRAY['ada@example.com', 'bob@example.com'],
	'and listed');
SELECT is((SELECT count(*)::int FROM jerry.users_with_role('editor', max => 1)), 1, 'as many as are wanted');
SELECT is((SELECT max(t.user_id::text) FROM jerry.users_with_role('editor', max => 1) AS f,
		jerry.users_with_role('editor', f.user_id) AS t),
	greatest(:'ada', :'bob'), 'and those after them');
SELECT is_empty('SELECT FROM jerry.users_with_role(''nobody'')', 'of a role that does not exist nobody');
SELECT is(pg_temp.outcome(format('SELECT jerry.grant_role(%L, ''nobody'')', :'ada')), '42704',
	'a role that does not exist cannot be given');
SELECT is(pg_temp.outcome('SELECT jerry.grant_role(gen_random_uuid(), ''editor'')'), '42704', 'nor to nobody');
SELECT is(jerry.revoke_role(:'bob', 'admin'), false, 'a role that a user has not cannot be taken');
SELECT is(jerry.revoke_role(:'ada', 'admin'), true, 'one that he has can');
SELECT is(jerry.revoke_role(:'ada', 'admin'), false, 'once');
SELECT is(pg_temp.changes_of(:'ada'), 'granted editor, granted admin, revoked admin',
	'each change, and nothing else, is an event');
SELECT is(jerry.drop_role('editor'), true, 'a role that is dropped');
SELECT is(concat(pg_temp.roles_of(:'ada'), pg_temp.roles_of(:'bob')), '', 'is taken from all who have it');
SELECT is(pg_temp.changes_of(:'bob'), 'granted editor, revoked editor', 'with an event for each');
SELECT is(pg_temp.roles(), 'admin/{notes:read}/0', 'and gone');
SELECT is(jerry.grant_role(:'bob', 'admin'), true, 'a user who has a role');
DELETE FROM jerry."user" WHERE id = :'bob';
SELECT is(pg_temp.roles(), 'admin/{notes:read}/0', 'takes it along');

-- ---------- on record ----------

SELECT coalesce(max(id), 0) AS before FROM jerry.audit \gset
SELECT jerry.create_role('clerk'), jerry.create_permission('stamp'), jerry.grant_permission('clerk', 'stamp'),
	jerry.grant_role(:'ada', 'clerk') \g /dev/null
SELECT jerry.create_role('clerk', 'again'), jerry.create_permission('stamp'), jerry.grant_permission('clerk', 'stamp'),
	jerry.grant_role(:'ada', 'clerk') \g /dev/null
SELECT jerry.revoke_role(:'ada', 'clerk'), jerry.revoke_permission('clerk', 'stamp') \g /dev/null
SELECT jerry.revoke_role(:'ada', 'clerk'), jerry.revoke_permission('clerk', 'stamp') \g /dev/null
SELECT jerry.grant_role(:'ada', 'clerk') \g /dev/null
SELECT jerry.drop_role('clerk'), jerry.drop_permission('stamp') \g /dev/null
SELECT jerry.drop_role('clerk'), jerry.drop_permission('stamp') \g /dev/null
SELECT results_eq(format('SELECT concat_ws('' '', action, outcome, actor,
		CASE WHEN user_id IS NOT NULL THEN ''ada'' END, details) FROM jerry.audit WHERE id > %s ORDER BY id', :before),
	ARRAY['role.create OK admin {"role":"clerk"}', 'permission.create OK admin {"permission":"stamp"}',
		'permission.grant OK admin {"role":"clerk","permission":"stamp"}', 'role.grant OK admin ada {"role":"clerk"}',
		'role.revoke OK admin ada {"role":"clerk"}', 'permission.revoke OK admin {"role":"clerk","permission":"stamp"}',
		'role.grant OK admin ada {"role":"clerk"}', 'role.revoke OK admin ada {"role":"clerk"}',
		'role.drop OK admin {"role":"clerk"}', 'permission.drop OK admin {"permission":"stamp"}'],
	'each change is on record, and nothing else');

-- ---------- bounds ----------

SELECT jerry.create_role('r' || n), jerry.grant_role(:'ada', 'r' || n) FROM generate_series(1, 64) AS n \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.roles_of(:'ada')), 64, 'a user can have 64 roles');
SELECT is(pg_temp.outcome(format('SELECT jerry.grant_role(%L, ''admin'')', :'ada')), '54000', 'and no more');
SELECT is(jerry.grant_role(:'ada', 'r1'), false, 'one that he has is no more');
SELECT jerry.create_permission('p' || n), jerry.grant_permission('r1', 'p' || n) FROM generate_series(1, 256) AS n
\g /dev/null
SELECT is((SELECT cardinality(permissions) FROM jerry.list_roles() WHERE role = 'r1'), 256,
	'a role can allow 256 permissions');
SELECT is(pg_temp.outcome('SELECT jerry.grant_permission(''r1'', ''notes:read'')'), '54000', 'and no more');
SELECT is(jerry.grant_permission('r1', 'p1'), false, 'one that it allows is no more');

SELECT * FROM finish();
ROLLBACK;
