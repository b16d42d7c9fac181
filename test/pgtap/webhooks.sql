-- webhooks: who is told what, and what operators do with them
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;

SELECT pg_temp.declared('add_webhook(text,text[])', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.add_webhook(''https://x'')', reason => 'it writes');
SELECT pg_temp.declared('list_webhooks()', roles => 'jerry_admin', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.list_webhooks()', reason => 'it reads');
SELECT pg_temp.declared('update_webhook(uuid,text,text[])', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.update_webhook(NULL)', reason => 'it writes');
SELECT pg_temp.declared('enable_webhook(uuid)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.enable_webhook(gen_random_uuid())', reason => 'it writes');
SELECT pg_temp.declared('disable_webhook(uuid)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.disable_webhook(gen_random_uuid())', reason => 'it writes');
SELECT pg_temp.declared('remove_webhook(uuid)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.remove_webhook(gen_random_uuid())', reason => 'it writes');
SELECT pg_temp.declared('rotate_webhook_secret(uuid,interval)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.rotate_webhook_secret(gen_random_uuid())', reason => 'it writes');
SELECT pg_temp.declared('test_webhook(uuid)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.test_webhook(gen_random_uuid())', reason => 'it writes');
SELECT pg_temp.declared('replay_webhook(uuid,timestamp with time zone)', roles => 'jerry_admin',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.replay_webhook(NULL)', reason => 'it writes');
SELECT pg_temp.declared('list_webhook_deliveries(uuid,integer)', roles => 'jerry_admin', volatility => 's',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.list_webhook_deliveries(gen_random_uuid())', reason => 'it reads');
SELECT pg_temp.declared('claim_webhooks(integer,integer,interval)', roles => 'jerry_hooks', volatility => 'v',
	parallel => 'u', strict => true, call => 'SELECT jerry.claim_webhooks()', reason => 'it writes');
SELECT pg_temp.declared('finish_webhooks(uuid[],integer[],integer[],text[])', roles => 'jerry_hooks',
	volatility => 'v', parallel => 'u', strict => true,
	call => 'SELECT jerry.finish_webhooks(''{}'', ''{}'', ''{}'', ''{}'')', reason => 'it writes');
SELECT pg_temp.declared('release_webhooks(uuid[],interval)', roles => 'jerry_hooks', volatility => 'v',
	parallel => 'u', strict => true, call => 'SELECT jerry.release_webhooks(''{}'')', reason => 'it writes');
SELECT pg_temp.declared('next_webhook_at(integer)', roles => 'jerry_hooks', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.next_webhook_at()', reason => 'it looks at what happens meanwhile');

-- ---------- urls ----------

SELECT lives_ok(format('SELECT jerry.add_webhook(%L)', url), 'a webhook can have ' || url)
FROM unnest(ARRAY['https://example.com', 'https://example.com/', 'https://hooks.example.com:8443/a/b?c=d&e=%20',
	'https://192.0.2.1/x', 'https://[2001:db8::1]:443/', 'https://xn--bcher-kva.example/', 'https://localhost/',
	'https://example.com?a', 'https://example.com/' || repeat('a', 2028)]) AS url;
SELECT throws_ok(format('SELECT jerry.add_webhook(%L)', url), '22023', NULL, 'a webhook cannot have ' || url)
FROM unnest(ARRAY['', 'https://', 'http://example.com/', 'HTTPS://example.com/', 'ftp://example.com/',
	'https:/example.com/', 'https:///x', 'https://user@example.com/', 'https://user:pass@example.com/',
	'https://example.com/#x', 'https://example.com#', 'https://exa mple.com/', 'https://example.com/a b',
	'https://bücher.example/', 'https://example.com/ü', 'https://example.com/%4',
	'https://example.com/%zz', 'https://2130706433/', 'https://0x7f.1/', 'https://127.1/', 'https://0177.0.0.1/',
	'https://1.2.3.256/', 'https://1.2.3.4.5/', 'https://example.com:0/', 'https://example.com:65536/',
	'https://example.com:/', 'https://example.com:80x/', 'https://example.com:0443/', 'https://-a.example/',
	'https://a-.example/', 'https://a..example/', 'https://.example/', 'https://example.com./', 'https://[::1',
	'https://[]/', 'https://::1/', 'https://[::1]x/', 'https://a_b.example/', 'https://example.com\@evil.example/',
	'https://' || repeat('a', 64) || '.example/', 'https://example.com/' || repeat('a', 2029)]) AS url;
SELECT throws_ok($$ SELECT jerry.add_webhook(E'https://example.com/\r\nX: y') $$, '22023',
	'url of a webhook is not valid', 'a line break is none of a url');
SELECT throws_ok('SELECT jerry.add_webhook(NULL)', '22023', 'url of a webhook must be given',
	'there is no default url');
SET LOCAL jerry.webhook_insecure = on;
SELECT lives_ok($$ SELECT jerry.add_webhook('http://localhost:8080/') $$, 'a developer may have http');
SET LOCAL jerry.webhook_insecure = off;
SELECT throws_ok($$ SELECT jerry.add_webhook('https://example.com/', ARRAY['user.registered', 'user.registred']) $$,
	'22023', 'there is no event of type 2 in the list', 'a type that does not exist is refused');
SELECT throws_ok($$ SELECT jerry.add_webhook('https://example.com/', ARRAY[NULL]) $$, '22023',
	'there is no event of type 1 in the list', 'as is none');
DO $$ BEGIN FOR i IN 1..100 - (SELECT count(*) FROM jerry.webhook) LOOP
	PERFORM jerry.add_webhook('https://example.com/'); END LOOP; END $$;
SELECT throws_ok($$ SELECT jerry.add_webhook('https://example.com/') $$, '54000', 'there can be at most 100 webhooks',
	'their number is bounded');
SELECT is((SELECT count(*)::int FROM jerry.list_webhooks() WHERE jerry.remove_webhook(webhook_id)), 100,
	'all can be removed');
SELECT is((SELECT count(*)::int FROM jerry.webhook_secret), 0, 'with their secrets');

-- ---------- who is told what ----------

-- the consumer begins here
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks()), 0, 'nobody is told anything');
SELECT is((SELECT owner FROM jerry.consumer WHERE name = 'hooks'), 'jerry_hooks',
	'the consumer belongs to the role of the courier');
SELECT webhook_id AS all_id, secret AS all_secret FROM jerry.add_webhook('https://all.example/') \gset
SELECT webhook_id AS some_id, secret AS some_secret
FROM jerry.add_webhook('https://some.example/', ARRAY['user.logged_in', 'webhook.disabled']) \gset
SELECT matches(:'all_secret'::text, '^whsec_[A-Za-z0-9+/]{43}=$', 'a secret has 32 bytes, in the usual form');
SELECT isnt(:'all_secret'::text, :'some_secret'::text, 'each has its own');
SELECT is((SELECT string_agg(url, ' ') FROM jerry.list_webhooks() WHERE secrets = 1 AND waiting = 0),
	'https://all.example/ https://some.example/', 'both are listed');
SELECT is((SELECT count(*)::int FROM jerry.list_webhooks() AS l WHERE l::text LIKE '%whsec%'), 0, 'without a secret');

SELECT pg_temp.new_user() AS user_id \gset
SELECT jerry.login('user@example.com', 'Secret-123', '192.168.1.1', 'curl') AS answer \gset
CREATE TEMPORARY TABLE claimed AS SELECT * FROM jerry.claim_webhooks();
SELECT results_eq('SELECT url, event_type, attempt, secrets FROM claimed ORDER BY url, event_type',
	format($$ VALUES ('https://all.example/', 'user.logged_in', 1, ARRAY[%1$L]),
		('https://all.example/', 'user.registered', 1, ARRAY[%1$L]),
		('https://some.example/', 'user.logged_in', 1, ARRAY[%2$L]) $$, :'all_secret', :'some_secret'),
	'each gets what it wants, with its secret');
SELECT is((SELECT regexp_replace(body, '"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', '"timestamp":"T"') FROM claimed
		WHERE event_type = 'user.registered'),
	format('{"type":"user.registered","timestamp":"T","data":{"user_id":"%s","email":"user@example.com"}}', :'user_id'),
	'a body has no secret member, and is in the form of Standard Webhooks');
SELECT is((SELECT string_agg(DISTINCT regexp_replace(body, '"timestamp":"[^"]*"', '"timestamp":"T"'), '') FROM claimed
		WHERE event_type = 'user.logged_in'),
	format('{"type":"user.logged_in","timestamp":"T","data":{"user_id":"%s","email":"user@example.com",'
	'"ip_address":"192.168.1.1"}}', :'user_id'), 'personal members are told');
SELECT is((SELECT count(DISTINCT message_id)::int FROM claimed), 2, 'two webhooks get one event with the same id');
SELECT is((SELECT count(*)::int FROM claimed JOIN jerry.event AS e
		ON message_id = 'evt_' || e.id || '_' || to_hex((extract(epoch FROM e.created_at) * 1000000)::bigint)), 3,
	'which is made of the id and the time of the event');
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'hooks'), 0, 'the outbox waits for none of them');
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks()), 0, 'what is claimed is not claimed again');

-- what is in the outbox and is none of ours
INSERT INTO jerry.event (event_type, payload, created_at)
VALUES ('other.thing', '{"data": {"email": "a@example.com", "password": "x"}}', clock_timestamp()),
	('other.empty', '{}', clock_timestamp());
SELECT is((SELECT string_agg(body, ' ' ORDER BY body COLLATE "C") FROM jerry.claim_webhooks()),
	'{"type":"other.empty","timestamp":null,"data":{}} '
	'{"type":"other.thing","timestamp":null,"data":{"email":"a@example.com"}}',
	'a member that no event has is not told');
DELETE FROM jerry.webhook_delivery WHERE event_type LIKE 'other.%';

-- ---------- outcomes ----------

CREATE FUNCTION pg_temp.finish(type text, answer integer, wait integer DEFAULT NULL, why text DEFAULT NULL)
	RETURNS bigint RETURN (SELECT jerry.finish_webhooks(array_agg(id), array_agg(answer), array_agg(wait),
		array_agg(why)) FROM jerry.webhook_delivery WHERE event_type = type AND webhook_id = (
			SELECT id FROM jerry.webhook WHERE url = 'https://all.example/'));
CREATE FUNCTION pg_temp.all_webhook() RETURNS jerry.webhook
	RETURN (SELECT w FROM jerry.webhook AS w WHERE url = 'https://all.example/');
CREATE FUNCTION pg_temp.seconds(at timestamptz) RETURNS integer
	RETURN round(extract(epoch FROM at - clock_timestamp()));

SELECT is(pg_temp.finish('user.registered', 204), 1::bigint, 'one has arrived');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE event_type = 'user.registered'), 0,
	'and is forgotten');
