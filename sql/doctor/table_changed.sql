	SELECT 'table changed', o.finding, o.hint
	FROM (
		WITH member (id, name) AS (
			SELECT c.oid, c.relname FROM pg_catalog.pg_class AS c
			JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::regclass::oid
				AND d.objid OPERATOR(pg_catalog.=) c.oid
				AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::regclass::oid
				AND d.deptype OPERATOR(pg_catalog.=) 'e'::"char"
			JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
				AND e.extname OPERATOR(pg_catalog.=) 'jerry'
			WHERE c.relkind OPERATOR(pg_catalog.=) 'r'::"char"
		),
		ours (kind, table_name, name) AS (
			SELECT v.kind, v.table_name, n.name
			FROM (VALUES
				('column', 'user', 'id email password_hash is_email_verified email_verified_at created_at updated_at '
					'banned_until ban_reason deletes_at name phone locale metadata app_metadata reminders'),
				('column', 'session',
					'id user_id refresh_jti ip user_agent created_at expires_at revoked_at revoked_for '
					'last_used_at last_used_ip generation previous_jti rotated_at confirmed suspect previous_suspect '
					'aal amr authenticated_at previous_void'),
				('column', 'one_time_token', 'token_hash purpose user_id created_at expires_at email data tries'),
				('column', 'signing_key',
					'kid algorithm secret status imported created_at public_key status_at sealed_secret'),
				('column', 'event', 'id event_type payload created_at dispatched consumers'),
				('column', 'consumer', 'name created_at owner complete seen horizon'),
				('column', 'delivery', 'consumer event_id claimable_at attempts rejected_at reason'),
				('column', 'setting', 'name value changed_at'),
				('column', 'common_password', 'bucket hashes'),
				('column', 'common_password_source',
					'source form min_count passwords skipped loaded_at loaded_by'),
				('column', 'rate_limit', 'name quantity seconds burst changed_at'),
				('column', 'rate_bucket', 'id account network full_until'),
				('column', 'installation_secret', 'secret'),
				('column', 'role', 'name description created_at'),
				('column', 'permission', 'name description created_at'),
				('column', 'role_permission', 'role permission granted_at'),
				('column', 'user_role', 'user_id role granted_at'),
				('column', 'audit', 'id at action outcome actor user_id session_id role acting_role ip '
					'user_agent request_id details'),
				('column', 'audit_seal', 'id sealed_at first_id last_id row_count month entries previous hash'),
				('column', 'audit_count', 'action ok refused'),
				('column', 'hook', 'event function position owner created_at'),
				('column', 'webhook', 'id url event_types created_at disabled_at disabled_for last_try_at '
					'last_success_at last_status last_reason failing_since failures paused_until'),
				('column', 'webhook_secret', 'id webhook_id secret sealed_secret created_at expires_at'),
				('column', 'webhook_delivery', 'id webhook_id message_id event_type body created_at due_at leased '
					'attempts failed_at status reason'),
				('column', 'totp', 'user_id id secret sealed_secret created_at activated_at last_step'),
				('column', 'recovery_code', 'user_id code_hash created_at'),
				('default', 'user', 'id is_email_verified created_at updated_at metadata app_metadata reminders'),
				('default', 'session', 'generation confirmed suspect previous_suspect aal previous_void'),
				('default', 'one_time_token', 'tries'),
				('default', 'signing_key', 'status_at'),
				('default', 'event', 'dispatched'),
				('default', 'consumer', 'complete'),
				('default', 'webhook', 'failures'),
				('default', 'webhook_delivery', 'leased attempts'),
				('constraint', 'user', 'user_pkey'),
				('constraint', 'session', 'session_pkey session_user_id_fkey session_aal_check'),
				('constraint', 'one_time_token', 'one_time_token_pkey one_time_token_user_id_fkey'),
				('constraint', 'signing_key',
					'signing_key_pkey signing_key_kid_check signing_key_algorithm_check signing_key_secret_check '
					'signing_key_status_check signing_key_public_key_check signing_key_sealed_secret_check '
					'signing_key_one_secret_check signing_key_signs_check signing_key_verifies_check'),
				('constraint', 'event', 'event_pkey'),
				('constraint', 'consumer', 'consumer_pkey consumer_name_check'),
				('constraint', 'delivery', 'delivery_pkey delivery_event_id_fkey'),
				('constraint', 'setting', 'setting_pkey'),
				('constraint', 'common_password', 'common_password_pkey'),
				('constraint', 'common_password_source', 'common_password_source_pkey'),
				('constraint', 'rate_limit',
					'rate_limit_pkey rate_limit_quantity_check rate_limit_seconds_check rate_limit_burst_check'),
				('constraint', 'rate_bucket', 'rate_bucket_pkey'),
				('constraint', 'role', 'role_pkey role_name_check'),
				('constraint', 'permission', 'permission_pkey permission_name_check'),
				('constraint', 'role_permission',
					'role_permission_pkey role_permission_role_fkey role_permission_permission_fkey'),
				('constraint', 'hook', 'hook_pkey'),
				('constraint', 'webhook', 'webhook_pkey webhook_disabled_for_check webhook_disabled_check'),
				('constraint', 'webhook_secret',
					'webhook_secret_pkey webhook_secret_webhook_id_fkey webhook_secret_one_secret_check'),
				('constraint', 'webhook_delivery', 'webhook_delivery_pkey'),
				('constraint', 'totp', 'totp_pkey totp_user_id_fkey totp_one_secret_check'),
				('constraint', 'recovery_code', 'recovery_code_pkey recovery_code_user_id_fkey'),
				('constraint', 'user_role', 'user_role_pkey user_role_user_id_fkey user_role_role_fkey'),
				('constraint', 'audit', 'audit_pkey audit_is_empty'),
				('constraint', 'audit_seal', 'audit_seal_pkey'),
				('constraint', 'audit_count', 'audit_count_pkey'),
				('index', 'user', 'idx_user_email idx_user_created_at idx_user_deletes_at idx_user_unverified '
					'idx_user_reminders'),
				('index', 'session', 'idx_session_user_id idx_session_expires_at idx_session_last_used'),
				('index', 'one_time_token',
					'idx_one_time_token_user_id idx_one_time_token_purpose idx_one_time_token_expires_at '
					'idx_one_time_token_kept_email '
					'idx_one_time_token_newcomer'),
				('index', 'signing_key', 'idx_signing_key_active'),
				('index', 'event', 'idx_event_undispatched'),
				('index', 'audit_seal', 'idx_audit_seal_whole'),
				('index', 'role_permission', 'idx_role_permission_permission'),
				('index', 'user_role', 'idx_user_role_role'),
				('index', 'delivery', 'idx_delivery_event_id idx_delivery_rejected'),
				('index', 'webhook_secret', 'idx_webhook_secret_webhook_id'),
				('index', 'webhook_delivery', 'idx_webhook_delivery_message idx_webhook_delivery_due '
					'idx_webhook_delivery_leased idx_webhook_delivery_failed'),
				('index', 'totp', 'idx_totp_unactivated'),
				('trigger', 'signing_key', 'signing_key_changed'),
				('trigger', 'setting', 'setting_changed'),
				('trigger', 'audit', 'guard_audit'),
				('trigger', 'audit_seal', 'guard_audit')
			) AS v (kind, table_name, names)
			CROSS JOIN pg_catalog.unnest(pg_catalog.string_to_array(v.names, ' ')) AS n (name)
			UNION ALL SELECT k.kind, pg_catalog.concat('audit_', y.years, m.month), n.name
			FROM (VALUES ('even_'), ('odd_')) AS y (years)
			CROSS JOIN (SELECT pg_catalog.to_char(g.n, 'FM00')
				FROM pg_catalog.generate_series(1, 12) AS g (n)) AS m (month)
			CROSS JOIN (VALUES
				('column', 'id at action outcome actor user_id session_id role acting_role ip user_agent request_id '
					'details'),
				('constraint', 'audit_%s_pkey'), ('index', 'idx_audit_%s_user_id'), ('trigger', 'guard_audit')
			) AS k (kind, names)
			CROSS JOIN pg_catalog.unnest(pg_catalog.string_to_array(
				pg_catalog.replace(k.names, '%s', pg_catalog.concat(y.years, m.month)), ' ')) AS n (name)
		),
		there (kind, table_name, name, undo) AS (
			SELECT 'column', m.name, a.attname,
				pg_catalog.format('ALTER TABLE jerry.%I DROP COLUMN %I;', m.name, a.attname)
			FROM member AS m JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) m.id
			WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
			UNION ALL SELECT 'default', m.name, a.attname,
				pg_catalog.format('ALTER TABLE jerry.%I ALTER COLUMN %I DROP DEFAULT;', m.name, a.attname)
			FROM member AS m JOIN pg_catalog.pg_attrdef AS d ON d.adrelid OPERATOR(pg_catalog.=) m.id
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) m.id
				AND a.attnum OPERATOR(pg_catalog.=) d.adnum
			UNION ALL SELECT 'constraint', m.name, c.conname,
				pg_catalog.format('ALTER TABLE jerry.%I DROP CONSTRAINT %I;', m.name, c.conname)
			FROM member AS m JOIN pg_catalog.pg_constraint AS c ON c.conrelid OPERATOR(pg_catalog.=) m.id
			WHERE c.contype IN ('c'::"char", 'f'::"char", 'p'::"char", 'u'::"char", 'x'::"char")
			UNION ALL SELECT 'index', m.name, c.relname, pg_catalog.format('DROP INDEX jerry.%I;', c.relname)
			FROM member AS m JOIN pg_catalog.pg_index AS i ON i.indrelid OPERATOR(pg_catalog.=) m.id
			JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
			WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
				WHERE k.conindid OPERATOR(pg_catalog.=) i.indexrelid AND k.conrelid OPERATOR(pg_catalog.=) m.id)
			UNION ALL SELECT 'trigger', m.name, t.tgname,
				pg_catalog.format('DROP TRIGGER %I ON jerry.%I;', t.tgname, m.name)
			FROM member AS m JOIN pg_catalog.pg_trigger AS t ON t.tgrelid OPERATOR(pg_catalog.=) m.id
			WHERE NOT t.tgisinternal
			UNION ALL SELECT 'policy', m.name, p.polname,
				pg_catalog.format('DROP POLICY %I ON jerry.%I;', p.polname, m.name)
			FROM member AS m JOIN pg_catalog.pg_policy AS p ON p.polrelid OPERATOR(pg_catalog.=) m.id
			UNION ALL SELECT 'rule', m.name, r.rulename,
				pg_catalog.format('DROP RULE %I ON jerry.%I;', r.rulename, m.name)
			FROM member AS m JOIN pg_catalog.pg_rewrite AS r ON r.ev_class OPERATOR(pg_catalog.=) m.id
		)
		SELECT CASE
				WHEN ours.name IS NULL AND there.kind OPERATOR(pg_catalog.=) 'column' THEN
					pg_catalog.format('column %s of jerry.%s is not Jerry''s: a dump with it cannot be restored',
						there.name, there.table_name)
				WHEN ours.name IS NULL THEN pg_catalog.format('%s %s of jerry.%s is not Jerry''s: a dump lacks it',
					there.kind, there.name, there.table_name)
				ELSE pg_catalog.format('%s %s of jerry.%s is missing', ours.kind, ours.name, ours.table_name) END,
			CASE WHEN ours.name IS NULL
				THEN pg_catalog.concat(
					'Use a table of your own with a foreign key instead; then: SET jerry.allow_changes = on; ',
					there.undo)
				ELSE 'A restored dump has it again; or SET jerry.allow_changes = on and create it as in the extension '
					'script.' END
		FROM there FULL JOIN ours ON ours.kind OPERATOR(pg_catalog.=) there.kind
			AND ours.table_name OPERATOR(pg_catalog.=) there.table_name
			AND ours.name OPERATOR(pg_catalog.=) there.name
		WHERE ours.name IS NULL OR there.name IS NULL
		UNION ALL
		SELECT pg_catalog.format('jerry.%s %s', m.name, f.fact),
			pg_catalog.concat('SET jerry.allow_changes = on; ', f.undo)
		FROM member AS m JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.id
		CROSS JOIN LATERAL (VALUES
			(c.relrowsecurity OR c.relforcerowsecurity, 'has row-level security: a dump lacks it',
				pg_catalog.format('ALTER TABLE jerry.%I DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;',
					m.name)),
			(c.reloptions IS NOT NULL AND m.name OPERATOR(pg_catalog.<>) 'rate_bucket',
				pg_catalog.format('has storage parameters %s: a dump lacks it', c.reloptions),
				pg_catalog.format('ALTER TABLE jerry.%I RESET (...); or set them again after a restore.', m.name)),
			(c.relpersistence OPERATOR(pg_catalog.<>) 'p'::"char" AND m.name OPERATOR(pg_catalog.<>) 'rate_bucket',
				'is UNLOGGED: a crash empties it',
				pg_catalog.format('ALTER TABLE jerry.%I SET LOGGED;', m.name)),
			(c.relreplident OPERATOR(pg_catalog.<>) 'd'::"char", 'has another replica identity: a dump lacks it',
				pg_catalog.format('ALTER TABLE jerry.%I REPLICA IDENTITY DEFAULT;', m.name)),
			(c.reltablespace OPERATOR(pg_catalog.<>) 0::oid, 'has a tablespace: a dump lacks it',
				pg_catalog.format('ALTER TABLE jerry.%I SET TABLESPACE pg_default; or move it again after a restore.',
				m.name)),
			(EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE m.id IN (i.inhrelid, i.inhparent)
				AND NOT (i.inhparent OPERATOR(pg_catalog.=) 'jerry.audit'::regclass::oid
					AND EXISTS (SELECT FROM member AS p WHERE p.id OPERATOR(pg_catalog.=) i.inhrelid))),
				'has a parent or a child: rows of the child count as rows of the parent',
				'ALTER TABLE the child NO INHERIT the parent.'),
			(EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
				JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
				WHERE a.attrelid OPERATOR(pg_catalog.=) m.id AND a.attnum OPERATOR(pg_catalog.>) 0
					AND NOT a.attisdropped
					-- the server's own option, of minor releases since November 2026, is not meant
					AND (EXISTS (SELECT FROM pg_catalog.unnest(a.attoptions) AS o
						WHERE o OPERATOR(pg_catalog.!~) '^pg_attver=') OR a.attstattarget OPERATOR(pg_catalog.>=) 0
							OR a.attstorage OPERATOR(pg_catalog.<>) t.typstorage)),
				'has a column with options, statistics or storage of its own: a dump lacks it',
				pg_catalog.format('ALTER TABLE jerry.%I ALTER COLUMN them back; or set them again after a restore.',
				m.name))
		) AS f (is_so, fact, undo)
		WHERE f.is_so
		UNION ALL
		SELECT pg_catalog.format('publication %s names jerry.%s: a dump lacks that', p.pubname, m.name),
			'Publish FOR ALL TABLES, or add the table again after a restore.'
		FROM member AS m CROSS JOIN pg_catalog.pg_publication AS p
		WHERE EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r WHERE r.prrelid OPERATOR(pg_catalog.=) m.id
			AND r.prpubid OPERATOR(pg_catalog.=) p.oid)
			OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace AS n
				WHERE n.pnnspid OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
					AND n.pnpubid OPERATOR(pg_catalog.=) p.oid)
	) AS o (finding, hint)
