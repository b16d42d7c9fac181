-- the tables: what foreign keys, dumps and other programs rely on
BEGIN;
\ir setup.psql

-- every object name without a schema would read as one of the search_path
SET LOCAL search_path = public;

CREATE FUNCTION pg_temp.columns(table_name text) RETURNS text
	RETURN (
		SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod),
			CASE WHEN attnotnull THEN 'NOT NULL' END,
			CASE attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' END,
			'DEFAULT ' || pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
		FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		WHERE attrelid = table_name::regclass AND attnum > 0 AND NOT attisdropped
	);

SELECT set_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'jerry'::regnamespace
	AND relkind NOT IN ('i', 'S', 'c') AND relname !~ '^audit_(even|odd)_' $$,
	ARRAY['user', 'session', 'one_time_token', 'signing_key', 'event', 'consumer', 'delivery', 'setting', 'audit',
		'audit_seal', 'audit_count', 'common_password', 'common_password_source', 'rate_limit', 'rate_bucket',
		'installation_secret', 'role', 'permission', 'role_permission', 'user_role', 'hook', 'webhook',
		'webhook_secret', 'webhook_delivery', 'totp', 'recovery_code'],
	'these are the tables, and there is no view');

SELECT is(pg_temp.columns(table_name), columns, table_name || ' has these columns, in this order')
FROM (VALUES
	('jerry.user',
		'id uuid NOT NULL DEFAULT gen_random_uuid(), email character varying(255) NOT NULL, '
		'password_hash character varying(255) NOT NULL, '
		'is_email_verified boolean NOT NULL DEFAULT false, email_verified_at timestamp with time zone, '
		'created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at timestamp with time zone '
			'NOT NULL DEFAULT CURRENT_TIMESTAMP, banned_until timestamp with time zone, ban_reason text, '
			'deletes_at timestamp with time zone, '
		'name text, phone text, locale text, '
		'metadata jsonb NOT NULL DEFAULT ''{}''::jsonb, app_metadata jsonb NOT NULL DEFAULT ''{}''::jsonb, '
		'reminders smallint NOT NULL DEFAULT 0'),
	('jerry.session', 'id uuid NOT NULL, user_id uuid NOT NULL, refresh_jti uuid NOT NULL, ip inet, user_agent text, '
		'created_at timestamp with time zone NOT NULL, expires_at timestamp with time zone NOT NULL, '
			'revoked_at timestamp with time zone, revoked_for text, '
			'last_used_at timestamp with time zone, last_used_ip inet, generation bigint NOT NULL DEFAULT 0, '
			'previous_jti uuid, rotated_at timestamp with time zone, confirmed boolean NOT NULL DEFAULT false, '
			'suspect boolean NOT NULL DEFAULT false, previous_suspect boolean NOT NULL DEFAULT false, '
			'aal smallint NOT NULL DEFAULT 1, amr text[], authenticated_at timestamp with time zone, '
			'previous_void boolean NOT NULL DEFAULT false'),
	('jerry.one_time_token',
		'token_hash bytea NOT NULL, purpose text NOT NULL, user_id uuid, created_at timestamp with time zone '
		'NOT NULL, '
		'expires_at timestamp with time zone NOT NULL, email text, data jsonb, '
		'tries smallint NOT NULL DEFAULT 0'),
	('jerry.signing_key',
		'kid text NOT NULL, algorithm text NOT NULL, secret bytea, status text NOT NULL, imported boolean NOT NULL, '
		'created_at timestamp with time zone NOT NULL, public_key bytea, '
		'status_at timestamp with time zone NOT NULL DEFAULT now(), sealed_secret bytea'),
	('jerry.event', 'id bigint NOT NULL GENERATED ALWAYS AS IDENTITY, event_type text NOT NULL, payload json NOT NULL, '
		'created_at timestamp with time zone NOT NULL, dispatched boolean NOT NULL DEFAULT false, consumers text[]'),
	('jerry.consumer', 'name text NOT NULL, created_at timestamp with time zone NOT NULL, owner text, '
		'complete boolean NOT NULL DEFAULT true, seen int8multirange, horizon pg_snapshot'),
	('jerry.delivery',
		'consumer text NOT NULL, event_id bigint NOT NULL, claimable_at timestamp with time zone NOT NULL, '
		'attempts integer NOT NULL, rejected_at timestamp with time zone, reason text'),
	('jerry.webhook', 'id uuid NOT NULL, url text NOT NULL, event_types text[], '
		'created_at timestamp with time zone NOT NULL, disabled_at timestamp with time zone, disabled_for text, '
		'last_try_at timestamp with time zone, last_success_at timestamp with time zone, last_status integer, '
		'last_reason text, failing_since timestamp with time zone, failures integer NOT NULL DEFAULT 0, '
		'paused_until timestamp with time zone'),
	('jerry.webhook_secret', 'id uuid NOT NULL, webhook_id uuid NOT NULL, secret bytea, sealed_secret bytea, '
		'created_at timestamp with time zone NOT NULL, expires_at timestamp with time zone'),
	('jerry.webhook_delivery', 'id uuid NOT NULL, webhook_id uuid NOT NULL, message_id text NOT NULL, '
		'event_type text NOT NULL, body text NOT NULL, created_at timestamp with time zone NOT NULL, '
		'due_at timestamp with time zone NOT NULL, leased boolean NOT NULL DEFAULT false, '
		'attempts integer NOT NULL DEFAULT 0, failed_at timestamp with time zone, status integer, reason text'),
	('jerry.totp', 'user_id uuid NOT NULL, id uuid NOT NULL, secret bytea, sealed_secret bytea, '
		'created_at timestamp with time zone NOT NULL, activated_at timestamp with time zone, '
		'last_step bigint NOT NULL'),
	('jerry.recovery_code', 'user_id uuid NOT NULL, code_hash text NOT NULL, '
		'created_at timestamp with time zone NOT NULL'),
	('jerry.setting', 'name text NOT NULL, value text NOT NULL, changed_at timestamp with time zone NOT NULL'),
	('jerry.common_password', 'bucket integer NOT NULL, hashes bytea NOT NULL'),
	('jerry.common_password_source', 'source text NOT NULL, form text NOT NULL, min_count integer NOT NULL, '
		'passwords bigint NOT NULL, skipped bigint NOT NULL, loaded_at timestamp with time zone NOT NULL, '
		'loaded_by text NOT NULL'),
	('jerry.rate_limit', 'name text NOT NULL, quantity integer NOT NULL, seconds integer NOT NULL, '
		'burst integer NOT NULL, changed_at timestamp with time zone NOT NULL'),
	('jerry.rate_bucket', 'id uuid NOT NULL, account uuid, network uuid, full_until timestamp with time zone NOT NULL'),
	('jerry.installation_secret', 'secret bytea NOT NULL'),
	('jerry.role', 'name text NOT NULL, description text, created_at timestamp with time zone NOT NULL'),
	('jerry.permission', 'name text NOT NULL, description text, created_at timestamp with time zone NOT NULL'),
	('jerry.role_permission', 'role text NOT NULL, permission text NOT NULL, '
		'granted_at timestamp with time zone NOT NULL'),
	('jerry.hook', 'event text NOT NULL, function text NOT NULL, position integer NOT NULL, owner text NOT NULL, '
		'created_at timestamp with time zone NOT NULL'),
	('jerry.user_role', 'user_id uuid NOT NULL, role text NOT NULL, granted_at timestamp with time zone NOT NULL'),
	('jerry.audit',
		'id bigint NOT NULL, at timestamp with time zone NOT NULL, action text NOT NULL, outcome text NOT NULL, '
		'actor text NOT NULL, user_id uuid, session_id uuid, role text NOT NULL, acting_role text, ip inet, '
		'user_agent text, request_id text, details json'),
	('jerry.audit_seal',
		'id bigint NOT NULL, sealed_at timestamp with time zone NOT NULL, first_id bigint NOT NULL, '
		'last_id bigint NOT NULL, row_count integer NOT NULL, month date NOT NULL, entries bytea NOT NULL, '
		'previous bytea NOT NULL, hash bytea NOT NULL'),
	('jerry.audit_count', 'action text NOT NULL, ok bigint NOT NULL, refused bigint NOT NULL')
) AS t (table_name, columns);