SELECT ok((w).last_success_at IS NOT NULL AND (w).failing_since IS NULL AND (w).last_status = 204
	AND (w).paused_until IS NULL, 'its webhook is well') FROM pg_temp.all_webhook() AS w;
SELECT is(pg_temp.finish('user.logged_in', 500, NULL, 'no' || repeat('ü', 200)), 1::bigint, 'another has not');
SELECT ok((w).failing_since IS NOT NULL AND (w).last_status = 500 AND (w).paused_until IS NULL, 'its webhook fails')
FROM pg_temp.all_webhook() AS w;
SELECT ok(octet_length((w).last_reason) <= 200, 'of the reason some words are kept') FROM pg_temp.all_webhook() AS w;

-- the table of tries
CREATE FUNCTION pg_temp.tried(n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE d jerry.webhook_delivery;
BEGIN
	UPDATE jerry.webhook_delivery SET attempts = n - 1, due_at = now(), leased = false, failed_at = NULL;
	PERFORM jerry.claim_webhooks();
	PERFORM pg_temp.finish('user.logged_in', 500);
	SELECT * INTO d FROM jerry.webhook_delivery
	WHERE event_type = 'user.logged_in' AND webhook_id = (pg_temp.all_webhook()).id;
	RETURN CASE WHEN d.failed_at IS NOT NULL THEN 'failed'
		ELSE extract(epoch FROM d.due_at - clock_timestamp())::text END;
END $$;
SELECT ok(pg_temp.tried(n)::numeric BETWEEN delay * 0.9 - 1 AND delay * 1.1,
	format('the pause after try %s is %s seconds and a tenth', n, delay))
FROM unnest(ARRAY[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]) WITH ORDINALITY AS t (delay, o), LATERAL
	(SELECT o::integer) AS i (n);
SELECT is(pg_temp.tried(10), 'failed', 'after ten tries it is given up');
SELECT is((SELECT count(*)::int FROM jerry.list_webhook_deliveries(:'all_id') WHERE failed_at IS NOT NULL
	AND next_try_at IS NULL AND attempts = 10 AND status = 500), 1, 'and listed');
SELECT is((SELECT count(*)::int FROM jerry.list_webhooks() WHERE failed = 1 AND waiting = 0), 1, 'and counted');
SELECT is(jerry.replay_webhook(:'all_id'), 1::bigint, 'it can be sent again');
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks() WHERE attempt = 1 AND webhook_id = :'all_id'), 1,
	'as if for the first time');
