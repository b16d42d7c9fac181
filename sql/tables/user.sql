CREATE TABLE jerry."user" (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	email varchar(255) NOT NULL,
	password_hash varchar(255) NOT NULL,
	is_email_verified boolean NOT NULL DEFAULT false,
	email_verified_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	banned_until timestamptz,
	ban_reason text,
	deletes_at timestamptz,
	name text,
	phone text,
	locale text,
	metadata jsonb NOT NULL DEFAULT '{}',
	app_metadata jsonb NOT NULL DEFAULT '{}',
	reminders smallint NOT NULL DEFAULT 0
);
-- "C" folds ASCII only, in every database locale the same way: İ and the Kelvin sign stay themselves.
CREATE UNIQUE INDEX idx_user_email ON jerry."user" (pg_catalog.lower(email::text COLLATE pg_catalog."C"));
CREATE INDEX idx_user_created_at ON jerry."user" (created_at, id);
CREATE INDEX idx_user_deletes_at ON jerry."user" (deletes_at) WHERE deletes_at IS NOT NULL;
CREATE INDEX idx_user_unverified ON jerry."user" (updated_at) WHERE NOT is_email_verified AND email_verified_at IS NULL;
CREATE INDEX idx_user_reminders ON jerry."user" (reminders, created_at)
	WHERE NOT is_email_verified AND email_verified_at IS NULL;
COMMENT ON TABLE jerry."user" IS 'one row per account';
COMMENT ON COLUMN jerry."user".id IS 'the user id of every token and answer; the target of foreign keys';
COMMENT ON COLUMN jerry."user".email IS
	'the address as typed, with the part before the @ in normal form C and a non-ASCII domain in its ASCII form; '
	'unique regardless of ASCII case';
COMMENT ON COLUMN jerry."user".password_hash IS
	'bcrypt: $2a$ of the whole password, $2b$ and $2y$, made elsewhere, of its first 72 bytes';
COMMENT ON COLUMN jerry."user".is_email_verified IS 'has the owner of the address redeemed a verification token?';
COMMENT ON COLUMN jerry."user".email_verified_at IS 'when that happened first';
COMMENT ON COLUMN jerry."user".created_at IS 'when the account was registered';
COMMENT ON COLUMN jerry."user".updated_at IS
	'when a function of Jerry last changed the row, or, of an account that was never verified, noted its use; an '
	'UPDATE of yours must set it itself';
COMMENT ON COLUMN jerry."user".banned_until IS
	'until then no password lets the user in (jerry.ban_user); infinity: for good; NULL: there is no ban';
COMMENT ON COLUMN jerry."user".ban_reason IS 'why, in the words of the operator; the user is not told';
COMMENT ON COLUMN jerry."user".deletes_at IS
	'when the user will be deleted, who has asked for it (jerry.request_deletion) and not logged in since; NULL: never';
COMMENT ON COLUMN jerry."user".name IS 'what the user is called; NULL: not said, likewise the next two';
COMMENT ON COLUMN jerry."user".phone IS 'as the user has typed it, in the form of E.164; nobody has proved it';
COMMENT ON COLUMN jerry."user".locale IS 'the language to write to the user in: a tag of BCP 47';
COMMENT ON COLUMN jerry."user".metadata IS 'an object of the user''s own, who changes it: not to be trusted';
COMMENT ON COLUMN jerry."user".app_metadata IS
	'an object of the application''s own (jerry.set_app_metadata), which the user can read';
COMMENT ON COLUMN jerry."user".reminders IS
	'how many times of jerry.reminder_after have come and been dealt with, whether or not that was a mail';

SELECT pg_catalog.pg_extension_config_dump('jerry."user"', '');
