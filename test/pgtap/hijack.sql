/*
 * Objects that a hostile role plants under the names that Jerry uses change nothing, whatever the search_path.  They
 * stand there before the session makes its first plan; each raises HJ000 when it is reached.
 */
BEGIN;
\ir setup.psql
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null

CREATE ROLE jerry_test_mallory;
GRANT jerry_api, jerry_admin TO jerry_test_mallory;
GRANT CREATE ON SCHEMA public TO jerry_test_mallory;
SET LOCAL ROLE jerry_test_mallory;

CREATE FUNCTION public.hijack() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'
	USING ERRCODE = 'HJ000'; END $$;

DO $$
DECLARE
	place text;
	signature text;
	operands text;
BEGIN
	FOREACH place IN ARRAY ARRAY['public', 'pg_temp'] LOOP
		FOREACH signature IN ARRAY ARRAY[
			'lower(text)', 'lower(varchar)', 'lower(name)', 'length(bytea)', 'length(text)', 'octet_length(text)',
			'now()', 'clock_timestamp()',
			'gen_random_bytes(bigint)', 'crypt(varchar, varchar)', 'crypt(text, varchar)', 'gen_salt(varchar)',
			'gen_salt(varchar, int)',
			'hmac(varchar, varchar, varchar)', 'digest(varchar, varchar)', 'sha256(text)', 'encode(bytea, varchar)',
			'host(inet)', 'pg_notify(text, text)',
			'nextval(regclass)', 'version()', 'error_code(json)', 'register(text, text, text)', 'uid()', 'claims()',
			'doctor()', 'authenticate(text)', 'claim_events(text)', 'max(timestamptz)',
			'has_role(oid, text)', 'current_setting(text)', 'text(varchar)', 'json(text)', 'uuid(text)'
		] LOOP
			EXECUTE format('CREATE FUNCTION %s.%s RETURNS boolean LANGUAGE sql AS %L', place, signature,
				'SELECT public.hijack()');
		END LOOP;
		FOREACH operands IN ARRAY ARRAY['text, text', 'varchar, varchar', 'varchar, text', 'text, varchar',
			'uuid, uuid', 'bytea, bytea',
			'timestamptz, timestamptz', 'bigint, bigint', 'boolean, boolean', 'name, name', '"char", "char"',
			'timestamptz, interval'] LOOP
			EXECUTE format('CREATE FUNCTION %s.compare(%s) RETURNS boolean LANGUAGE sql AS %L', place, operands,
				'SELECT public.hijack()');
			FOREACH signature IN ARRAY ARRAY['=', '<>', '<', '<=', '>', '>=', '~', '~~', '||', '->>', '+', '-'] LOOP
				EXECUTE format('CREATE OPERATOR %s.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %1$s.compare)', place,
					signature,
					split_part(operands, ', ', 1), split_part(operands, ', ', 2));
			END LOOP;
		END LOOP;
		FOREACH signature IN ARRAY ARRAY['"user"', 'session', 'one_time_token', 'signing_key', 'event', 'consumer',
			'delivery', 'pg_proc', 'pg_class', 'pg_roles'] LOOP
			EXECUTE format(
				'CREATE TABLE %s.%s (id uuid, kid text, name text, consumer text, event_id bigint, email text, '
				'password_hash text, secret bytea, payload json, user_id uuid, status text)', place, signature);
		END LOOP;
		FOREACH signature IN ARRAY ARRAY['text', 'json', 'uuid', 'inet', 'timestamptz', 'bytea', 'bool'] LOOP
			EXECUTE format('CREATE DOMAIN %s.%s AS pg_catalog.int4 CHECK (public.hijack())', place, signature);
		END LOOP;
		EXECUTE format('CREATE COLLATION %s."C" (LOCALE = ''C.UTF-8'')', place);
	END LOOP;
END
$$;
RESET ROLE;

CREATE TEMPORARY TABLE planted AS
	SELECT oid FROM pg_catalog.pg_proc WHERE proowner OPERATOR(pg_catalog.=) 'jerry_test_mallory'::pg_catalog.regrole
	UNION ALL SELECT oid FROM pg_catalog.pg_operator
	WHERE oprowner OPERATOR(pg_catalog.=) 'jerry_test_mallory'::pg_catalog.regrole
	UNION ALL SELECT oid FROM pg_catalog.pg_class
	WHERE relowner OPERATOR(pg_catalog.=) 'jerry_test_mallory'::pg_catalog.regrole;

