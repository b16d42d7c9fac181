-- What happened that somebody may have to answer for, appended in the transaction in which it happened.
--
-- Partitioned by month, in a ring of 24: the months of even years and those of odd ones.  All of them are there from
-- the start and are members, so that a dump has their rows, no row is without a place whatever the clock says, and no
-- maintenance waits for a lock on the whole table: a month is dropped by emptying its partition, which nobody writes.
-- By inheritance, as pg_dump -t crashes on a declared partition that is a member.  See
-- docs/decisions/0018-audit-as-a-ring.md.
CREATE TABLE jerry.audit (
	id bigint PRIMARY KEY,
	at timestamptz NOT NULL,
	action text NOT NULL,
	outcome text NOT NULL,
	actor text NOT NULL,
	user_id uuid,
	session_id uuid,
	role text NOT NULL,
	acting_role text,
	ip inet,
	user_agent text,
	request_id text,
	details json,
	CONSTRAINT audit_is_empty CHECK (false) NO INHERIT
);
CREATE SEQUENCE jerry.audit_id_seq;
COMMENT ON TABLE jerry.audit IS
	'what is on record: who did what, when, from where, and with what outcome; rows are added, and none is changed; '
	'they are in a partition for each month, of even years and of odd ones';
COMMENT ON COLUMN jerry.audit.id IS 'ascends in the order of writing, with gaps';
COMMENT ON COLUMN jerry.audit.at IS 'when it happened; its month in UTC is that of the partition';
COMMENT ON COLUMN jerry.audit.action IS 'what happened, as contract/audit.txt lists it: session.login';
COMMENT ON COLUMN jerry.audit.outcome IS 'OK, or the code of the refusal: INVALID_CREDENTIALS';
COMMENT ON COLUMN jerry.audit.actor IS
	'who: user (somebody at the API, for an account), admin (who may manage Jerry), jerry (by itself)';
COMMENT ON COLUMN jerry.audit.user_id IS
	'whose account it is about; NULL: nobody''s, or one that is not there; personal data';
COMMENT ON COLUMN jerry.audit.session_id IS 'the session that it is about; NULL: none; personal data';
COMMENT ON COLUMN jerry.audit.role IS 'the role that has connected to the database';
COMMENT ON COLUMN jerry.audit.acting_role IS 'the role that it had taken by SET ROLE; NULL: none';
COMMENT ON COLUMN jerry.audit.ip IS 'address of the client; NULL: not known; personal data';
COMMENT ON COLUMN jerry.audit.user_agent IS 'what the client calls itself; NULL: not known; personal data';
COMMENT ON COLUMN jerry.audit.request_id IS 'the id under which the caller has logged the request; NULL: not known';
COMMENT ON COLUMN jerry.audit.details IS
	'what else there is to say, as contract/audit.txt lists it; no password, token, key or address; NULL: nothing';

CREATE FUNCTION jerry.guard_audit() RETURNS trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_guard_audit';
COMMENT ON FUNCTION jerry.guard_audit() IS
	'trigger: refuses to change or remove what is on record';
CREATE TRIGGER guard_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON jerry.audit
	FOR EACH STATEMENT EXECUTE FUNCTION jerry.guard_audit();
ALTER TABLE jerry.audit ENABLE ALWAYS TRIGGER guard_audit;
COMMENT ON TRIGGER guard_audit ON jerry.audit IS 'keeps what is on record as it is';

DO $$
DECLARE
	years text;
	month text;
	part text;
	columns record;
BEGIN
	FOR years, month IN SELECT y.years, pg_catalog.to_char(m.month, 'FM00')
		FROM (VALUES ('even'), ('odd')) AS y (years) CROSS JOIN pg_catalog.generate_series(1, 12) AS m (month)
	LOOP
		part := pg_catalog.concat('audit_', years, '_', month);
		EXECUTE pg_catalog.format('CREATE TABLE jerry.%I (PRIMARY KEY (id)) INHERITS (jerry.audit)', part);
		EXECUTE pg_catalog.format('CREATE INDEX idx_%s_user_id ON jerry.%I (user_id, id)', part, part);
		EXECUTE pg_catalog.format('CREATE TRIGGER guard_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON jerry.%I '
			'FOR EACH STATEMENT EXECUTE FUNCTION jerry.guard_audit()', part);
		EXECUTE pg_catalog.format('ALTER TABLE jerry.%I ENABLE ALWAYS TRIGGER guard_audit', part);
		EXECUTE pg_catalog.format('COMMENT ON TRIGGER guard_audit ON jerry.%I IS %L', part,
			'keeps what is on record as it is');
		EXECUTE pg_catalog.format('COMMENT ON TABLE jerry.%I IS %L', part,
			pg_catalog.format('partition of jerry.audit: month %s of %s years', month, years));
		FOR columns IN SELECT a.attname AS name, pg_catalog.col_description(a.attrelid, a.attnum::integer) AS says
			FROM pg_catalog.pg_attribute AS a
			WHERE a.attrelid OPERATOR(pg_catalog.=) 'jerry.audit'::regclass::oid AND a.attnum OPERATOR(pg_catalog.>) 0
			ORDER BY a.attnum
		LOOP
			EXECUTE pg_catalog.format('COMMENT ON COLUMN jerry.%I.%I IS %L', part, columns.name, columns.says);
		END LOOP;
		PERFORM pg_catalog.pg_extension_config_dump(pg_catalog.concat('jerry.', part)::regclass, '');
	END LOOP;
END
$$;

SELECT pg_catalog.pg_extension_config_dump('jerry.audit', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.audit_id_seq', '');
