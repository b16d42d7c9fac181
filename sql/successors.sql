/*
 * In an update, behind everything: a function with other arguments than in the last release may be called by those who
 * may call the one before it, whatever an administrator has granted or revoked there.  tools/join-sql puts in the list
 * next/successors.
 */

DO $$
DECLARE
	successor record;
	users text;
	initial aclitem[];
	statement text;
BEGIN
	FOR successor IN SELECT s.mode, s.old::regprocedure::oid AS old, s.new::regprocedure::oid AS new FROM (VALUES
		@SUCCESSORS@
		) AS s (mode, old, new)
	LOOP
		-- Grants of the installation are what a dump has beside the extension: that these come from it is not to be
		-- written down.
		SELECT i.initprivs INTO initial FROM pg_catalog.pg_init_privs AS i
			WHERE i.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::regclass::oid
				AND i.objoid OPERATOR(pg_catalog.=) successor.new;
		FOR statement IN
			WITH grants (object, grantee, grantable) AS (
				SELECT p.oid, a.grantee, a.is_grantable
				FROM pg_catalog.pg_proc AS p
				CROSS JOIN pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
				WHERE p.oid OPERATOR(pg_catalog.=) ANY (ARRAY[successor.old, successor.new])
					AND a.grantee OPERATOR(pg_catalog.<>) p.proowner
			), changes (verb, grantee, rest) AS (
				(SELECT 'REVOKE ALL ON FUNCTION %s FROM %s', g.grantee, '' FROM grants AS g
					WHERE g.object OPERATOR(pg_catalog.=) successor.new
					EXCEPT SELECT 'REVOKE ALL ON FUNCTION %s FROM %s', g.grantee, '' FROM grants AS g
					WHERE g.object OPERATOR(pg_catalog.=) successor.old)
				UNION ALL
				(SELECT 'GRANT EXECUTE ON FUNCTION %s TO %s', g.grantee, CASE WHEN g.grantable THEN ' WITH GRANT OPTION'
					ELSE '' END
					FROM grants AS g WHERE g.object OPERATOR(pg_catalog.=) successor.old
					EXCEPT SELECT 'GRANT EXECUTE ON FUNCTION %s TO %s', g.grantee,
					CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END
					FROM grants AS g WHERE g.object OPERATOR(pg_catalog.=) successor.new)
			)
			SELECT pg_catalog.concat(pg_catalog.format(c.verb, successor.new::regprocedure,
				CASE WHEN c.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC'
					ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.grantee)) END), c.rest)
			FROM changes AS c
		LOOP
			EXECUTE statement;
		END LOOP;
		UPDATE pg_catalog.pg_init_privs AS i SET initprivs = initial
			WHERE i.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::regclass::oid
				AND i.objoid OPERATOR(pg_catalog.=) successor.new
				AND i.initprivs OPERATOR(pg_catalog.<>) initial;

		CONTINUE WHEN successor.mode OPERATOR(pg_catalog.=) 'keep';
		SELECT pg_catalog.string_agg(DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0), ', ') INTO users
			FROM pg_catalog.pg_depend AS d
			WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::regclass::oid
				AND d.refobjid OPERATOR(pg_catalog.=) successor.old;
		IF users IS NOT NULL THEN
			RAISE EXCEPTION '% has one more argument in this version, but % uses the old form',
			successor.old::regprocedure, users
				USING ERRCODE = 'dependent_objects_still_exist',
				HINT = 'Drop what uses it, update, and create it again as it was: the new argument has a default.';
		END IF;
		EXECUTE pg_catalog.format('DROP FUNCTION %s', successor.old::regprocedure);
	END LOOP;
END
$$;