SELECT is(pg_temp.finish('user.logged_in', 503, 120), 1::bigint, 'an endpoint may ask for time');
SELECT is(pg_temp.seconds((w).paused_until), 120, 'which it gets') FROM pg_temp.all_webhook() AS w;
SELECT is((SELECT pg_temp.seconds(due_at) FROM jerry.webhook_delivery WHERE webhook_id = :'all_id'), 120,
	'for its delivery, too');
UPDATE jerry.webhook_delivery SET due_at = now(), leased = false;
SELECT is((SELECT string_agg(url, ' ') FROM jerry.claim_webhooks()), 'https://some.example/',
	'meanwhile others get theirs');
DELETE FROM jerry.webhook_delivery WHERE webhook_id = :'some_id';
UPDATE jerry.consumer SET complete = true, seen = NULL, horizon = NULL; -- this transaction has made it
SELECT is(pg_temp.seconds(jerry.next_webhook_at()), 120, 'the courier knows when to look again');
UPDATE jerry.webhook SET paused_until = NULL;
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks()), 1, 'then it comes');
SELECT is(pg_temp.finish('user.logged_in', 503, 1000000), 1::bigint, 'an endpoint may ask for a week');
SELECT is(pg_temp.seconds((w).paused_until), 86400, 'and gets a day') FROM pg_temp.all_webhook() AS w;
UPDATE jerry.webhook_delivery SET due_at = now();
UPDATE jerry.webhook SET paused_until = NULL, failures = 0;
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks()), 1, 'it comes again');
SELECT is(pg_temp.finish('user.logged_in', NULL, NULL, 'timed out'), 1::bigint, 'and there was no answer');
SELECT ok(pg_temp.seconds((w).paused_until) BETWEEN 0 AND 1 AND (w).last_status IS NULL, 'a pause begins with a second')
FROM pg_temp.all_webhook() AS w;
UPDATE jerry.webhook SET failures = 1000000, paused_until = NULL;
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT jerry.claim_webhooks() \g /dev/null
SELECT pg_temp.finish('user.logged_in', NULL) \g /dev/null
SELECT is(pg_temp.seconds((w).paused_until), 60, 'and ends at a minute') FROM pg_temp.all_webhook() AS w;

