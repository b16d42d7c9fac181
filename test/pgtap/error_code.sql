-- jerry.error_code: the code of an answer, or NULL
BEGIN;
\ir setup.psql
\ir codes.psql

SELECT pg_temp.declared('error_code(json)', roles => 'jerry_admin, jerry_api', volatility => 'i', parallel => 's',
	strict => true,
	call => 'SELECT jerry.error_code(''{"success":false,"error":{"code":"INVALID_TOKEN"}}'')',
	reason => 'it depends on its argument alone');

SELECT is(jerry.error_code(answer::json), NULL, name)
FROM (VALUES
	('{"success":true,"data":{},"timestamp":"2026-01-15T10:30:00Z"}', 'a positive answer has no code'),
	('{"timestamp": "2026-01-15T10:30:00Z", "data": {"a": 1}, "success": true}',
		'a positive answer that went through jsonb has no code'),
	(NULL, 'no answer has no code')
) AS t (answer, name);

SELECT is(jerry.error_code(format('{"success":false,"error":{"code":"%s","message":"m","details":{}},"timestamp":"T"}',
	code)::json), code, code || ' is read')
FROM code;

SELECT is(jerry.error_code(jerry.validate_token('x')), 'INVALID_TOKEN', 'the code of a real answer is read');
SELECT is(jerry.error_code(jerry.validate_token('x')::jsonb::json), 'INVALID_TOKEN',
	'the code survives a way through jsonb');
SELECT is(jerry.error_code(jerry.register('user@example.com', 'Secret-123', 'Secret-123')), NULL,
	'a real positive answer has no code');

SELECT throws_ok(format('SELECT jerry.error_code(%L)', answer), '22023', 'value is not an answer of Jerry',
	answer || ' is not an answer')
FROM unnest(ARRAY['null', '3', '"x"', '[]', '{}', '{"success":true}', '{"success":null}', '{"success":1,"data":{}}',
	'{"success":false}',
	'{"success":false,"error":{}}', '{"success":false,"error":7}', '{"success":false,"error":{"code":"NO_SUCH_CODE"}}',
	'{"success":false,"error":{"code":null}}']) AS answer;

SELECT * FROM finish();
ROLLBACK;
