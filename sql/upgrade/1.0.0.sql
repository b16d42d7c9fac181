/*
 * 1.0.0 to 1.1.0: what existed and changes.  What is new follows from the topic files, see the Makefile; when 1.1.0 is released, the joined script is
 * frozen in sql/ as that of 1.0.0 is.
 */

DROP TRIGGER signing_key_changed ON jerry.signing_key;
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.signing_key
	FOR EACH ROW EXECUTE FUNCTION jerry.signing_key_changed();
ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;
COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS 'makes a rotated or retired key known everywhere with the commit';

-- These run no SQL: without a definer's rights and a search_path to set they take less time, and are loaded before a parallel query begins.
ALTER FUNCTION jerry.version() SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.health(text, text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.error_code(json) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.unwrap(json) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.me(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.refresh(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.validate_token(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.decode_token(text, text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.verify_token(text) SECURITY INVOKER RESET search_path;

ALTER TABLE jerry.event ADD COLUMN dispatched boolean NOT NULL DEFAULT false;
CREATE INDEX idx_event_undispatched ON jerry.event (id) WHERE NOT dispatched;
COMMENT ON COLUMN jerry.event.dispatched IS 'have the consumers been given it? (jerry.delivery)';
CREATE INDEX idx_session_expires_at ON jerry.session (expires_at);
CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token (expires_at);

