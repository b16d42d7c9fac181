-- Asked again and again: nothing here reads a whole table, and what waits is counted up to a bound.
CREATE FUNCTION jerry.metrics() RETURNS TABLE (metric text, help text, labels json, value double precision)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'jerry_database_info', 'The versions of Jerry and PostgreSQL in the database; always 1.',
		pg_catalog.json_build_object('version', jerry.version(), 'pg_version',
			pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1)), 1::double precision
	UNION ALL
	SELECT 'jerry_outbox_pending', 'Events that a consumer has not acknowledged; counted up to 10000.',
		pg_catalog.json_build_object('consumer', c.name), (SELECT pg_catalog.count(*) FROM (
			SELECT FROM jerry.delivery AS d WHERE d.consumer OPERATOR(pg_catalog.=) c.name AND d.rejected_at IS NULL
			LIMIT 10000) AS waiting)
	FROM jerry.consumer AS c
	UNION ALL
	SELECT 'jerry_outbox_dead_letters', 'Events that a consumer has given up; counted up to 10000.',
		pg_catalog.json_build_object('consumer', c.name), (SELECT pg_catalog.count(*) FROM (
			SELECT FROM jerry.delivery AS d WHERE d.consumer OPERATOR(pg_catalog.=) c.name AND d.rejected_at IS NOT NULL
			LIMIT 10000) AS dead)
	FROM jerry.consumer AS c
	UNION ALL
	SELECT 'jerry_outbox_oldest_seconds',
		'Age of the oldest event that a consumer has not acknowledged; 0 if there is none.',
		pg_catalog.json_build_object('consumer', c.name), COALESCE((
			SELECT GREATEST(EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) e.created_at), 0)
			FROM jerry.delivery AS d JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id
			WHERE d.consumer OPERATOR(pg_catalog.=) c.name AND d.rejected_at IS NULL ORDER BY d.event_id LIMIT 1), 0)
	FROM jerry.consumer AS c
	UNION ALL
	SELECT 'jerry_signing_keys', 'Signing keys, by state.', pg_catalog.json_build_object('state', s.state),
		(SELECT pg_catalog.count(*) FROM jerry.signing_key AS k WHERE k.status OPERATOR(pg_catalog.=) s.state)
	FROM (VALUES ('next'), ('active'), ('verifying'), ('retired')) AS s (state)
	UNION ALL
	SELECT 'jerry_signing_key_age_seconds', 'How long the oldest key of a state has been in it.',
		pg_catalog.json_build_object('state', k.status), GREATEST(EXTRACT(epoch FROM
			pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.min(k.status_at)), 0)
	FROM jerry.signing_key AS k WHERE k.status OPERATOR(pg_catalog.<>) 'retired' GROUP BY k.status
	UNION ALL
	SELECT 'jerry_audit_rows_total', 'What was put on record and sealed, by action.',
		pg_catalog.json_build_object('action', c.action, 'outcome', o.outcome), o.count
	FROM jerry.audit_count AS c CROSS JOIN LATERAL (VALUES ('ok', c.ok), ('refused', c.refused)) AS o (outcome, count)
	UNION ALL
	SELECT t.metric, t.help, NULL, CASE
		WHEN pg_catalog.pg_stat_get_live_tuples(t.relation) OPERATOR(pg_catalog.>) 0
			THEN pg_catalog.pg_stat_get_live_tuples(t.relation)
		ELSE (SELECT GREATEST(c.reltuples, 0) FROM pg_catalog.pg_class AS c
			WHERE c.oid OPERATOR(pg_catalog.=) t.relation::oid) END
	FROM (VALUES
		('jerry_users', 'Users, as the server estimates.', 'jerry."user"'::regclass),
		('jerry_sessions', 'Sessions that are stored, also ended ones, as the server estimates.',
			'jerry.session'::regclass)) AS t (metric, help, relation)
$$;
COMMENT ON FUNCTION jerry.metrics() IS
	'Figures for monitoring, one row each; a metric has the same help in all its rows, and labels is an object of '
	'strings, or NULL. A name that ends with _total is that of a count that never falls. Cheap enough to be asked '
	'every few seconds: events that wait are counted up to 10000 for each '
	'consumer, users and sessions are estimates. Says no name but those of consumers.';
GRANT EXECUTE ON FUNCTION jerry.metrics() TO jerry_api, jerry_admin;
