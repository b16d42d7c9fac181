-- jerry.refuse_token: tokens that never were any count, and limit nothing but these
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT jerry.create_access_token(format('{"sub":"%s"}', :'user_id')::json, '-1 hour') AS late \gset
CREATE FUNCTION pg_temp.at(ip text) RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client, json_build_object('ip', ip));

SELECT pg_temp.declared('refuse_token(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.refuse_token(''x'')', reason => 'it counts');

-- ---------- what is counted ----------

SELECT is(pg_temp.without_time(jerry.refuse_token('x')), pg_temp.without_time(jerry.validate_token('x')),
	'the answer is that of the function which has refused it');
SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT is(pg_temp.verdict(jerry.refuse_token(token, pg_temp.at('192.0.2.1'))), expected, 'not a guess: ' || name)
FROM (VALUES ('none', NULL, 'VALIDATION_ERROR'), ('a good one', :'access', 'INVALID_TOKEN'),
	('one of another type', :'refresh', 'INVALID_TOKEN'), ('one that has expired', :'late', 'EXPIRED_TOKEN')
) AS t (name, token, expected);
SELECT is_empty('SELECT FROM jerry.rate_bucket', 'so it is not counted');
SELECT is(pg_temp.verdict(jerry.refuse_token('x')), 'INVALID_TOKEN', 'who says nothing of himself is not limited');
SELECT is_empty('SELECT FROM jerry.rate_bucket', 'nor counted');
SELECT is(pg_temp.verdict(jerry.validate_token('x', client => pg_temp.at('192.0.2.1'))), 'INVALID_TOKEN',
	'validate_token counts nothing');
SELECT is(pg_temp.verdict(jerry.me('x', pg_temp.at('192.0.2.1'))), 'INVALID_TOKEN', 'nor does me');
SELECT is_empty('SELECT FROM jerry.rate_bucket', 'not even with a client');

-- ---------- and what is refused ----------

-- nothing comes back while they are used up
SELECT jerry.set_limit('token_network', 60, 36000) \g /dev/null
SELECT is(string_agg(DISTINCT pg_temp.verdict(jerry.refuse_token(left(:'access', -n), pg_temp.at('192.0.2.1'))), ', '),
	'INVALID_TOKEN', 'sixty of a network are looked at') FROM generate_series(1, 60) AS n;
SELECT is(pg_temp.verdict(answer), 'RATE_LIMITED', name || ' refuses one more')
FROM (VALUES ('refuse_token', jerry.refuse_token('x', pg_temp.at('192.0.2.1'))),
	('validate_token', jerry.validate_token('x', client => pg_temp.at('192.0.2.1'))),
	('me', jerry.me('x', pg_temp.at('192.0.2.1'))), ('refresh', jerry.refresh('x', pg_temp.at('192.0.2.1')))
) AS t (name, answer);
SELECT is(answer->'error'->'details'->>'policy', '{"name":"token_network","quantity":60,"seconds":36000}',
	'and says what is allowed')
FROM (VALUES (jerry.refuse_token('x', pg_temp.at('192.0.2.1'))), (jerry.me('x', pg_temp.at('192.0.2.1'))))
	AS t (answer);
SELECT is(pg_temp.verdict(answer), expected, name || ' is answered as ever')
FROM (VALUES ('a good token', 'OK', jerry.validate_token(:'access', client => pg_temp.at('192.0.2.1'))),
	('its user', 'OK', jerry.me(:'access', pg_temp.at('192.0.2.1'))),
	('an old one', 'EXPIRED_TOKEN', jerry.validate_token(:'late', client => pg_temp.at('192.0.2.1'))),
	('one of another type', 'INVALID_TOKEN', jerry.validate_token(:'refresh', client => pg_temp.at('192.0.2.1'))),
	('another network', 'INVALID_TOKEN', jerry.validate_token('x', client => pg_temp.at('192.0.2.2'))),
	('nobody', 'INVALID_TOKEN', jerry.validate_token('x'))) AS t (name, expected, answer);
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.verdict(jerry.refuse_token(:'access', pg_temp.at('192.0.2.1'))), 'INVALID_TOKEN',
	'and so is one whose session has ended');
SELECT is(pg_temp.verdict(jerry.me(:'access', pg_temp.at('192.0.2.1'))), 'INVALID_TOKEN', 'by each function');

-- ---------- where nothing can be written ----------

SET TRANSACTION READ ONLY;
SELECT is(pg_temp.verdict(jerry.refuse_token('x', pg_temp.at('192.0.2.1'))), 'INVALID_TOKEN',
	'a transaction that only reads has no limits');

SELECT * FROM finish();
ROLLBACK;