SELECT results_eq(
	$$ SELECT concat(tablename, ': ', indexdef) COLLATE "default" FROM pg_indexes WHERE schemaname = 'jerry'
		AND tablename !~ '^audit_(even|odd)_'
		ORDER BY indexname COLLATE "C" $$,
	ARRAY[
		'audit_count: CREATE UNIQUE INDEX audit_count_pkey ON jerry.audit_count USING btree (action)',
		'audit: CREATE UNIQUE INDEX audit_pkey ON jerry.audit USING btree (id)',
		'audit_seal: CREATE UNIQUE INDEX audit_seal_pkey ON jerry.audit_seal USING btree (id)',
		'common_password: CREATE UNIQUE INDEX common_password_pkey ON jerry.common_password USING btree (bucket)',
		'common_password_source: CREATE UNIQUE INDEX common_password_source_pkey ON jerry.common_password_source '
			'USING btree (source)',
		'consumer: CREATE UNIQUE INDEX consumer_pkey ON jerry.consumer USING btree (name)',
		'delivery: CREATE UNIQUE INDEX delivery_pkey ON jerry.delivery USING btree (consumer, event_id)',
		'event: CREATE UNIQUE INDEX event_pkey ON jerry.event USING btree (id)',
		'hook: CREATE UNIQUE INDEX hook_pkey ON jerry.hook USING btree (event, function)',
		'audit_seal: CREATE INDEX idx_audit_seal_whole ON jerry.audit_seal USING btree (last_id) '
			'WHERE (length(entries) <> 32)',
		'delivery: CREATE INDEX idx_delivery_event_id ON jerry.delivery USING btree (event_id)',
		'delivery: CREATE INDEX idx_delivery_rejected ON jerry.delivery USING btree (consumer, event_id) '
			'WHERE (rejected_at IS NOT NULL)',
		'event: CREATE INDEX idx_event_undispatched ON jerry.event USING btree (id) WHERE (NOT dispatched)',
		'one_time_token: CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token USING btree (expires_at)',
		'one_time_token: CREATE INDEX idx_one_time_token_kept_email ON jerry.one_time_token '
			'USING btree (lower((email COLLATE "C"))) WHERE (purpose = ''email_undo''::text)',
		'one_time_token: CREATE UNIQUE INDEX idx_one_time_token_newcomer ON jerry.one_time_token '
			'USING btree (lower((email COLLATE "C"))) WHERE (user_id IS NULL)',
		'one_time_token: CREATE UNIQUE INDEX idx_one_time_token_purpose ON jerry.one_time_token '
			'USING btree (user_id, purpose) WHERE (purpose <> ''mfa''::text)',
		'one_time_token: CREATE INDEX idx_one_time_token_user_id ON jerry.one_time_token USING btree (user_id)',
		'role_permission: CREATE INDEX idx_role_permission_permission ON jerry.role_permission '
			'USING btree (permission)',
		'session: CREATE INDEX idx_session_expires_at ON jerry.session USING btree (expires_at)',
		'session: CREATE INDEX idx_session_last_used ON jerry.session USING btree (COALESCE(last_used_at, created_at)) '
			'WHERE (revoked_at IS NULL)',
		'session: CREATE INDEX idx_session_user_id ON jerry.session USING btree (user_id)',
		'signing_key: CREATE UNIQUE INDEX idx_signing_key_active ON jerry.signing_key '
			'USING btree (((algorithm = ''HS256''::text))) '
			'WHERE (status = ''active''::text)',
		'totp: CREATE INDEX idx_totp_unactivated ON jerry.totp USING btree (created_at) WHERE (activated_at IS NULL)',
		'user: CREATE INDEX idx_user_created_at ON jerry."user" USING btree (created_at, id)',
		'user: CREATE INDEX idx_user_deletes_at ON jerry."user" USING btree (deletes_at) '
			'WHERE (deletes_at IS NOT NULL)',
		'user: CREATE UNIQUE INDEX idx_user_email ON jerry."user" USING btree (lower(((email)::text COLLATE "C")))',
		'user: CREATE INDEX idx_user_reminders ON jerry."user" USING btree (reminders, created_at) '
			'WHERE ((NOT is_email_verified) AND (email_verified_at IS NULL))',
		'user_role: CREATE INDEX idx_user_role_role ON jerry.user_role USING btree (role)',
		'user: CREATE INDEX idx_user_unverified ON jerry."user" USING btree (updated_at) '
			'WHERE ((NOT is_email_verified) AND (email_verified_at IS NULL))',
		'webhook_delivery: CREATE INDEX idx_webhook_delivery_due ON jerry.webhook_delivery '
			'USING btree (webhook_id, due_at) WHERE (failed_at IS NULL)',
		'webhook_delivery: CREATE INDEX idx_webhook_delivery_failed ON jerry.webhook_delivery USING btree (failed_at) '
			'WHERE (failed_at IS NOT NULL)',
		'webhook_delivery: CREATE INDEX idx_webhook_delivery_leased ON jerry.webhook_delivery USING btree (webhook_id) '
			'WHERE leased',
		'webhook_delivery: CREATE UNIQUE INDEX idx_webhook_delivery_message ON jerry.webhook_delivery '
			'USING btree (webhook_id, message_id)',
		'webhook_secret: CREATE INDEX idx_webhook_secret_webhook_id ON jerry.webhook_secret USING btree (webhook_id)',
		'one_time_token: CREATE UNIQUE INDEX one_time_token_pkey ON jerry.one_time_token USING btree (token_hash)',
		'permission: CREATE UNIQUE INDEX permission_pkey ON jerry.permission USING btree (name)',
		'rate_bucket: CREATE UNIQUE INDEX rate_bucket_pkey ON jerry.rate_bucket USING btree (id)',
		'rate_limit: CREATE UNIQUE INDEX rate_limit_pkey ON jerry.rate_limit USING btree (name)',
		'recovery_code: CREATE UNIQUE INDEX recovery_code_pkey ON jerry.recovery_code USING btree (user_id, code_hash)',
		'role_permission: CREATE UNIQUE INDEX role_permission_pkey ON jerry.role_permission '
			'USING btree (role, permission)',
		'role: CREATE UNIQUE INDEX role_pkey ON jerry.role USING btree (name)',
		'session: CREATE UNIQUE INDEX session_pkey ON jerry.session USING btree (id)',
		'setting: CREATE UNIQUE INDEX setting_pkey ON jerry.setting USING btree (name)',
		'signing_key: CREATE UNIQUE INDEX signing_key_pkey ON jerry.signing_key USING btree (kid)',
		'totp: CREATE UNIQUE INDEX totp_pkey ON jerry.totp USING btree (user_id)',
		'user: CREATE UNIQUE INDEX user_pkey ON jerry."user" USING btree (id)',
		'user_role: CREATE UNIQUE INDEX user_role_pkey ON jerry.user_role USING btree (user_id, role)',
		'webhook_delivery: CREATE UNIQUE INDEX webhook_delivery_pkey ON jerry.webhook_delivery USING btree (id)',
		'webhook: CREATE UNIQUE INDEX webhook_pkey ON jerry.webhook USING btree (id)',
		'webhook_secret: CREATE UNIQUE INDEX webhook_secret_pkey ON jerry.webhook_secret USING btree (id)'
	], 'these are the indexes');
