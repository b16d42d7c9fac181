-- Functions of the application, by their signature: an OID would be another one after a restore.
CREATE TABLE jerry.hook (
	event text NOT NULL,
	function text NOT NULL,
	position integer NOT NULL,
	owner text NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (event, function)
);
COMMENT ON TABLE jerry.hook IS 'functions that run inside of Jerry''s own; see jerry.add_hook()';
COMMENT ON COLUMN jerry.hook.event IS 'in which of them: register, login, refresh, update_profile, request_deletion';
COMMENT ON COLUMN jerry.hook.function IS 'signature of the function, with its schema';
COMMENT ON COLUMN jerry.hook.position IS 'hooks of one event run in this order, then in that of their names';
COMMENT ON COLUMN jerry.hook.owner IS 'who owned the function when it was added: it runs as this role, or not at all';
COMMENT ON COLUMN jerry.hook.created_at IS 'when it was added';

SELECT pg_catalog.pg_extension_config_dump('jerry.hook', '');