-- ---------- what is claimed ----------

DELETE FROM jerry.webhook_delivery;
UPDATE jerry.webhook SET paused_until = NULL, failures = 0, failing_since = NULL;
SELECT pg_temp.new_user(n || '@example.com') FROM generate_series(1, 12) AS n \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks(per_webhook => 5)), 5, 'of one webhook so many at a time');
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks(per_webhook => 7)), 2, 'with those that are claimed');
SELECT ok(pg_temp.seconds(jerry.next_webhook_at(7)) BETWEEN 50 AND 60, 'then the end of a lease is next');
SELECT ok(jerry.next_webhook_at(8) <= clock_timestamp(), 'where more may be claimed, more can be');
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks(max => 3, per_webhook => 100)), 3, 'and so many in all');
SELECT is(jerry.release_webhooks(ARRAY(SELECT id FROM jerry.webhook_delivery WHERE leased)), 10::bigint,
	'what was not tried can be given back');
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks(per_webhook => 100) WHERE attempt = 1), 12,
	'and the try did not count');
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT is((SELECT count(*)::int FROM jerry.claim_webhooks(per_webhook => 100) WHERE attempt = 2), 12,
	'what a courier died with comes again');
SELECT throws_ok($$ SELECT jerry.claim_webhooks(lease => '2 days') $$, '22023',
	'lease must be positive, and at most a day', 'a lease lasts a day');
