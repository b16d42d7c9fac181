-- jerry.client: who is asking, the last argument of every function that acts for somebody; and what 1.1.0 had instead
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('user@example.com') AS id \gset

-- what a login leaves: address and user agent of the session, address in the event
CREATE FUNCTION pg_temp.trace(answer json) RETURNS text
	RETURN CASE WHEN (answer->>'success')::boolean THEN (
		SELECT format('%s / %s / %s', s.ip, s.user_agent,
			(SELECT payload->'data'->>'ip_address' FROM jerry.event ORDER BY id DESC LIMIT 1))
		FROM jerry.session AS s WHERE s.id = (pg_temp.claims(answer->'data'->>'access_token')->>'sid')::uuid)
	ELSE answer::text END;

-- ---------- the type and who takes it ----------

SELECT is(
	(SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'jerry.client'::regclass),
	'ip inet, user_agent text, request_id text, device_token text', 'a client has these attributes, in this order');
SELECT set_eq(
	$$ SELECT oid::regprocedure::text FROM pg_proc WHERE 'jerry.client'::regtype = ANY (proargtypes::oid[])
		AND pronamespace = 'jerry'::regnamespace $$,
	ARRAY['jerry.register(text,text,text,jerry.client)', 'jerry.verify_email(text,jerry.client)',
		'jerry.resend_verification(text,jerry.client)',
		'jerry.login(text,text,jerry.client)', 'jerry.refresh(text,jerry.client)',
		'jerry.validate_token(text,text,integer,jerry.client)', 'jerry.refuse_token(text,jerry.client)',
		'jerry.me(text,jerry.client)',
		'jerry.logout(text,text,text,jerry.client)', 'jerry.list_sessions(text,jerry.client)',
		'jerry.list_activity(text,bigint,bigint,jerry.client)',
		'jerry.end_session(text,text,jerry.client)', 'jerry.change_password(text,text,text,text,jerry.client)',
		'jerry.update_profile(text,json,jerry.client)',
		'jerry.request_password_reset(text,jerry.client)', 'jerry.reset_password(text,text,text,jerry.client)',
		'jerry.request_login_code(text,jerry.client)', 'jerry.confirm_login_code(text,text,text,jerry.client)',
		'jerry.request_email_change(text,text,text,jerry.client)', 'jerry.confirm_email_change(text,jerry.client)',
		'jerry.cancel_email_change(text,jerry.client)', 'jerry.undo_email_change(text,jerry.client)',
		'jerry.ban_user(uuid,timestamp with time zone,text,jerry.client)', 'jerry.unban_user(uuid,jerry.client)',
		'jerry.find_users(text,boolean,boolean,timestamp with time zone,timestamp with time zone,text,integer,'
			'jerry.client)',
		'jerry.invite_user(text,jerry.client)', 'jerry.accept_invite(text,text,text,jerry.client)',
		'jerry.request_deletion(text,text,jerry.client)',
		'jerry.create_user(text,text,boolean,jerry.client)', 'jerry.force_verified(uuid,jerry.client)',
		'jerry.set_password_hash(uuid,text,boolean,jerry.client)', 'jerry.delete_user(uuid,jerry.client)',
		'jerry.set_app_metadata(uuid,json,jerry.client)', 'jerry.setup_totp(text,text,jerry.client)',
		'jerry.activate_totp(text,text,jerry.client)', 'jerry.list_factors(text,jerry.client)',
		'jerry.disable_second_factor(text,text,text,text,jerry.client)',
		'jerry.renew_recovery_codes(text,text,text,text,jerry.client)',
		'jerry.verify_second_factor(text,text,text,text,jerry.client)'],
	'these functions act for a client');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc WHERE 'jerry.client'::regtype = ANY (proargtypes::oid[])
		AND pronamespace = 'jerry'::regnamespace
		AND NOT (proargtypes[pronargs - 1] = 'jerry.client'::regtype AND proargnames[pronargs] = 'client'
			AND pg_get_function_arg_default(oid, pronargs) IS NOT DISTINCT FROM CASE
			WHEN proname <> 'login' THEN 'NULL::jerry.client' END) $$,
	'it is their last argument, named client, and NULL when it is left out; login() without one is that of 1.1.0');
SELECT is(pg_temp.verdict(jerry.register('new@example.com', 'Secret-123', 'Secret-123',
	client => ROW('::1', 'x', 'y', NULL))), 'OK', 'register takes it');
