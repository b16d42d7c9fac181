	SELECT 'primary key', pg_catalog.format('%s has no primary key', c.oid::regclass),
		'Add one on its column id: tokens are looked up by it.'
	FROM pg_catalog.pg_class AS c
	WHERE c.oid IN ('jerry.session'::regclass::oid, 'jerry."user"'::regclass::oid)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
			WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary AND i.indisvalid AND i.indimmediate)