SELECT is(string_agg(DISTINCT replace(indexdef, tablename, 'PART'), '; '),
	'CREATE INDEX idx_PART_user_id ON jerry.PART USING btree (user_id, id); '
	'CREATE UNIQUE INDEX PART_pkey ON jerry.PART USING btree (id)', 'and those of the partitions')
FROM pg_indexes WHERE schemaname = 'jerry' AND tablename ~ '^audit_(even|odd)_';
SELECT is(string_agg(DISTINCT pg_temp.columns(oid::regclass::text), ';'), pg_temp.columns('jerry.audit'),
	'which have the same columns')
FROM pg_class WHERE relnamespace = 'jerry'::regnamespace AND relname ~ '^audit_(even|odd)_[0-9]+$';

SELECT results_eq(
	$$ SELECT conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'jerry'::regnamespace AND contype = 'f' ORDER BY 1 $$,
	ARRAY[
		'jerry.delivery: FOREIGN KEY (event_id) REFERENCES jerry.event(id)',
		'jerry.one_time_token: FOREIGN KEY (user_id) REFERENCES jerry."user"(id) ON DELETE CASCADE',
		'jerry.recovery_code: FOREIGN KEY (user_id) REFERENCES jerry."user"(id) ON DELETE CASCADE',
		'jerry.role_permission: FOREIGN KEY (permission) REFERENCES jerry.permission(name) ON DELETE CASCADE',
		'jerry.role_permission: FOREIGN KEY (role) REFERENCES jerry.role(name) ON DELETE CASCADE',
		'jerry.session: FOREIGN KEY (user_id) REFERENCES jerry."user"(id) ON DELETE CASCADE',
		'jerry.totp: FOREIGN KEY (user_id) REFERENCES jerry."user"(id) ON DELETE CASCADE',
		'jerry.user_role: FOREIGN KEY (role) REFERENCES jerry.role(name) ON DELETE CASCADE',
		'jerry.user_role: FOREIGN KEY (user_id) REFERENCES jerry."user"(id) ON DELETE CASCADE',
		'jerry.webhook_secret: FOREIGN KEY (webhook_id) REFERENCES jerry.webhook(id) ON DELETE CASCADE'
	], 'what belongs to a user goes with it; an event that is to be delivered stays');

