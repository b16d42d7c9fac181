/*
 * Last, as in privileges.sql, but for what is new in 1.1.0: what an administrator has granted on the rest is not taken back.
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
				WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND p.proname IN ('claim_events', 'ack_events', 'replay_events',
					'remove_consumer', 'maintain', 'authenticate', 'uid', 'claims', 'guard_users', 'doctor')
			UNION ALL SELECT pg_catalog.concat(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 'SEQUENCE ' ELSE 'TABLE ' END, c.oid::regclass),
				c.relacl, c.relowner, false
				FROM pg_catalog.pg_class AS c
				WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relname IN ('consumer', 'delivery')
		) AS o (object, acl, owner, is_public)
		CROSS JOIN pg_catalog.aclexplode(o.acl) AS a
		WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
			AND NOT (o.is_public AND pg_catalog.pg_get_userbyid(a.grantee) IN ('jerry_api', 'jerry_events', 'jerry_admin'))
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
