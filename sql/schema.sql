/*
 * The schema and the three roles.  Everything below lives in schema jerry and names its schema, so that no search_path can redirect it.
 * Functions that run SQL do so as their owner, with a pinned search_path.  Those that run none (they verify, sign, probe a row by its key, or only compute)
 * look nothing up by a name that a caller could redefine, and take neither: a validation is the cheaper for it.
 * Tables are members of the extension and registered for pg_dump: a restored dump brings every user, session, key and event back.
 * No role but the owner reads them; the functions do, those with SQL as their definer.  Columns are added, never renamed or dropped,
 * within a major version.
 * Statements are plain CREATE: an object that somebody planted under one of our names stops the installation instead of becoming part of it.
 */

DO $$
BEGIN
	IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
		RAISE EXCEPTION 'extension jerry needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported', HINT = 'Create the database with ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
END
$$;

CREATE SCHEMA jerry;
COMMENT ON SCHEMA jerry IS 'Jerry: authentication that lives in the database';

-- Roles belong to the server, not to the database: another database, or a restored dump, may have brought them already.
DO $$
DECLARE
	role_name name;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['jerry_api', 'jerry_events', 'jerry_admin']::name[] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$$;

GRANT USAGE ON SCHEMA jerry TO jerry_api, jerry_events, jerry_admin;
