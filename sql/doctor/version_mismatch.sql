	SELECT 'version mismatch', pg_catalog.format('the library has version %s, the extension %s', jerry.version(),
		e.extversion),
		'ALTER EXTENSION jerry UPDATE; or install the library of that version and reconnect.'
	FROM pg_catalog.pg_extension AS e
	WHERE e.extname OPERATOR(pg_catalog.=) 'jerry' AND e.extversion OPERATOR(pg_catalog.<>) jerry.version()
