CREATE FUNCTION jerry.verify_audit(since timestamptz DEFAULT NULL, kept text DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_verify_audit';
COMMENT ON FUNCTION jerry.verify_audit(timestamptz, text) IS
	'Is what is on record what was sealed? Compares the seals with each other, and the rows with the seals that were '
	'made at since or later (NULL: with all). kept: a seal that was kept elsewhere, as the event audit.sealed and '
	'jerry.seal_audit() tell it; it finds out whoever has made all seals anew. Works on a standby. '
	'Data: intact, seals and rows (how many were compared), not_sealed (how many rows wait for the next seal), seal '
	'(the newest one), dropped (the last month that was dropped because of its age, 2025-01, of which and before '
	'which no row is missed; null: none), finding (null, or the first one): problem (row_changed, row_removed, '
	'row_added; seal_changed, seal_removed, seal_replaced: it is not the one that was kept), seal (its id), id (of '
	'the row; null for a seal), at and action (of the row as it is now; null: there is none). '
	'Raises 22023 if kept is not a seal.';
GRANT EXECUTE ON FUNCTION jerry.verify_audit(timestamptz, text) TO jerry_admin;
