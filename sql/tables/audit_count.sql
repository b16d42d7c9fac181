-- How much was put on record, for monitoring.  Written by jerry.seal_audit() alone, which reads each row once anyway,
-- so that nobody who puts something on record waits for it.
CREATE TABLE jerry.audit_count (
	action text PRIMARY KEY,
	ok bigint NOT NULL,
	refused bigint NOT NULL
);
COMMENT ON TABLE jerry.audit_count IS
	'how much of each action was put on record and sealed since the installation, as jerry.metrics() tells it';
COMMENT ON COLUMN jerry.audit_count.action IS 'one that contract/audit.txt lists';
COMMENT ON COLUMN jerry.audit_count.ok IS 'how many rows with the outcome OK';
COMMENT ON COLUMN jerry.audit_count.refused IS 'and with another one';

SELECT pg_catalog.pg_extension_config_dump('jerry.audit_count', '');
