-- jerry.has_role and jerry.has_permission: what the transaction's identity has and may do
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('ada@example.com') AS ada, pg_temp.new_user('bob@example.com') AS bob \gset
SELECT jerry.create_role('editor'), jerry.create_role('admin'), jerry.create_permission('notes:read'),
	jerry.create_permission('notes:write'), jerry.create_permission('notes:delete') \g /dev/null
SELECT jerry.grant_permission('editor', 'notes:read'), jerry.grant_permission('editor', 'notes:write'),
	jerry.grant_role(:'ada', 'editor') \g /dev/null
SELECT pg_temp.log_in('ada@example.com')->>'access_token' AS ada_token,
	pg_temp.log_in('bob@example.com')->>'access_token' AS bob_token \gset

SELECT pg_temp.declared('has_role(text)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'r',
	strict => true, call => 'SELECT jerry.has_role(''x'')',
	reason => 'the identity is in the memory of the leader, and a statement has one');
SELECT pg_temp.declared('has_permission(text)', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'r',
	strict => true, call => 'SELECT jerry.has_permission(''x'')',
	reason => 'the identity is in the memory of the leader, and a statement has one');

-- editor, admin; notes:read, notes:write, notes:delete
CREATE FUNCTION pg_temp.has() RETURNS text
	RETURN concat_ws(' ',
		(SELECT string_agg(name, ',') FROM unnest(ARRAY['editor', 'admin']) AS name WHERE jerry.has_role(name)),
		(SELECT string_agg(name, ',') FROM unnest(ARRAY['notes:read', 'notes:write', 'notes:delete']) AS name
			WHERE jerry.has_permission(name)));
