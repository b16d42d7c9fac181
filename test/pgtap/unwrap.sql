-- jerry.unwrap: the data of a positive answer, an error for a negative one
BEGIN;
\ir setup.psql

CREATE FUNCTION pg_temp.raised(answer json, OUT state text, OUT message text, OUT detail text, OUT hint text,
	OUT schema_name text, OUT column_name text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.unwrap(answer);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
	hint = PG_EXCEPTION_HINT,
		schema_name = SCHEMA_NAME, column_name = COLUMN_NAME;
END
$$;

\ir codes.psql

SELECT pg_temp.declared('unwrap(json)', roles => 'jerry_admin, jerry_api', volatility => 'v', parallel => 's',
	strict => true,
	call => 'SELECT jerry.unwrap(''{"success":true,"data":{}}'')',
	reason => 'it must run even when nobody uses its result');

SELECT is(jerry.unwrap('{"success":true,"data":{"a":1},"timestamp":"T"}')::text, '{"a":1}',
	'a positive answer becomes its data, byte by byte');
SELECT is(jerry.unwrap('{"data": [1, 2], "success": true}')::text, '[1, 2]',
	'the order of the members does not matter');
SELECT is(jerry.unwrap(NULL)::text, NULL, 'nothing becomes nothing');
SELECT is(jerry.unwrap(jerry.register('user@example.com', 'Secret-123', 'Secret-123'))->>'email', 'user@example.com',
	'a real answer is unwrapped');

SELECT is(r.state, c.state, c.code || ' has its own SQLSTATE')
FROM code AS c, pg_temp.raised(format('{"success":false,"error":{"code":"%s","message":"m","details":{}}}',
	c.code)::json) AS r;
SELECT is(concat_ws('/', r.message, r.hint), concat_ws('/', c.message, c.code),
	c.code || ' has its message, and the code as hint')
FROM code AS c, pg_temp.raised(format('{"success":false,"error":{"code":"%s","message":"m","details":{}}}',
	c.code)::json) AS r WHERE c.code <> 'HOOK_REFUSED';
SELECT is(pg_temp.raised(format('{"success":false,"error":{"code":"HOOK_REFUSED"%s,"details":{"code":"CLOSED"}}}',
	said)::json)::text, format('(JR016,"%s","{""code"":""CLOSED""}",HOOK_REFUSED,jerry,"")', message),
	'the message of a hook''s refusal is that of the hook: ' || message)
FROM (VALUES (',"message":"Fermé \"100%s\" jusqu''à demain"', 'Fermé ""100%s"" jusqu''à demain'),
	('', 'A rule of this service does not allow it')) AS v (said, message);

SELECT is(pg_temp.raised(jerry.register('user@example.com', 'short', 'short'))::text,
	'(JR004,"Password does not meet requirements","{""field"":""password"",""issue"":""Password must be at least 8 '
		'characters long""}",WEAK_PASSWORD,jerry,password)',
	'the error tells the details as JSON, and the field as its column');
SELECT is(pg_temp.raised(jerry.validate_token('x'))::text,
	'(JR008,"Token is invalid or malformed","",INVALID_TOKEN,jerry,"")',
	'empty details are left out');

SELECT throws_ok(format('SELECT jerry.unwrap(%L)', answer), '22023', 'value is not an answer of Jerry',
	answer || ' is not an answer')
FROM unnest(ARRAY['null', '3', '"x"', '[]', '{}', '{"success":true}', '{"success":"yes","data":{}}',
	'{"success":false}', '{"success":false,"error":{}}',
	'{"success":false,"error":[]}', '{"success":false,"error":{"code":"NO_SUCH_CODE"}}']) AS answer;

SELECT throws_ok($$ SELECT count(*) FROM (SELECT jerry.unwrap(jerry.validate_token('x')) OFFSET 0) AS t $$, 'JR008',
	NULL,
	'an answer that nobody looks at is unwrapped all the same');
SELECT throws_ok($$ DO 'BEGIN PERFORM jerry.unwrap(jerry.login(''nobody@example.com'', ''x'')); END' $$, 'JR007', NULL,
	'PL/pgSQL can catch the error by its SQLSTATE');

SELECT * FROM finish();
ROLLBACK;
