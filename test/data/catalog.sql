/*
 * Everything that the catalog says about the extension, one line each, in an order that does not depend on how it came
 * about: two installations of one version print the same.
 */
\set QUIET on
SET search_path = pg_catalog;

CREATE TEMPORARY VIEW member AS
	SELECT classid, objid FROM pg_depend
	WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry');
CREATE TEMPORARY VIEW relation AS SELECT pg_class.* FROM pg_class WHERE relnamespace = 'jerry'::regnamespace;
CREATE FUNCTION pg_temp.acl(acl aclitem[]) RETURNS text RETURN (
	SELECT string_agg(concat_ws(' ', grantee::regrole, privilege_type, CASE WHEN is_grantable THEN 'grantable' END),
		', '
		ORDER BY grantee::regrole::text, privilege_type)
	FROM aclexplode(acl));

SELECT concat_ws('|', 'extension', extname, extversion, extrelocatable, extnamespace::regnamespace,
	obj_description(oid, 'pg_extension')) FROM pg_extension WHERE extname = 'jerry';
SELECT concat_ws('|', 'needs', refobj.extname) FROM pg_depend JOIN pg_extension AS refobj ON refobj.oid = refobjid
WHERE classid = 'pg_extension'::regclass AND refclassid = 'pg_extension'::regclass
AND objid = (SELECT oid FROM pg_extension WHERE extname = 'jerry');
SELECT concat_ws('|', 'dumped', c.table_id::regclass, c.condition)
FROM pg_extension, unnest(extconfig, extcondition) AS c (table_id, condition) WHERE extname = 'jerry' ORDER BY 1;
SELECT concat_ws('|', 'member', type, identity) FROM member, pg_identify_object(classid, objid, 0) ORDER BY 1;

SELECT concat_ws('|', 'schema', nspname, nspowner::regrole, pg_temp.acl(nspacl), obj_description(oid, 'pg_namespace'))
	FROM pg_namespace WHERE nspname = 'jerry';
SELECT concat_ws('|', 'relation', relname, relkind,
	(SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = relation.oid), relpersistence, relowner::regrole,
	relrowsecurity, relforcerowsecurity, reloptions, relreplident,
	pg_temp.acl(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))),
	obj_description(oid, 'pg_class')) FROM relation ORDER BY 1;
SELECT concat_ws('|', 'column', relname, lpad(row_number() OVER (PARTITION BY attrelid ORDER BY attnum)::text, 3),
	attname, format_type(atttypid, atttypmod),
	attcollation::regcollation, attnotnull, attidentity, attgenerated, attstorage, attcompression, pg_temp.acl(attacl),
	pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
FROM relation JOIN pg_attribute ON attrelid = relation.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v', 'S', 'c') ORDER BY 1;
SELECT concat_ws('|', 'sequence', relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax,
	seqcache, seqcycle)
FROM relation JOIN pg_sequence ON seqrelid = relation.oid ORDER BY 1;
SELECT concat_ws('|', 'type', typname, typowner::regrole, pg_temp.acl(coalesce(typacl, acldefault('T', typowner))),
	obj_description(oid, 'pg_type'))
FROM pg_type WHERE typnamespace = 'jerry'::regnamespace AND typelem = 0 ORDER BY 1;
SELECT concat_ws('|', 'index', pg_get_indexdef(indexrelid), indisvalid, indisready, indisprimary, indisclustered,
	indisreplident)
FROM relation JOIN pg_index ON indexrelid = relation.oid ORDER BY 1;
SELECT concat_ws('|', 'constraint', conrelid::regclass, conname, contype, condeferrable, condeferred, convalidated,
	pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
FROM pg_constraint WHERE connamespace = 'jerry'::regnamespace ORDER BY 1;
SELECT concat_ws('|', 'trigger', pg_get_triggerdef(pg_trigger.oid), tgenabled,
	obj_description(pg_trigger.oid, 'pg_trigger'))
FROM pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal ORDER BY 1;
SELECT concat_ws('|', 'event trigger', evtname, evtevent, evtowner::regrole, evtfoid::regprocedure, evtenabled, evttags,
	obj_description(oid, 'pg_event_trigger'))
FROM pg_event_trigger WHERE oid IN (SELECT objid FROM member WHERE classid = 'pg_event_trigger'::regclass) ORDER BY 1;
SELECT translate(concat_ws('|', 'function', pg_get_functiondef(oid), probin, prosrc, proowner::regrole,
	pg_temp.acl(proacl), obj_description(oid, 'pg_proc')), E'\n', ' ')
FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace ORDER BY 1;
SELECT concat_ws('|', 'policy, rule or type', t) FROM (
	SELECT concat_ws('|', polname, polrelid::regclass) FROM pg_policy JOIN relation ON relation.oid = polrelid
	UNION ALL SELECT concat_ws('|', rulename, ev_class::regclass) FROM pg_rewrite
	JOIN relation ON relation.oid = ev_class
	UNION ALL SELECT format_type(oid, NULL) FROM pg_type WHERE typnamespace = 'jerry'::regnamespace) AS o (t)
	ORDER BY 1;
-- what pg_dump takes for the extension's own grants, and leaves out
SELECT concat_ws('|', 'initial privileges', type, identity, pg_temp.acl(initprivs))
FROM pg_init_privs, pg_identify_object(classoid, objoid, objsubid) WHERE (classoid, objoid) IN (SELECT * FROM member)
ORDER BY 1;
