/*
 * The schema and the four roles.  Everything below lives in schema jerry and names its schema, so that no search_path
 * can redirect it. Functions that run SQL do so as their owner, with a pinned search_path.  Those that run none (they
 * verify, sign, probe a row by its key, or only compute) look nothing up by a name that a caller could redefine, and
 * take neither: a validation is the cheaper for it. Tables are members of the extension and registered for pg_dump: a
 * restored dump brings every user, session, key and event back. No role but the owner reads them; the functions do,
 * those with SQL as their definer.  Columns are added, never renamed or dropped, within a major version.
 * Statements are plain CREATE: an object that somebody planted under one of our names stops the installation instead of
 * becoming part of it.
 */

DO $$
BEGIN
	IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
		RAISE EXCEPTION 'extension jerry needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
			HINT = 'Create the database with ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
END
$$;

CREATE SCHEMA jerry;
COMMENT ON SCHEMA jerry IS 'Jerry: authentication that lives in the database';

-- Roles belong to the server, not to the database: another database, or a restored dump, may have brought them already.
-- Somebody who may make roles can have planted them: with LOGIN and a password such a role is an administrator of
-- Jerry, and never was made by Jerry.  Members are what a server with Jerry in another database has, too: they are
-- told.
DO $$
DECLARE
	role_name name;
	attribute text;
	members text;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin']::name[] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
		SELECT CASE WHEN rolcanlogin THEN 'LOGIN' WHEN rolsuper THEN 'SUPERUSER' WHEN rolcreaterole THEN 'CREATEROLE'
			WHEN rolreplication THEN 'REPLICATION' WHEN rolbypassrls THEN 'BYPASSRLS' END INTO attribute
			FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) role_name;
		IF attribute IS NOT NULL THEN
			RAISE EXCEPTION 'role % exists and has %', pg_catalog.quote_ident(role_name), attribute
				USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'Whoever created it would have the rights that Jerry gives this role.',
				HINT = pg_catalog.format(
					'If it is yours: ALTER ROLE %I NOLOGIN PASSWORD NULL NOSUPERUSER NOCREATEROLE NOREPLICATION '
					'NOBYPASSRLS;', role_name);
		END IF;
	END LOOP;
	SELECT pg_catalog.string_agg(pg_catalog.format('%s in %s%s', pg_catalog.pg_get_userbyid(m.member),
		pg_catalog.pg_get_userbyid(m.roleid),
			CASE WHEN m.admin_option THEN ' with ADMIN OPTION' ELSE '' END), ', ') INTO members
		FROM pg_catalog.pg_auth_members AS m
		WHERE pg_catalog.pg_get_userbyid(m.roleid) IN ('jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin')
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.oid OPERATOR(pg_catalog.=) m.member
				AND s.rolsuper)
			AND (m.admin_option OR pg_catalog.pg_get_userbyid(m.roleid) OPERATOR(pg_catalog.=) 'jerry_admin');
	IF members IS NOT NULL THEN
		RAISE WARNING 'roles of Jerry exist and have members: %', members
			USING HINT = 'They have these rights here too. If that is not intended, REVOKE them.';
	END IF;
END
$$;

GRANT USAGE ON SCHEMA jerry TO jerry_api, jerry_events, jerry_hooks, jerry_admin;
