CREATE TABLE jerry.setting (
	name text PRIMARY KEY,
	value text NOT NULL,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.setting IS
	'what jerry.configure() has set in this installation; a row per setting that is not at its default';
COMMENT ON COLUMN jerry.setting.name IS 'name of the setting, as the server shows it: jerry.access_token_ttl';
COMMENT ON COLUMN jerry.setting.value IS
	'its value, which the server''s own settings override (postgresql.conf, ALTER DATABASE, SET)';
COMMENT ON COLUMN jerry.setting.changed_at IS 'when it was set';

CREATE FUNCTION jerry.setting_changed() RETURNS trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_setting_changed';
COMMENT ON FUNCTION jerry.setting_changed() IS
	'trigger: tells every session, also on standbys, to read the settings again with its next call; writes nothing';
-- as the trigger of jerry.signing_key
CREATE TRIGGER setting_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.setting
	FOR EACH ROW EXECUTE FUNCTION jerry.setting_changed();
ALTER TABLE jerry.setting ENABLE ALWAYS TRIGGER setting_changed;
COMMENT ON TRIGGER setting_changed ON jerry.setting IS 'makes a changed setting take effect everywhere with the commit';

SELECT pg_catalog.pg_extension_config_dump('jerry.setting', '');