SELECT throws_ok(format('INSERT INTO jerry.consumer VALUES (%L, now())', name), '23514', NULL,
	format('a consumer cannot be named %L', left(name, 10)))
FROM unnest(ARRAY['', 'a b', 'a/b', E'a\n', U&'\00E9', repeat('a', 65)]) AS name;

SELECT throws_ok(format('INSERT INTO jerry.%s VALUES (%L, NULL, now())', what, name), '23514', NULL,
	format('a %s cannot be named %L', what, left(name, 10)))
FROM unnest(ARRAY['role', 'permission']) AS what,
	unnest(ARRAY['', 'a b', '*', E'a\t', U&'\00E9', repeat('a', 65)]) AS name;
SELECT set_eq($$ SELECT attrelid::regclass::text, attname::text FROM pg_attribute
	WHERE attrelid IN ('jerry.role'::regclass, 'jerry.permission'::regclass, 'jerry.role_permission'::regclass,
		'jerry.user_role'::regclass) AND attcollation = '"C"'::regcollation $$,
	$$ VALUES ('jerry.role', 'name'), ('jerry.permission', 'name'), ('jerry.role_permission', 'role'),
		('jerry.role_permission', 'permission'), ('jerry.user_role', 'role') $$,
	'names of roles and permissions are in the order of their bytes, in which they are looked up');