SELECT throws_ok($$ SELECT jerry.claim_webhooks(per_webhook => 0) $$, '22023',
	'per_webhook must be between 1 and 1000', 'one at least');
SELECT throws_ok($$ SELECT jerry.finish_webhooks(ARRAY[gen_random_uuid()], '{}', '{}', '{}') $$, '22023',
	'the arrays must have the same length', 'each delivery has an outcome');
SELECT is(jerry.finish_webhooks(ARRAY[gen_random_uuid(), NULL], ARRAY[200, 500], ARRAY[NULL, 1], ARRAY[NULL, 'x']),
	0::bigint, 'what is not there has none');
SELECT is((SELECT jerry.finish_webhooks(array_agg(id), array_agg(200), array_agg(NULL::int), array_agg(NULL::text))
	FROM jerry.webhook_delivery), 12::bigint, 'all arrive');

-- who fails leaves room
SELECT pg_temp.new_user(n || '@example.org') FROM generate_series(1, 8) AS n \g /dev/null
SELECT jerry.release_webhooks(array_agg(delivery_id)) FROM jerry.claim_webhooks(100, 100) \g /dev/null
UPDATE jerry.webhook SET failures = 1 WHERE id = :'all_id';
INSERT INTO jerry.webhook_delivery (id, webhook_id, message_id, event_type, body, created_at, due_at)
SELECT gen_random_uuid(), :'some_id', n, 'user.logged_in', '{}', now(), now() FROM generate_series(1, 8) AS n;
-- each call on its own
SELECT is((SELECT count(*)::int FROM generate_series(1, 8) AS n, jerry.claim_webhooks(1 + n * 0, 100) AS c
	WHERE c.url = 'https://some.example/'), 8, 'who takes what it is sent comes first');
SELECT is((SELECT string_agg(url, ' ') FROM jerry.claim_webhooks(100, 100)), 'https://all.example/',
	'of who does not one at a time');
SELECT ok(pg_temp.seconds(jerry.next_webhook_at(100)) BETWEEN 50 AND 60, 'and then the end of its lease is next');
DELETE FROM jerry.webhook_delivery;
UPDATE jerry.webhook SET failures = 0;

-- ---------- disabled ----------

SELECT pg_temp.new_user('gone@example.com') \g /dev/null
SELECT jerry.claim_webhooks() \g /dev/null
SELECT pg_temp.new_user('waits@example.com') \g /dev/null
SELECT jerry.finish_webhooks(array_agg(id), ARRAY[410], ARRAY[NULL::int], ARRAY['410 Gone']) FROM jerry.webhook_delivery
	\g /dev/null
SELECT is((SELECT disabled_for FROM jerry.list_webhooks() WHERE webhook_id = :'all_id'), 'gone',
	'410 disables at once');
SELECT is((SELECT payload->'data'->>'reason' FROM jerry.event WHERE event_type = 'webhook.disabled'), 'gone',
	'and is an event');
SELECT is((SELECT string_agg(url || ' ' || event_type, ', ') FROM jerry.claim_webhooks()),
	'https://some.example/ webhook.disabled', 'which others are told, and it is told nothing more');
SELECT throws_ok(format('SELECT jerry.replay_webhook(%L)', :'all_id'), '55000', 'the webhook is disabled',
	'nor can it be');
SELECT ok(jerry.enable_webhook(:'all_id'), 'it can be enabled');
SELECT ok(NOT jerry.enable_webhook(:'all_id'), 'once');
SELECT ok(jerry.replay_webhook(:'all_id', now()) >= 15, 'and be told what it has missed');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE webhook_id = :'all_id' AND failed_at IS NOT NULL), 0,
	'with what was given up');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE body LIKE '%token%'), 0, 'without a token');
SELECT jerry.release_webhooks(ARRAY(SELECT id FROM jerry.webhook_delivery)) \g /dev/null
DELETE FROM jerry.webhook_delivery WHERE webhook_id = :'some_id' OR message_id <> (SELECT max(message_id)
	FROM jerry.webhook_delivery WHERE webhook_id = :'all_id');