SELECT is(pg_temp.verdict(jerry.verify_email('x', ROW('::1', 'x', 'y', NULL))), 'INVALID_TOKEN',
	'verify_email takes it');
SELECT is(pg_temp.verdict(jerry.resend_verification('new@example.com', ROW('::1', 'x', 'y', NULL))), 'OK',
	'resend_verification takes it');
SELECT pg_temp.log_in() AS data \gset
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.refresh(data->>'refresh_token', ROW('::1', 'x', 'y', NULL))),
	pg_temp.verdict(jerry.me(data->>'access_token', ROW('::1', 'x', 'y', NULL)))),
	'OK OK', 'refresh and me take it') FROM (SELECT (:'data')::json) AS t (data);
SELECT is(pg_temp.verdict(jerry.validate_token((:'data')::json->>'access_token', client => ROW('::1', 'x', 'y', NULL))),
	'OK', 'validate_token takes it');

-- ---------- what a login keeps of it ----------

SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123', given)), kept, name)
FROM (VALUES
	(ROW('192.0.2.7', 'curl/8.5', 'r-1', NULL)::jerry.client, '192.0.2.7 / curl/8.5 / 192.0.2.7',
		'session and event have what it says'),
	(ROW('2001:db8::1', 'x', NULL, NULL)::jerry.client, '2001:db8::1 / x / 2001:db8::1', 'of IPv6, too'),
	(ROW('10.1.2.3/8', NULL, NULL, NULL)::jerry.client, '10.1.2.3/8 /  / 10.1.2.3',
		'the event has the address without a mask'),
	(ROW(NULL, 'x', 'r-1', NULL)::jerry.client, ' / x / ', 'an attribute may be unknown'),
	(ROW(NULL, NULL, NULL, NULL)::jerry.client, ' /  / ', 'or all'),
	(NULL::jerry.client, ' /  / ', 'or the whole client'),
	(ROW(NULL, '', '', '')::jerry.client, ' /  / ', 'empty texts are taken as they are'),
	(ROW(NULL, repeat('a', 511) || U&'\00E9', NULL, NULL)::jerry.client, format(' / %s / ', repeat('a', 511)),
		'a long user agent is cut, and no character in two'),
	(ROW(NULL, repeat('a', 1000000), repeat('b', 1000000),
		repeat('c', 1000000))::jerry.client, format(' / %s / ', repeat('a', 512)),
		'however long it is')
) AS t (given, kept, name);

-- stored, compressed, in a variable, from JSON: composite values come in several forms
CREATE TEMPORARY TABLE seen (client jerry.client);
INSERT INTO seen VALUES (ROW('192.0.2.8', repeat('x', 100000), 'r', 'd')), (ROW('192.0.2.9', 'short', 'r', 'd'));
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123', s.client)),
	format('%s / %s / %1$s', (s.client).ip, left((s.client).user_agent, 512)), 'a client that is a column')
FROM seen AS s;
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123',
	jsonb_populate_record(NULL::jerry.client, '{"ip":"192.0.2.3","other":1}'))),
	'192.0.2.3 /  / 192.0.2.3', 'a client that comes from JSON');
CREATE FUNCTION pg_temp.from_variable() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c jerry.client;
BEGIN
	c.user_agent := 'assigned';
	RETURN pg_temp.trace(jerry.login('user@example.com', 'Secret-123', c));
END
$$;
SELECT is(pg_temp.from_variable(), ' / assigned / ', 'a client that is a variable');
PREPARE sidecar AS SELECT jerry.login($1, $2, ROW($3, $4, $5, $6)::jerry.client);
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'sidecar'),
	'{text,text,inet,text,text,text}', 'the parameters of a prepared call have types');
SELECT is(pg_temp.outcome($$ SELECT jerry.login('user@example.com', 'Secret-123', ROW('nowhere', NULL, NULL, NULL)) $$),
	'22P02', 'an address must be one');

-- ---------- the calls of 1.1.0 ----------

