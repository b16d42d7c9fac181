-- jerry.find_users: operators look for users, page by page
BEGIN;
\ir setup.psql

SELECT pg_temp.declared(
	'find_users(text,boolean,boolean,timestamp with time zone,timestamp with time zone,text,integer,jerry.client)',
	roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.find_users()', reason => 'it reads');

-- the part of each address before the @, in the order of the answer
CREATE FUNCTION pg_temp.names(answer json) RETURNS text
	RETURN (SELECT coalesce(string_agg(split_part(u->>'email', '@', 1), ' ' ORDER BY n), '')
		FROM json_array_elements(answer->'data'->'users') WITH ORDINALITY AS e (u, n));

SELECT is(pg_temp.without_time(jerry.find_users()), '{"success":true,"data":{"users":[],"next":null},"timestamp":"T"}',
	'without users there are none');
SELECT pg_temp.new_user(name || '@example.com') FROM unnest(ARRAY['ada', 'bob', 'cleo', 'Dora', 'eve', 'frida']) AS name
	\g /dev/null
UPDATE jerry."user" SET created_at = '2026-01-01T00:00:00Z'::timestamptz + interval '1 day' * ascii(lower(email))
	- interval '97 days';
UPDATE jerry."user" SET is_email_verified = email ~ '^[ab]';
SELECT jerry.ban_user(jerry.user_of('cleo@example.com'), '2126-01-01T00:00:00Z', 'spam'),
	jerry.ban_user(jerry.user_of('dora@example.com')) \g /dev/null
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE email ~ '^eve';
UPDATE jerry."user" SET banned_until = now() - interval '1 second', ban_reason = 'over' WHERE email ~ '^frida';

-- ---------- what is shown ----------

SELECT is(pg_temp.without_time(jerry.find_users('CLEO')),
	format('{"success":true,"data":{"users":[{"user_id":"%s","email":"cleo@example.com","is_email_verified":false,'
		'"has_password":true,"created_at":"2026-01-03T00:00:00Z","is_banned":true,'
		'"banned_until":"2126-01-01T00:00:00Z","ban_reason":"spam","deletes_at":null}],"next":null},"timestamp":"T"}',
		jerry.user_of('cleo@example.com')), 'the answer is the compact envelope');
SELECT results_eq($$ SELECT split_part(u->>'email', '@', 1), u->>'is_banned', u->>'banned_until', u->>'ban_reason'
	FROM json_array_elements(jerry.find_users()->'data'->'users') AS u $$,
	$$ VALUES ('frida', 'false', NULL, NULL), ('eve', 'true', NULL, NULL), ('Dora', 'true', NULL, NULL),
		('cleo', 'true', '2126-01-01T00:00:00Z', 'spam'), ('bob', 'false', NULL, NULL), ('ada', 'false', NULL, NULL) $$,
	'the newest first; a ban that is over is none, one by the hash is one');
SELECT jerry.create_user('later@example.com') \g /dev/null
SELECT is(jerry.find_users('later')->'data'->'users'->0->>'has_password', 'false', 'an account can have no password');
DELETE FROM jerry."user" WHERE email = 'later@example.com';

-- ---------- filters ----------

SELECT is(pg_temp.names(jerry.find_users(email, is_verified, is_banned, created_from, created_before)), expected, name)
FROM (VALUES
	('d', NULL, NULL, NULL::timestamptz, NULL::timestamptz, 'frida Dora ada', 'a part of the address, in any case'),
	('@EXAMPLE.', true, NULL, NULL, NULL, 'bob ada', 'and verified'),
	(NULL, false, NULL, NULL, NULL, 'frida eve Dora cleo', 'not verified'),
	(NULL, NULL, true, NULL, NULL, 'eve Dora cleo', 'banned'),
	(NULL, NULL, false, NULL, NULL, 'frida bob ada', 'not banned'),
	(NULL, NULL, NULL, '2026-01-02', '2026-01-04', 'cleo bob', 'created between, the second time excluded'),
	('e', false, true, '2026-01-03', NULL, 'eve Dora cleo', 'all of it'),
	('', NULL, NULL, NULL, NULL, 'frida eve Dora cleo bob ada', 'nothing is a part of everything'),
	('%', NULL, NULL, NULL, NULL, '', 'there are no patterns'),
	('e', NULL, NULL, 'infinity', NULL, '', 'none was created then')
) AS t (email, is_verified, is_banned, created_from, created_before, expected, name);

-- ---------- pages ----------

SELECT jerry.find_users(max => 2) AS first \gset
SELECT is(pg_temp.names(:'first'), 'frida eve', 'a page has max users');
DELETE FROM jerry."user" WHERE email ~ '^eve';
SELECT pg_temp.new_user('newest@example.com') \g /dev/null
SELECT jerry.find_users(max => 2, after => (:'first'::json)->'data'->>'next') AS second \gset
SELECT is(pg_temp.names(:'second'), 'Dora cleo', 'the next goes on behind it, though its last user is gone');
SELECT is(pg_temp.names(jerry.find_users(max => 3, after => (:'second'::json)->'data'->>'next')), 'bob ada',
	'to the end');
SELECT is(jerry.find_users(max => 3, after => (:'second'::json)->'data'->>'next')->'data'->>'next', NULL,
	'which is one');
SELECT is(pg_temp.complaint(jerry.find_users(after => after)),
	'VALIDATION_ERROR/after/Value is not the next of an answer', to_json(after) || ' is no place to go on from')
FROM unnest(ARRAY['', 'x', '1', '1.', '.' || gen_random_uuid(), '1.' || gen_random_uuid() || 'x',
	'99999999999999999999.' || gen_random_uuid(), '1,' || gen_random_uuid()]) AS after;
SELECT is(pg_temp.complaint(jerry.find_users(max => max)), 'VALIDATION_ERROR/max/Number must be between 1 and 1000',
	coalesce(max::text, 'NULL') || ' is no number of users')
FROM unnest(ARRAY[0, 1001, -1, NULL]) AS max;

-- ---------- a hundred thousand, half of them of one moment ----------

INSERT INTO jerry."user" (email, password_hash, created_at)
	SELECT n || '@many.example', '*', CASE WHEN n % 2 = 0 THEN now() ELSE now() - interval '1 second' * n END
	FROM generate_series(1, 100100) AS n;
ANALYZE jerry."user";
CREATE FUNCTION pg_temp.fetched() RETURNS bigint
	RETURN (SELECT coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0)
		FROM pg_stat_xact_user_tables WHERE relid = 'jerry.user'::regclass);