-- only the first constraint that is broken is reported, so every row breaks one
SELECT throws_ok(
	format('INSERT INTO jerry.signing_key VALUES (%L, %L, decode(repeat(''ab'', %s), ''hex''), %L, false, now())', kid,
	algorithm, size, status),
	state, NULL, name)
FROM (VALUES
	('', 'HS256', 32, 'verifying', '23514', 'a kid is not empty'),
	(repeat('a', 65), 'HS256', 32, 'verifying', '23514', 'a kid has 64 characters at most'),
	('a"b', 'HS256', 32, 'verifying', '23514', 'a kid needs no escapes'),
	(E'ab\n', 'HS256', 32, 'verifying', '23514', 'a kid has no line break at its end'),
	('kid', 'none', 32, 'verifying', '23514', 'an algorithm that Jerry does not know cannot be stored'),
	('kid', 'HS256', 31, 'verifying', '23514', 'a secret of 31 bytes is too short'),
	('kid', 'HS256', 4097, 'verifying', '23514', 'a secret of 4097 bytes is too long'),
	('kid', 'HS256', 32, 'disabled', '23514', 'a key has a status that Jerry knows'),
	('kid', 'ES256', 32, 'verifying', '23514', 'a key that others can check with has a public part')
) AS t (kid, algorithm, size, status, state, name);
DELETE FROM jerry.signing_key;
SELECT lives_ok($$ INSERT INTO jerry.signing_key VALUES (repeat('a', 64), 'HS256', decode(repeat('ab', 1024), 'hex'),
	'active', false, now()) $$,
	'a kid of 64 characters and a secret of 1024 bytes can be stored');
