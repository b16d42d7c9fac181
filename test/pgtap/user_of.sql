-- jerry.user_of: whose address is this?
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('Ida@Example.com') AS user_id \gset

SELECT pg_temp.declared('user_of(text)', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => true,
	call => 'SELECT jerry.user_of(''x'')', reason => 'it reads');

SELECT is(jerry.user_of(email), expected::uuid, coalesce(to_json(email)::text, 'NULL') || ': ' || name)
FROM (VALUES
	('Ida@Example.com', :'user_id', 'as it was typed'),
	(' ida@EXAMPLE.com ', :'user_id', 'as at a login'),
	('ida@example.co', NULL, 'nobody has it'),
	('ida', NULL, 'nor what is no address'),
	('', NULL, 'nor nothing'),
	(NULL, NULL, 'nor NULL')
) AS t (email, expected, name);
SELECT is(jerry.ban_user(jerry.user_of('ida@example.com'))->'data'->>'user_id', :'user_id',
	'functions of operators take what it returns');
SELECT is(pg_temp.complaint(jerry.ban_user(jerry.user_of('nobody@example.com'))),
	'VALIDATION_ERROR/user_id/Field is required', 'nobody is nobody there, too');

SELECT * FROM finish();
ROLLBACK;
