-- every SQL object says what it is
BEGIN;
\ir setup.psql

SELECT isnt(obj_description(oid, 'pg_extension'), NULL, 'the extension has a comment') FROM pg_extension
	WHERE extname = 'jerry';
SELECT isnt(obj_description('jerry'::regnamespace, 'pg_namespace'), NULL, 'the schema has a comment');

SELECT is_empty(
	$$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'jerry'::regnamespace
		AND relkind IN ('r', 'p', 'v', 'm', 'f')
		AND obj_description(oid, 'pg_class') IS NULL $$,
	'every table has a comment');
SELECT is_empty(
	$$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE relnamespace = 'jerry'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND attnum > 0
		AND NOT attisdropped
		AND col_description(attrelid, attnum) IS NULL $$,
	'every column has a comment');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
		AND obj_description(oid, 'pg_proc') IS NULL $$,
	'every function has a comment');
SELECT is_empty(
	$$ SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = 'jerry'::regnamespace
		AND NOT tgisinternal
		AND obj_description(pg_trigger.oid, 'pg_trigger') IS NULL $$,
	'every trigger has a comment');
SELECT is_empty(
	$$ SELECT evtname FROM pg_event_trigger
		WHERE evtfoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace)
		AND obj_description(oid, 'pg_event_trigger') IS NULL $$,
	'every event trigger has a comment');
SELECT is_empty(
	$$ SELECT typname FROM pg_type WHERE typnamespace = 'jerry'::regnamespace AND typtype <> 'b'
		AND typrelid NOT IN (SELECT oid FROM pg_class WHERE relkind <> 'c')
		AND obj_description(oid, 'pg_type') IS NULL $$,
	'every type has a comment');
SELECT is_empty($$ SELECT name FROM pg_settings WHERE name LIKE 'jerry.%' AND coalesce(short_desc, '') = '' $$,
	'every setting has a description');

-- a code that a function can answer with is part of its contract
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND prorettype = 'json'::regtype
		AND proname NOT IN ('health', 'jwks', 'unwrap', 'claims', 'maintain', 'seal_audit',
			'verify_audit')
		AND obj_description(oid, 'pg_proc') NOT LIKE '%Codes: VALIDATION_ERROR%' $$,
	'every function that can answer with an error names its codes');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND prorettype = 'json'::regtype
		AND proname NOT IN ('health', 'jwks', 'unwrap', 'claims', 'verify_token', 'decode_token',
			'forbidden')
		AND obj_description(oid, 'pg_proc') NOT LIKE '%Data: %' $$,
	'every function that answers with the envelope names its data');

SELECT * FROM finish();
ROLLBACK;
