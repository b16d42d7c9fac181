	SELECT 'idle timeout', pg_catalog.format(
			'jerry.session_idle_timeout is %s s: sessions end that are in use, as access tokens live for %s s',
			i.value, a.value),
		'Only a refresh says that a session is in use, and that is recorded once a minute: set it to more than '
		'jerry.access_token_ttl and a minute, or shorten that.'
	FROM configured AS i JOIN configured AS a ON a.name OPERATOR(pg_catalog.=) 'jerry.access_token_ttl'
	WHERE i.name OPERATOR(pg_catalog.=) 'jerry.session_idle_timeout' AND i.value OPERATOR(pg_catalog.<>) '0'
		AND i.value::integer OPERATOR(pg_catalog.<=) (a.value::integer OPERATOR(pg_catalog.+) 60)