CREATE TEMPORARY TABLE attack AS
	SELECT row_number() OVER () AS n, role_name, path,
		format('for %s with search_path "%s"', CASE role_name WHEN 'none' THEN 'the owner' ELSE 'the hostile role' END,
			path) AS circumstances
	FROM unnest(ARRAY['jerry_test_mallory', 'none']) AS role_name,
		unnest(ARRAY['pg_temp, public, pg_catalog', 'public, pg_temp, pg_catalog', 'public', '']) AS path;

SELECT is(pg_temp.outcome(query, 'none', 'pg_temp, public, pg_catalog'), 'HJ000',
	'a careless query is hijacked: ' || query)
FROM unnest(ARRAY['SELECT now()', 'SELECT lower(''A''::pg_catalog.text)',
	'SELECT ''a''::pg_catalog.text = ''a''::pg_catalog.text',
	'SELECT 1::text', 'SELECT ''a''::pg_catalog.varchar = ''a''::pg_catalog.text']) AS query;
SELECT is(pg_temp.outcome('SELECT pg_catalog.count(*) FROM "user"', 'none', 'public'), '0',
	'a careless query reads the planted table');

-- the first attack, with the worst path, is the one that makes the plans
CREATE TEMPORARY TABLE answer AS
	SELECT n, circumstances, step, name, expected, pg_temp.outcome(query, role_name, path) AS outcome
	FROM attack, LATERAL (VALUES
		(1, 'a registration succeeds', NULL,
			format('SELECT jerry.error_code(jerry.register(''user%s@example.com'', ''Secret-123'', ''Secret-123''))',
				n)),
		(2, 'a taken address is taken', 'DUPLICATE_EMAIL',
			format('SELECT jerry.error_code(jerry.register(''USER%s@example.com'', ''Secret-123'', ''Secret-123''))',
				n)),
		(3, 'a wrong password is wrong', 'INVALID_CREDENTIALS',
			format('SELECT jerry.error_code(jerry.login(''user%s@example.com'', ''Secret-124''))', n)),
		(4, 'nobody logs in as nobody', 'INVALID_CREDENTIALS',
			format('SELECT jerry.error_code(jerry.login(''nobody%s@example.com'', ''''))', n)),
		(5, 'a key is imported', '367b822a0f3615ed',
			'SELECT jerry.import_key(''a secret that another service knows'')'),
		(6, 'a password belongs to its hash', 'true',
			'SELECT jerry.verify_password(''Secret-123'', jerry.hash_password(''Secret-123''))'),
		(7, 'the version is Jerry''s', jerry.version(), 'SELECT jerry.version()'),
		(8, 'a consumer gets the events there are', 'true',
			format('SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM jerry.claim_events(''consumer%s'')', n)),
		(9, 'none twice', '0', format('SELECT pg_catalog.count(*) FROM jerry.claim_events(''consumer%s'')', n)),
		(10, 'none that is acknowledged', 'true',
			format('SELECT jerry.ack_events(''consumer%s'', pg_catalog.array_agg(i)) OPERATOR(pg_catalog.>) 0 '
			'FROM pg_catalog.generate_series(1::pg_catalog.int8, 100000) AS i', n)),
		(11, 'but all in a replay', 'true',
			format('SELECT jerry.replay_events(''consumer%s'', ''-infinity'') OPERATOR(pg_catalog.>) 0', n)),
		(12, 'a consumer is removed', 'true', format('SELECT jerry.remove_consumer(''consumer%s'')', n)),
		(13, 'what is young is not deleted', '0',
			'SELECT jerry.maintain() OPERATOR(pg_catalog.->) ''data'' OPERATOR(pg_catalog.->>) ''events'''),
		(14, 'the doctor finds the weak cost', '1',
			'SELECT pg_catalog.count(*) FROM jerry.doctor() WHERE problem OPERATOR(pg_catalog.=) ''weak cost'' '
			'AND finding OPERATOR(pg_catalog.~) ''this session''')
	) AS t (step, name, expected, query)
	ORDER BY n, step;
SELECT is(outcome, expected, concat_ws(' ', name, circumstances)) FROM answer ORDER BY n, step;

CREATE TEMPORARY TABLE login AS
	SELECT attack.*, user_id, access_token, refresh_token
	FROM attack, LATERAL (SELECT pg_temp.outcome(
		format('SELECT jerry.unwrap(jerry.login(''user%s@example.com'', ''Secret-123'', ''10.0.0.1'', ''curl''))', n),
			role_name, path)) AS l (answer),
		json_to_record(answer::pg_catalog.json) AS t (user_id pg_catalog.uuid, access_token pg_catalog.text,
			refresh_token pg_catalog.text);
SELECT is(pg_temp.outcome(query, role_name, path), expected, concat_ws(' ', name, circumstances))
FROM login, LATERAL (VALUES
	('a token is valid', NULL, format('SELECT jerry.error_code(jerry.validate_token(%L))', access_token)),
	('a token has claims', NULL, format('SELECT jerry.error_code(jerry.verify_token(%L))', access_token)),
	('a token is decoded', NULL, format('SELECT jerry.error_code(jerry.decode_token(%L))', access_token)),
	('a token has a user', NULL, format('SELECT jerry.error_code(jerry.me(%L))', access_token)),
	('a refresh token is good', NULL, format('SELECT jerry.error_code(jerry.refresh(%L))', refresh_token)),
	('a token that was tampered with is invalid', 'INVALID_TOKEN',
		format('SELECT jerry.error_code(jerry.validate_token(%L))', access_token || 'x')),
	('a token gives an identity', NULL, format('SELECT jerry.error_code(jerry.authenticate(%L))', access_token)),
	('the identity is its user', user_id::pg_catalog.text, 'SELECT jerry.uid()'),
	('the claims are the token''s', user_id::pg_catalog.text, 'SELECT jerry.claims() OPERATOR(pg_catalog.->>) ''sub'''),
	('a token that was tampered with gives none', 'INVALID_TOKEN',
		format('SELECT jerry.error_code(jerry.authenticate(%L))', access_token || 'x')),
	('and leaves none', NULL, 'SELECT jerry.uid()'),
	('a verification token is asked for', NULL, format('SELECT jerry.error_code(jerry.resend_verification(%L))',
		'user@example.com')),
	('a verification token is redeemed', NULL, format('SELECT jerry.error_code(jerry.verify_email(%L))',
		pg_temp.verification_token(user_id))),
	('a new password is asked for', NULL, format('SELECT jerry.error_code(jerry.request_password_reset(%L))',
		'user@example.com')),
	('a reset token that is none is invalid', 'INVALID_TOKEN',
		format('SELECT jerry.error_code(jerry.reset_password(%L, %L, %2$L))', pg_catalog.repeat('A', 43),
			'Secret-124')),
	('a login by code is asked for', NULL, format('SELECT jerry.error_code(jerry.request_login_code(%L))',
		'user@example.com')),
	('a code that is none is invalid', 'INVALID_TOKEN',
		format('SELECT jerry.error_code(jerry.confirm_login_code(%L, ''123456''))', pg_catalog.repeat('A', 24))),
	('a change of the address is asked for', NULL,
		format('SELECT jerry.error_code(jerry.request_email_change(%L, %L, %L))', access_token, 'new@example.com',
			'Secret-123')),
	('a token of one that is none is invalid', 'INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN',
		format('SELECT concat_ws('' '', jerry.error_code(jerry.confirm_email_change(%L)), '
			'jerry.error_code(jerry.cancel_email_change(%1$L)), jerry.error_code(jerry.undo_email_change(%1$L)))',
			pg_catalog.repeat('A', 43))),
	('a profile is changed', NULL, format('SELECT jerry.error_code(jerry.update_profile(%L, %L))', access_token,
		'{"name":"Ada","metadata":{"a":{"b":1.5}}}')),
	('what the application keeps is changed', NULL,
		format('SELECT jerry.error_code(jerry.set_app_metadata(%L, %L))', user_id, '{"a":1}')),
	('a password is changed', NULL, format('SELECT jerry.error_code(jerry.change_password(%L, %L, %L, %3$L))',
		access_token, 'Secret-123', 'Secret-124'))
) AS t (name, expected, query);

SELECT cmp_ok((SELECT count(*)::int FROM planted), '>=', 40, 'far more than forty objects were planted');
SELECT is(count(*)::int, 0, 'nothing was written to the planted tables')
FROM (SELECT 1 FROM pg_temp."user" UNION ALL SELECT 1 FROM pg_temp.session UNION ALL SELECT 1 FROM pg_temp.event
	UNION ALL SELECT 1 FROM pg_temp.consumer UNION ALL SELECT 1 FROM pg_temp.delivery UNION ALL SELECT 1
	FROM public.consumer UNION ALL SELECT 1 FROM public.delivery
	UNION ALL SELECT 1 FROM public."user" UNION ALL SELECT 1 FROM public.session UNION ALL SELECT 1
	FROM public.event) AS planted;

SELECT * FROM finish();
ROLLBACK;