SELECT throws_ok($$ INSERT INTO jerry.signing_key VALUES ('kid', 'HS256', decode(repeat('ab', 32), 'hex'), 'active',
	false, now()) $$, '23505', NULL,
	'only one key of HS256 is active');
SELECT lives_ok(format('INSERT INTO jerry.signing_key VALUES (%L, ''ES256'', %L, %L, true, now(), %L)', kid,
	decode(secret, 'hex'), status, decode(repeat('ab', 64), 'hex')), name)
FROM (VALUES
	('first', repeat('ab', 32), 'active', 'beside it one that others can check with is'),
	('next', repeat('ab', 32), 'next', 'and one waits'),
	('third', NULL, 'verifying', 'a key that only verifies needs no private part'),
	('fourth', NULL, 'retired', 'nor does one that is retired')
) AS t (kid, secret, status, name);
SELECT throws_ok(statement, state, NULL, name)
FROM (VALUES
	($$ UPDATE jerry.signing_key SET algorithm = 'EdDSA', status = 'active' WHERE kid = 'next' $$, '23505',
		'only one key that others can check with is active, of whatever algorithm'),
	($$ UPDATE jerry.signing_key SET status = 'next' WHERE kid = 'third' $$, '23514', 'what cannot sign is not next'),
	($$ UPDATE jerry.signing_key SET secret = NULL WHERE kid = 'first' $$, '23514', 'nor active'),
	($$ UPDATE jerry.signing_key SET public_key = NULL WHERE kid = 'third' $$, '23514',
		'what others can check with has a public part'),
	($$ UPDATE jerry.signing_key SET secret = NULL, status = 'verifying' WHERE algorithm = 'HS256' $$, '23514',
		'a key of HS256 without its secret is retired'),
	($$ UPDATE jerry.signing_key SET public_key = secret WHERE algorithm = 'HS256' $$, '23514',
		'a secret has none'),
	($$ UPDATE jerry.signing_key SET sealed_secret = decode(repeat('ab', 69), 'hex') WHERE algorithm = 'HS256' $$,
		'23514', 'what is sealed is not open as well'),
	($$ UPDATE jerry.signing_key SET secret = NULL, sealed_secret = decode(repeat('ab', 68), 'hex')
		WHERE algorithm = 'HS256' $$, '23514', 'what is sealed has 69 bytes at least')
) AS t (statement, state, name);
DELETE FROM jerry.signing_key;

SELECT lives_ok($$ INSERT INTO jerry."user" (email, password_hash) VALUES ('bulk@example.com', '*') $$,
	'a user can be loaded with an address and a hash');