/* How many pages of 1000 there are, how many users in them, and the most rows of the table that one page has read. */
CREATE FUNCTION pg_temp.page_through(OUT pages bigint, OUT users bigint, OUT most bigint) LANGUAGE plpgsql AS $$
DECLARE
	place text;
	answer json;
	seen uuid[] := '{}';
	before bigint;
BEGIN
	pages := 0;
	most := 0;
	LOOP
		before := pg_temp.fetched();
		answer := jerry.find_users(max => 1000, after => place)->'data';
		most := greatest(most, pg_temp.fetched() - before);
		pages := pages + 1;
		seen := seen || ARRAY(SELECT (u->>'user_id')::uuid FROM json_array_elements(answer->'users') AS u);
		place := answer->>'next';
		EXIT WHEN place IS NULL;
	END LOOP;
	users := (SELECT count(DISTINCT id) FROM unnest(seen) AS id);
END
$$;
SELECT pages, users, most FROM pg_temp.page_through() \gset
SELECT is(:users, (SELECT count(*)::integer FROM jerry."user"), 'pages show every user once');
SELECT is(:pages, 101, 'a thousand at a time');
SELECT cmp_ok(:most, '<=', 1010, 'and read no more of the table than they show, also among users of one moment');

SELECT jerry.find_users('ada@example') AS first \gset
SELECT is(concat_ws('/', pg_temp.names(:'first'), (:'first'::json)->'data'->>'next' IS NOT NULL), '/t',
	'one call looks at a hundred thousand, and says that there are more');
SELECT is(pg_temp.names(jerry.find_users('ada@example', after => (:'first'::json)->'data'->>'next')), 'ada',
	'which the next one finds');

SELECT * FROM finish();
ROLLBACK;
