	SELECT 'unreachable address',
		pg_catalog.format('%s accounts have an address in a form in which nobody is looked for', n),
		'The part before the @ has to be in normal form C, the domain in ASCII (xn--), '
			'without white space around: docs/DEPLOYMENT.md, "An existing PostgreSQL".'
	FROM (SELECT pg_catalog.count(*) FROM jerry."user" WHERE CASE WHEN email::text OPERATOR(pg_catalog.!~) '[^ -~]'
			THEN email::text OPERATOR(pg_catalog.~) '^\s|\s$'
			ELSE email::text OPERATOR(pg_catalog.~) '@.*[^ -~]'
				OR NOT pg_catalog.is_normalized(email::text, 'NFC') END) AS u (n)
	WHERE n OPERATOR(pg_catalog.>) 0
