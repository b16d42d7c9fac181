-- jerry.list_factors: which second factors a user has
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT pg_temp.declared('list_factors(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 's',
	parallel => 'u', strict => false, call => 'SELECT jerry.list_factors(''x'')', reason => 'it only reads');

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, (:'there'::json)->>'access_token' AS second,
	(:'other'::json)->>'access_token' AS others \gset

SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.list_factors(NULL), 'VALIDATION_ERROR/access_token/Field is required', 'so is the list'),
	(jerry.list_factors('x'), 'INVALID_TOKEN', 'of a token that is good')
) AS t (answer, expected, name);
SELECT is(pg_temp.without_time(jerry.list_factors(:'access')),
	'{"success":true,"data":{"enrolled":false,"totp":null,"recovery_codes_left":0},"timestamp":"T"}',
	'a new user has none');
SELECT secret, recovery_codes AS codes, recovery_codes->>0 AS first, recovery_codes->>1 AS other_code
	FROM pg_temp.new_app(:'access') \gset
SELECT is(pg_temp.without_time(jerry.list_factors(:'access')), format('{"success":true,"data":{"enrolled":true,'
	'"totp":{"created_at":"%s"},"recovery_codes_left":10},"timestamp":"T"}',
	to_char((SELECT activated_at FROM jerry.totp) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
	'an app is shown without its secret');
SELECT is(jerry.list_factors(:'others')->'data'->>'enrolled', 'false', 'nobody else has it');

SELECT * FROM finish();
ROLLBACK;