CREATE FUNCTION pg_temp.has_as(token text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.authenticate(token);
	RETURN pg_temp.has();
END
$$;

SELECT is(pg_temp.has(), '', 'without an identity there is no role');
SELECT is(jerry.has_role('editor'), false, 'which is false');
SELECT is(jerry.has_permission('notes:read'), false, 'and no permission');
SELECT is(pg_temp.has_as(:'ada_token'), 'editor notes:read,notes:write', 'an identity has what its token says');
SELECT is(jerry.has_role(NULL), NULL, 'NULL is no role');
SELECT is(jerry.has_role(name), false, format('nor is %L', left(name, 9)))
FROM unnest(ARRAY['', 'edito', 'editor ', 'Editor', 'notes:read', '*', repeat('editor', 10000)]) AS name;
SELECT is(pg_temp.has_as(:'bob_token'), '', 'somebody else has nothing');
SELECT is(pg_temp.has_as(:'ada_token'), 'editor notes:read,notes:write', 'each has their own');
SELECT is(pg_temp.has_as('x'), '', 'a token that is not valid leaves nothing');

SELECT jerry.authenticate(:'bob_token') \g /dev/null
SAVEPOINT one;
SELECT is(pg_temp.has_as(:'ada_token'), 'editor notes:read,notes:write', 'roles of a savepoint');
ROLLBACK TO SAVEPOINT one;
SELECT is(pg_temp.has(), '', 'go with it');

-- ---------- as the token says, or as it is ----------

SELECT jerry.revoke_role(:'ada', 'editor'), jerry.grant_role(:'bob', 'editor') \g /dev/null
SELECT is(pg_temp.has_as(:'ada_token'), 'editor notes:read,notes:write', 'a token goes on saying what it says');
SELECT is(pg_temp.has_as(:'bob_token'), '', 'and no more');
SET LOCAL jerry.live_roles = on;
SELECT is(pg_temp.has(), '', 'an identity keeps what it had when it was authenticated');
SELECT is(pg_temp.has_as(:'ada_token'), '', 'with jerry.live_roles a role that was revoked is gone at once');
SELECT is(pg_temp.has_as(:'bob_token'), 'editor notes:read,notes:write', 'and one that was granted is there');
SELECT jerry.grant_permission('editor', 'notes:delete'), jerry.revoke_permission('editor', 'notes:write') \g /dev/null
SELECT is(pg_temp.has_as(:'bob_token'), 'editor notes:read,notes:delete', 'so it is with permissions');
SET LOCAL jerry.live_roles = off;

-- ---------- tokens of all kinds ----------

SELECT pg_temp.share_key() AS kid \gset
CREATE FUNCTION pg_temp.has_with(who uuid, claims text) RETURNS text
	RETURN pg_temp.has_as(jerry.create_access_token(format('{"sub":"%s"%s}', who, claims)::json));
SELECT is(pg_temp.has_with(:'bob', claims), expected, name)
FROM (VALUES
	('', '', 'a token of another service says no roles'),
	(',"roles":["admin"],"permissions":["notes:write"]', 'admin notes:write', 'or says its own'),
	(',"roles":["editor"]', 'editor notes:read,notes:delete', 'roles alone have the permissions that they have here'),
	(',"roles":["editor"],"permissions":[]', 'editor', 'unless it says that there are none'),
	(',"permissions":["notes:write"]', 'notes:write', 'permissions need no role'),
	(',"roles":"editor"', '', 'a text is no list'),
	(',"roles":{"editor":"editor"}', '', 'nor is an object'),
	(',"roles":[["editor"]],"permissions":[["notes:read"]]', '', 'nor is a list within one'),
	(',"roles":[null,1,true,{"editor":1},"admin"],"permissions":[]', 'admin', 'what is no text is none of them'),
	(',"groups":["editor"]', '', 'nor what has another name'),
	(',"roles":["editor","editor"],"permissions":null', 'editor notes:read,notes:delete', 'what comes twice is there')
) AS t (claims, expected, name);
SELECT is(jerry.has_role('admin'), false, 'nothing of it stays');

-- ---------- who may ask, and where ----------

SELECT jerry.grant_role(:'ada', 'editor') \g /dev/null
SELECT pg_temp.log_in('ada@example.com')->>'access_token' AS ada_token \gset
SELECT jerry.authenticate(:'ada_token') \g /dev/null
SELECT is(pg_temp.outcome('SELECT jerry.has_role(''editor'')', 'jerry_api'), 'true',
	'an application''s role asks after roles');
SELECT is(pg_temp.outcome('SELECT jerry.has_permission(''notes:read'')', 'jerry_api'), 'true', 'and permissions');
CREATE TABLE public.draft (n integer);
INSERT INTO public.draft VALUES (1);
GRANT SELECT, DELETE ON public.draft TO jerry_api;
ALTER TABLE public.draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON public.draft FOR SELECT USING (jerry.has_permission('notes:read'));
CREATE POLICY admins ON public.draft FOR DELETE USING (jerry.has_role('admin'));
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.draft', 'jerry_api'), '1', 'a policy lets those pass who may');
SELECT is(pg_temp.outcome('WITH d AS (DELETE FROM public.draft RETURNING 1) SELECT count(*) FROM d', 'jerry_api'), '0',
	'another does not');
SELECT jerry.authenticate(:'bob_token') \g /dev/null
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.draft', 'jerry_api'), '0', 'nor others');

-- workers compare with what the leader knows
CREATE TABLE public.jerry_test_large AS SELECT n FROM generate_series(1, 20000) AS n;
ALTER TABLE public.jerry_test_large SET (parallel_workers = 2);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
ANALYZE public.jerry_test_large;
SELECT jerry.authenticate(:'ada_token') \g /dev/null
SELECT is((SELECT count(*)::int FROM public.jerry_test_large WHERE jerry.has_role('editor')), 20000,
	'a large table is read as whom it is');
SELECT is((SELECT count(*)::int FROM public.jerry_test_large WHERE (SELECT jerry.has_permission('notes:read'))), 20000,
	'also by workers');

SELECT * FROM finish();
ROLLBACK;