UPDATE jerry.webhook SET failing_since = now() - interval '119 hours';
SELECT jerry.claim_webhooks(1000, 1000) \g /dev/null
SELECT jerry.finish_webhooks(array_agg(id), array_agg(500), array_agg(NULL::int), array_agg(''::text))
	FROM jerry.webhook_delivery \g /dev/null
SELECT is((pg_temp.all_webhook()).disabled_at, NULL, 'nearly five days without a success are no reason');
UPDATE jerry.webhook SET failing_since = now() - interval '121 hours';
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT jerry.claim_webhooks() \g /dev/null
SELECT jerry.finish_webhooks(array_agg(id), array_agg(500), array_agg(NULL::int), array_agg(''::text))
	FROM jerry.webhook_delivery \g /dev/null
SELECT is((pg_temp.all_webhook()).disabled_for, 'failing', 'more than five days are');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE failed_at IS NULL AND webhook_id = :'all_id'), 0,
	'nothing waits for it');

-- a test
SELECT ok(jerry.test_webhook(:'all_id'), 'a disabled webhook can be tested');
SELECT is((SELECT string_agg(url || ' ' || regexp_replace(body, '"timestamp":"[^"]*"', '"timestamp":"T"'), ', ')
	FROM jerry.claim_webhooks() WHERE event_type = 'webhook.test'),
	format('https://all.example/ {"type":"webhook.test","timestamp":"T","data":{"webhook_id":"%s"}}', :'all_id'),
	'which nobody else gets');
SELECT is(pg_temp.finish('webhook.test', 404, NULL, '404'), 1::bigint, 'it fails');
SELECT is((SELECT last_status FROM jerry.list_webhooks() WHERE webhook_id = :'all_id'), 404, 'which is shown');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE event_type = 'webhook.test' AND failed_at IS NULL), 0,
	'and it is not tried again');
SELECT ok(NOT jerry.test_webhook(gen_random_uuid()), 'what is none cannot be tested');

SELECT ok(jerry.enable_webhook(:'all_id'), 'it is enabled');
SELECT ok(jerry.disable_webhook(:'all_id'), 'an operator can disable it');
SELECT ok(NOT jerry.disable_webhook(:'all_id'), 'once');
SELECT is((pg_temp.all_webhook()).disabled_for, 'admin', 'which is told');
SELECT jerry.enable_webhook(:'all_id') \g /dev/null

-- too much waits
DELETE FROM jerry.webhook_delivery;
INSERT INTO jerry.webhook_delivery (id, webhook_id, message_id, event_type, body, created_at, due_at)
SELECT gen_random_uuid(), :'all_id', n, 'user.logged_in', '{}', now(), now() FROM generate_series(1, 100000) AS n;
SELECT jerry.maintain() \g /dev/null
SELECT is((pg_temp.all_webhook()).disabled_at, NULL, '100000 deliveries may wait');
INSERT INTO jerry.webhook_delivery (id, webhook_id, message_id, event_type, body, created_at, due_at)
VALUES (gen_random_uuid(), :'all_id', 'one more', 'user.logged_in', '{}', now(), now()),
	(gen_random_uuid(), gen_random_uuid(), 'of nobody', 'user.logged_in', '{}', now(), now());
SELECT jerry.maintain() \g /dev/null
SELECT is((pg_temp.all_webhook()).disabled_for, 'backlog', 'and no more');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE message_id = 'of nobody'), 0,
	'what is left of a webhook that was removed is forgotten');
UPDATE jerry.webhook_delivery SET failed_at = now() - interval '8 days' WHERE message_id::int <= 7
	AND message_id ~ '^[0-9]+$';
SELECT is(jerry.maintain()->'data'->>'dead_letters', '7', 'what was given up is forgotten after a week');

-- ---------- secrets ----------

SELECT jerry.enable_webhook(:'all_id') \g /dev/null
DELETE FROM jerry.webhook_delivery;
SELECT jerry.rotate_webhook_secret(:'all_id') AS second \gset
SELECT jerry.test_webhook(:'all_id') \g /dev/null
SELECT is((SELECT secrets FROM jerry.claim_webhooks() WHERE event_type = 'webhook.test'),
	ARRAY[:'second', :'all_secret']::text[],
	'during a rotation both secrets sign, the new one first');
