/*
 * Last: PostgreSQL lets everybody call a new function.  Here nobody may except those who were granted it above.  tools/join-sql
 * puts in which functions and tables are meant: all, or in an update what is new, so that other grants stay.
 */

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jerry FROM PUBLIC;

-- ALTER DEFAULT PRIVILEGES of whoever installs this may have granted more, to anybody.
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.object,
			CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT pg_catalog.concat('FUNCTION ', p.oid::regprocedure), p.proacl, p.proowner, true FROM pg_catalog.pg_proc AS p
				WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND p.proname OPERATOR(pg_catalog.~) '@FUNCTIONS@'
			UNION ALL SELECT pg_catalog.concat(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 'SEQUENCE ' ELSE 'TABLE ' END, c.oid::regclass),
				c.relacl, c.relowner, false
				FROM pg_catalog.pg_class AS c
				WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relkind IN ('r'::"char", 'S'::"char")
					AND c.relname OPERATOR(pg_catalog.~) '@TABLES@'
			UNION ALL SELECT 'SCHEMA jerry', n.nspacl, n.nspowner, true FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
				AND '@FUNCTIONS@' OPERATOR(pg_catalog.=) ''
		) AS o (object, acl, owner, is_public)
		CROSS JOIN pg_catalog.aclexplode(o.acl) AS a
		WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
			AND NOT (o.is_public AND pg_catalog.pg_get_userbyid(a.grantee) IN ('jerry_api', 'jerry_events', 'jerry_admin'))
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
