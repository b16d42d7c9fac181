/*
 * PostgreSQL lets everybody call a new function, and ALTER DEFAULT PRIVILEGES of whoever installs this may have granted
 * more, to anybody. Here nobody but the owner is left with anything, and then the grants of all files follow.
 * tools/join-sql puts those behind this, and in here which functions, types and tables are meant: all, or in an update
 * what is new, so that other grants stay.
 */

DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.object,
			CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC'
				ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT pg_catalog.concat('FUNCTION ', p.oid::regprocedure),
				COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner)), p.proowner
				FROM pg_catalog.pg_proc AS p
				WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND @FUNCTIONS@
			UNION ALL SELECT pg_catalog.concat('TYPE ', t.oid::regtype),
				COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner)), t.typowner
				FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.typrelid
				WHERE t.typnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
					AND c.relkind OPERATOR(pg_catalog.=) 'c'::"char"
					AND t.typname OPERATOR(pg_catalog.~) '@TYPES@'
			UNION ALL SELECT pg_catalog.concat(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 'SEQUENCE '
				ELSE 'TABLE ' END, c.oid::regclass),
				c.relacl, c.relowner
				FROM pg_catalog.pg_class AS c
				WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
					AND c.relkind IN ('r'::"char", 'S'::"char")
					AND c.relname OPERATOR(pg_catalog.~) '@TABLES@'
			UNION ALL SELECT 'SCHEMA jerry', n.nspacl, n.nspowner FROM pg_catalog.pg_namespace AS n
			WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
				AND '@TABLES@' OPERATOR(pg_catalog.=) ''
		) AS o (object, acl, owner)
		CROSS JOIN pg_catalog.aclexplode(o.acl) AS a
		WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