CREATE FUNCTION pg_temp.call(arguments text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	answer json;
BEGIN
	EXECUTE format('SELECT jerry.login(%s)', arguments) INTO answer;
	RETURN answer;
END
$$;
SELECT is(pg_temp.trace(pg_temp.call(arguments)), kept, arguments)
FROM (VALUES
	($$'user@example.com', 'Secret-123'$$, ' /  / '),
	($$'user@example.com', 'Secret-123', '192.0.2.1', 'curl'$$, '192.0.2.1 / curl / 192.0.2.1'),
	($$'user@example.com'::text, 'Secret-123'::text, '192.0.2.1'::inet, 'curl'::text$$, '192.0.2.1 / curl / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', NULL, 'curl'$$, ' / curl / '),
	($$'user@example.com', 'Secret-123', '192.0.2.1'$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com'::text, 'Secret-123'::text, '192.0.2.1'$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', '192.0.2.1'::inet$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com'::text, 'Secret-123'::varchar, '192.0.2.1'::cidr$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', NULL$$, ' /  / '),
	($$'user@example.com', 'Secret-123', NULL::inet$$, ' /  / '),
	($$'user@example.com', 'Secret-123', ip => '192.0.2.1'$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', ip => '192.0.2.1'::inet$$, '192.0.2.1 /  / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', user_agent => 'curl'$$, ' / curl / '),
	($$'user@example.com', 'Secret-123', user_agent => 'curl', ip => '192.0.2.1'$$, '192.0.2.1 / curl / 192.0.2.1'),
	($$password => 'Secret-123', email => 'user@example.com'$$, ' /  / '),
	-- and those that are new
	($$'user@example.com', 'Secret-123', ROW('192.0.2.1', 'curl', 'r', 'd')$$, '192.0.2.1 / curl / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', client => ROW('192.0.2.1', 'curl', 'r', '')$$, '192.0.2.1 / curl / 192.0.2.1'),
	($$'user@example.com', 'Secret-123', client => NULL$$, ' /  / ')
) AS t (arguments, kept);

SELECT is(pg_temp.outcome($$ SELECT jerry.login('user@example.com', 'Secret-123', 'nowhere') $$), '22P02',
	'an address must be one as a literal, too');
-- what drivers send without a type, as psycopg, node-postgres and the sidecar of 1.1.0 do
PREPARE old_sidecar AS SELECT jerry.login($1, $2, $3, $4);
PREPARE driver AS SELECT jerry.login($1, $2, $3);
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'old_sidecar'),
	'{text,text,inet,text}', 'the sidecar of 1.1.0 finds its form');
EXECUTE driver('user@example.com', 'Secret-123', '192.0.2.1') \gset by_driver_
SELECT is(pg_temp.trace(:'by_driver_login'), '192.0.2.1 /  / 192.0.2.1', 'an address without a type is one');
EXECUTE driver('user@example.com', 'Secret-123', NULL) \gset by_driver_
SELECT is(pg_temp.trace(:'by_driver_login'), ' /  / ', 'or none');

-- ---------- a type that changes ----------

DROP TABLE seen;
ALTER TYPE jerry.client ADD ATTRIBUTE device text;
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.7', 'x', NULL, NULL, 'phone'))),
	'192.0.2.7 / x / 192.0.2.7',
	'an attribute that this version does not know is passed over');
-- applications of today call it, too
SELECT is(pg_temp.trace(pg_temp.call(format($$'user@example.com', 'Secret-123', %s$$, told))),
	'192.0.2.7 / curl/8.5 / 192.0.2.7', format('it takes what the comment on the type tells today: %s', told))
FROM substring(obj_description('jerry.client'::regtype) FROM 'says for whom: (.*?)\. ') AS told;
SELECT is(pg_temp.trace((SELECT pg_temp.call(format($$'user@example.com', 'Secret-123', %s$$,
		replace(replace(told, ', ip,', $$, '192.0.2.7'::inet,$$), ', user_agent)', $$, 'curl'::text)$$))))),
	'192.0.2.7 / curl / 192.0.2.7', format('and that on the form of 1.1.0: %s', told))
FROM substring(obj_description('jerry.login(text, text, inet, text)'::regprocedure)
	FROM 'will remove: (.*) says the same') AS told;
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123')), ' /  / ',
	'with it nothing has to be told either');
ALTER TYPE jerry.client DROP ATTRIBUTE device, DROP ATTRIBUTE user_agent;
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.7', 'r-1', 'd'))),
	'192.0.2.7 /  / 192.0.2.7', 'one that the type lacks is not known');
SELECT is(pg_temp.trace(jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.7', repeat('r', 1000), 'd'))),
	'192.0.2.7 /  / 192.0.2.7', 'and the others are');
ALTER TYPE jerry.client ADD ATTRIBUTE user_agent bytea;
SELECT is(
	pg_temp.trace(jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.7', NULL, NULL, '\x61'::bytea))),
	'192.0.2.7 /  / 192.0.2.7', 'one of another type is passed over');

SELECT * FROM finish();
ROLLBACK;