SELECT results_eq($$ SELECT id IS NOT NULL, is_email_verified, email_verified_at, created_at = now(), updated_at = now()
	FROM jerry."user" WHERE email = 'bulk@example.com' $$,
	$$ VALUES (true, false, NULL::timestamptz, true, true) $$, 'a user that was loaded has an id and is not verified');
SELECT throws_ok($$ INSERT INTO jerry."user" (email, password_hash) VALUES ('BULK@Example.com', '*') $$, '23505', NULL,
	'addresses that differ in case are one address');
SELECT lives_ok($$ INSERT INTO jerry."user" (email, password_hash) VALUES ('kelvin@example.com', '*'),
	(U&'\212Aelvin@example.com', '*') $$,
	'only ASCII letters are folded, whatever the locale of the database');
SELECT throws_ok($$ INSERT INTO jerry.event (id, event_type, payload, created_at) VALUES (1, 'x', '{}', now()) $$,
	'428C9', NULL,
	'the ids of events are the database''s own');

CREATE TEMPORARY TABLE gone AS SELECT pg_temp.new_user('gone@example.com') AS id;
SELECT pg_temp.log_in('gone@example.com') \gset
SELECT isnt_empty($$ SELECT FROM jerry.session JOIN gone ON user_id = gone.id $$, 'a user who logged in has a session');
SELECT isnt_empty($$ SELECT FROM jerry.one_time_token JOIN gone ON user_id = gone.id $$,
	'a user who registered has a one-time token');
DELETE FROM jerry."user" WHERE email = 'gone@example.com';
SELECT is_empty($$ SELECT FROM jerry.session JOIN gone ON user_id = gone.id $$,
	'the sessions of a deleted user are gone');
SELECT is_empty($$ SELECT FROM jerry.one_time_token JOIN gone ON user_id = gone.id $$,
	'the one-time tokens of a deleted user are gone');
SELECT isnt_empty($$ SELECT FROM jerry.event JOIN gone ON payload->'data'->>'user_id' = gone.id::text $$,
	'the events about a deleted user stay');

SELECT is(string_agg(concat_ws(' ', tgrelid::regclass, tgname, tgfoid::regprocedure, tgenabled), ', '
	ORDER BY tgname, tgrelid::regclass::text),
	'jerry.audit guard_audit jerry.guard_audit() A, jerry.audit_seal guard_audit jerry.guard_audit() A, '
		'jerry.setting setting_changed jerry.setting_changed() A, '
		'jerry.signing_key signing_key_changed jerry.signing_key_changed() A',
	'the only triggers announce new settings and keys, and guard what is on record, also on a replica')
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = 'jerry'::regnamespace AND NOT tgisinternal
	AND relname !~ '^audit_(even|odd)_';
SELECT is(tgtype::int, 1 | 4 | 8 | 16, tgname || ' fires for each row that changes, which replication does as well')
FROM pg_trigger WHERE tgname IN ('signing_key_changed', 'setting_changed');

SELECT results_eq($$ SELECT concat_ws(' ', evtname, evtevent, evtfoid::regprocedure, evtenabled) COLLATE "default"
	FROM pg_event_trigger
		WHERE evtfoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace) ORDER BY 1 $$,
	ARRAY['jerry_guard_tables ddl_command_start jerry.guard_tables() A',
		'jerry_guard_users ddl_command_start jerry.guard_users() A'],
	'the only event triggers guard the tables and the users, also on a replica');
SELECT set_eq($$ SELECT unnest(evttags) FROM pg_event_trigger WHERE evtname = 'jerry_guard_users' $$,
	ARRAY['DROP EXTENSION', 'DROP OWNED', 'DROP SCHEMA', 'DROP TABLE'],
	'it fires before whatever can drop a table, and nothing else');
SELECT isnt_empty(
	$$ SELECT FROM pg_depend JOIN pg_event_trigger AS t ON t.oid = objid WHERE classid = 'pg_event_trigger'::regclass
		AND deptype = 'e'
		AND evtname = 'jerry_guard_users' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry') $$,
	'it is a member of the extension');