SELECT jerry.rotate_webhook_secret(:'all_id', '1 hour') AS third \gset
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT is((SELECT secrets FROM jerry.claim_webhooks() WHERE event_type = 'webhook.test'),
	ARRAY[:'third', :'second']::text[], 'never more than two');
UPDATE jerry.webhook_secret SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL;
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT is((SELECT secrets FROM jerry.claim_webhooks() WHERE event_type = 'webhook.test'),
	ARRAY[:'third']::text[], 'after it only the new one');
SELECT jerry.maintain() \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.webhook_secret WHERE webhook_id = :'all_id'), 1, 'the old one is deleted');
SELECT jerry.rotate_webhook_secret(:'all_id', '0') AS fourth \gset
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT is((SELECT secrets FROM jerry.claim_webhooks() WHERE event_type = 'webhook.test'),
	ARRAY[:'fourth']::text[], 'a secret that got out ends at once');
SELECT throws_ok(format('SELECT jerry.rotate_webhook_secret(%L, %L)', :'all_id', '31 days'), '22023',
	'overlap must not be negative, and at most 30 days', 'an overlap has an end');
SELECT throws_ok('SELECT jerry.rotate_webhook_secret(gen_random_uuid())', '42704', 'there is no such webhook',
	'what is none has no secret');
-- sealed with a file that is not there
UPDATE jerry.webhook_secret SET secret = NULL, sealed_secret = '\x01'::bytea || decode(repeat('ab', 68), 'hex')
	WHERE webhook_id = :'all_id';
UPDATE jerry.webhook_delivery SET due_at = now();
SELECT jerry.disable_webhook(:'some_id'), jerry.enable_webhook(:'some_id') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT url, ' ') FROM jerry.claim_webhooks()), 'https://some.example/',
	'a secret that cannot be opened signs nothing, and others get theirs');
SELECT is((SELECT last_reason FROM jerry.list_webhooks() WHERE webhook_id = :'all_id' AND paused_until > now()),
	'its secret cannot be opened: see jerry.doctor()', 'its webhook waits, and says so');
SELECT throws_ok($$ SELECT jerry.add_webhook('https://example.com/') $$, 'F0000', 'secret would not be sealed',
	'while others are sealed none is stored open');

-- ---------- changes ----------

SELECT ok(jerry.update_webhook(:'some_id', event_types => '{}'), 'it can be told everything');
SELECT is((SELECT event_types FROM jerry.list_webhooks() WHERE webhook_id = :'some_id'), NULL, 'which it is');
SELECT ok(jerry.update_webhook(:'some_id', 'https://new.example/', ARRAY['user.deleted']),
	'or something else elsewhere');
SELECT ok(jerry.update_webhook(:'some_id'), 'or be left alone');
SELECT is((SELECT concat(url, event_types) FROM jerry.list_webhooks() WHERE webhook_id = :'some_id'),
	'https://new.example/{user.deleted}', 'as it is');
SELECT ok(NOT jerry.update_webhook(gen_random_uuid(), 'https://new.example/'), 'what is none cannot be changed');
SELECT throws_ok(format('SELECT jerry.update_webhook(%L, %L)', :'some_id', 'https://user@new.example/'), '22023',
	'url of a webhook is not valid', 'nor to what is no url');
SELECT ok(jerry.remove_webhook(:'all_id'), 'one can be removed');
SELECT ok(NOT jerry.remove_webhook(:'all_id'), 'once');
SELECT is((SELECT count(*)::int FROM jerry.webhook_delivery WHERE webhook_id = :'all_id'), 0, 'with what waits for it');
SELECT is((SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM jerry.audit WHERE action ~ '^webhook'),
	'webhook.add webhook.disable webhook.enable webhook.remove webhook.replay webhook.rotate webhook.test '
	'webhook.update',
	'all of it is on record');
SELECT is((SELECT count(*)::int FROM jerry.audit WHERE details::text LIKE '%whsec%'), 0, 'without a secret');

SELECT * FROM finish();
ROLLBACK;