SELECT set_eq(
	$$ SELECT unnest(extconfig)::regclass::text FROM pg_extension WHERE extname = 'jerry' $$,
	$$ SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'jerry'::regnamespace
		AND relkind IN ('r', 'p', 'S') AND relname NOT IN ('rate_bucket', 'installation_secret') $$,
	'the rows of every table and the state of every sequence are dumped, except what was counted for limits');
SELECT set_eq($$ SELECT c.name::regclass::text, c.condition FROM pg_extension,
	unnest(extconfig, extcondition) AS c (name, condition) WHERE extname = 'jerry' AND c.condition <> '' $$,
	$$ VALUES ('jerry.common_password', 'WHERE false') $$,
	'all rows of them, except of what is loaded again');

SELECT is_empty(
	$$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'jerry'::regnamespace AND relkind NOT IN ('i', 'I', 'c')
		AND NOT EXISTS (
		SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry')) $$,
	'every table and sequence is a member of the extension');
SELECT is_empty(
	$$ SELECT t.oid::regtype FROM pg_type AS t JOIN pg_class AS c ON c.oid = typrelid
		WHERE typnamespace = 'jerry'::regnamespace AND relkind = 'c' AND NOT EXISTS (
		SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry')) $$,
	'and so is every type');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND NOT EXISTS (
		SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry')) $$,
	'every function is a member of the extension');
SELECT isnt_empty(
	$$ SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = 'jerry'::regnamespace
		AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jerry') $$,
	'the schema is a member of the extension');
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'jerry'), false,
	'the extension cannot be moved to another schema');
SELECT throws_ok('DROP EXTENSION pgcrypto', '2BP01', NULL, 'pgcrypto cannot be dropped from under Jerry');
SELECT is((SELECT bool_and(d.superuser AND NOT d.trusted) FROM pg_available_extension_versions AS d
	WHERE name = 'jerry'), true,
	'only a superuser can install it');

SELECT set_eq($$ SELECT typname::text FROM pg_type WHERE typnamespace = 'jerry'::regnamespace AND typelem = 0
		AND typrelid NOT IN (SELECT oid FROM pg_class WHERE relkind = 'r') $$,
	ARRAY['client'], 'this is the type, beside those of the tables');
SELECT is_empty($$ SELECT oprname FROM pg_operator WHERE oprnamespace = 'jerry'::regnamespace $$,
	'there are no operators');
SELECT is_empty($$ SELECT FROM pg_class WHERE relnamespace = 'jerry'::regnamespace AND relrowsecurity $$,
	'no row is hidden from the owner');
SELECT is_empty($$ SELECT rulename FROM pg_rules WHERE schemaname = 'jerry' $$, 'there are no rules');
SELECT is((SELECT count(DISTINCT relowner) FROM pg_class WHERE relnamespace = 'jerry'::regnamespace), 1::bigint,
	'all tables have one owner');
SELECT is((SELECT count(DISTINCT owner) FROM (
		SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'jerry'::regnamespace
		UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
		UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'jerry') AS o), 1::bigint,
	'the functions run as the owner of the tables');
SELECT set_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'jerry'::regnamespace
	AND relpersistence <> 'p' $$, ARRAY['rate_bucket', 'rate_bucket_pkey'], 'nothing else is unlogged');
SELECT is((SELECT length(secret) FROM jerry.installation_secret), 32, 'an installation has a secret of its own');
SELECT throws_ok(format('INSERT INTO jerry.rate_limit VALUES (''x'', %s, now())', figures), '23514', NULL,
	format('a limit is not %s', figures))
FROM unnest(ARRAY['-1, 60, 1', '1000001, 60, 1', '1, 0, 1', '1, 2678401, 1', '1, 60, 0', '1, 60, 1000001']) AS figures;

SELECT * FROM finish();
ROLLBACK;
